// Any octets as a configuration: parsed or refused with a place, never a crash; what is
// handed to a role means the same there. Opens no file: includes are refused here.
#include <cstddef>
#include <cstdint>

#include "common/base/ensure.h"
#include "common/conf/grammar.h"

namespace {

using namespace ntp;

void check_refusal(const Error& error) { ENSURE(error.message.starts_with("fuzz:")); }

void check_source(std::string_view text) {
  const auto source = parse_source(text.substr(0, text.find('\n')));
  if (source) ENSURE(source->minpoll <= source->maxpoll && source->maxpoll <= 24);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_source(text);
  auto lines = split_conf_text("fuzz", text);
  if (!lines) return check_refusal(lines.error()), 0;
  const auto clock = read_clock_settings(*lines);
  const auto parsed = parse_configuration(*std::move(lines));
  if (!parsed) return check_refusal(parsed.error()), 0;
  ENSURE(clock && *clock == parsed->settings.clock);
  ENSURE(!explain(*parsed).empty());
  const auto there = parse_handover(handover_text(*parsed));
  ENSURE(there && there->settings == parsed->settings);
  return 0;
}
