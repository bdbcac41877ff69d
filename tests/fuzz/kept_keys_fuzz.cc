// Any octets as a text of NTS keys: refused with the line, or keys that read back as what they are
// when they are written again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/ensure.h"
#include "ntpd-net/kept_keys.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ntp;
  constexpr SystemTime now{1'900'000'000s};
  const auto keys = parse_keys_text({reinterpret_cast<const char*>(data), size}, now);
  if (!keys) return 0;
  const auto again = parse_keys_text(keys_text(*keys, now), now);
  ENSURE(again.has_value() && again->size() == keys->size());
  for (std::size_t i = 0; i < keys->size(); ++i) {
    ENSURE((*again)[i].name == (*keys)[i].name && (*again)[i].age == (*keys)[i].age);
    ENSURE((*again)[i].cookies.size() == (*keys)[i].cookies.size());
    for (const Cookie& cookie : (*again)[i].cookies) ENSURE(cookie.size <= most_cookie);
  }
  return 0;
}
