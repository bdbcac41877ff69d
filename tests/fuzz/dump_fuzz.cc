// Any octets as a dump of measurements: refused with the line, or a dump that reads back as what it
// is when it is written again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/ensure.h"
#include "ntpd-net/dump.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ntp;
  constexpr RawTime now{10'000'000s};
  const RawIdentity clock{"boot tsc 0", 1000s};
  const auto dump = parse_dump({reinterpret_cast<const char*>(data), size}, clock, now);
  if (!dump) return 0;
  const auto again = parse_dump(dump_text(clock, *dump), clock, now);
  ENSURE(again.has_value() && again->size() == dump->size());
  for (std::size_t i = 0; i < dump->size(); ++i) {
    ENSURE((*again)[i].address == (*dump)[i].address);
    ENSURE((*again)[i].samples.size() == (*dump)[i].samples.size());
    for (const Sample& sample : (*again)[i].samples) ENSURE(sample.received <= now);
  }
  return 0;
}
