// See rtc_reference.h.
#include "common/conf/rtc_reference.h"

#include <algorithm>

namespace ntp {

bool is_rtc_a_reference(std::span<const ConfLine> lines) {
  return std::ranges::any_of(lines, [](const ConfLine& line) {
    Directive directive{line};
    return directive.name() == "refclock" && directive.take_if("RTC");
  });
}

}  // namespace ntp
