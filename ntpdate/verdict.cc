// A hostile asker can still lie about the time: that is what asking one server means. It cannot
// do more: no time outside the sane range, no wording, no second try, no crash.
#include "ntpdate/verdict.h"

#include <algorithm>

namespace ntp::ntpdate {
namespace {

constexpr Nanos step_threshold = 500ms;  // classic ntpdate: from here on it steps
constexpr Nanos most_bound = 1000s;
constexpr Nanos most_foreign_motion = 100ms;

bool is_address(const Address& address) {
  const auto is_zero = [](std::uint8_t octet) { return octet == 0; };
  if (!std::ranges::all_of(address.zero, is_zero)) return false;
  switch (address.family) {
    case Family::ipv4:
      return std::all_of(address.octets.begin() + 4, address.octets.end(), is_zero);
    case Family::ipv6: return true;
    case Family::none: return false;
  }
  return false;
}

bool is_verdict(const Verdict& verdict) {
  const auto is_zero = [](std::uint8_t octet) { return octet == 0; };
  return verdict.magic == Verdict::expected_magic && is_address(verdict.server) &&
         std::ranges::all_of(verdict.zero, is_zero);
}

// system + offset, without overflow: both ends of the range are far from the integer's.
bool is_sane_target(SystemTime system, Nanos offset) {
  return offset >= least_time.since_zero - system.since_zero &&
         offset <= most_time.since_zero - system.since_zero;
}

}  // namespace

std::string_view in_words(Unbelievable reason) {
  switch (reason) {
    case Unbelievable::not_a_verdict: return "not a verdict";
    case Unbelievable::bad_bound: return "the error bound makes no sense";
    case Unbelievable::bad_age: return "measured at an impossible time";
    case Unbelievable::absurd_time: return "the clock would be set outside 2025 to 2106";
    case Unbelievable::clock_moved:
      return "the system clock was stepped by somebody else meanwhile";
  }
  return "";
}

std::expected<Order, Unbelievable> judge(const Verdict& verdict, Manner manner,
                                         const Reading& before, const Reading& now) {
  if (!is_verdict(verdict)) return std::unexpected{Unbelievable::not_a_verdict};
  const Nanos offset{verdict.offset_ns};
  const Nanos bound{verdict.bound_ns};
  const RawTime measured{Nanos{verdict.measured_raw_ns}};
  if (bound < Nanos{0} || bound > most_bound) return std::unexpected{Unbelievable::bad_bound};
  if (measured < before.raw || measured > now.raw) return std::unexpected{Unbelievable::bad_age};
  const Nanos moved = (now.system - before.system) - (now.raw - before.raw);
  if (std::chrono::abs(moved) > most_foreign_motion)
    return std::unexpected{Unbelievable::clock_moved};
  if (!is_sane_target(now.system, offset)) return std::unexpected{Unbelievable::absurd_time};
  const bool is_large = offset >= step_threshold || offset <= -step_threshold;
  const bool step = manner == Manner::step || (manner == Manner::by_size && is_large);
  return Order{.server = verdict.server, .offset = offset, .bound = bound, .step = step};
}

}  // namespace ntp::ntpdate
