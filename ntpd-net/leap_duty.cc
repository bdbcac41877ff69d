// See leap_duty.h.
#include "ntpd-net/leap_duty.h"

namespace ntp {
namespace {

constexpr Nanos near{5s};
constexpr Nanos day{86400s};

UtcTime midnight_after(UtcTime now) {
  return {std::chrono::floor<std::chrono::days>(now.since_zero) + day};
}

// Leap seconds by vote are taken only where there ever was one (chrony's rule).
bool ends_a_half_year(UtcTime midnight) {
  const std::chrono::sys_days next{std::chrono::floor<std::chrono::days>(midnight.since_zero)};
  const std::chrono::year_month_day date{next};
  using namespace std::chrono;
  return date.day() == 1d && (date.month() == January || date.month() == July);
}

int change_of(Leap vote) { return vote == Leap::insert ? 1 : vote == Leap::remove ? -1 : 0; }

}  // namespace

std::optional<NextLeap> LeapDuty::today(UtcTime now, Leap vote) const {
  const UtcTime midnight = midnight_after(now);
  if (has_passed_ && midnight == at_) return std::nullopt;  // the second that is counted twice
  if (const int change = change_of(vote); change != 0 && ends_a_half_year(midnight))
    return NextLeap{midnight, change};
  const LeapEvent* const event = table_.next_after(now);
  if (event == nullptr || event->at != midnight) return std::nullopt;
  return NextLeap{event->at, event->change};
}

std::optional<NextLeap> LeapDuty::look(UtcTime now, Leap vote) {
  if (const NextLeap leap{at_, armed_}; armed_ != 0 && now >= leap.moment()) {
    armed_ = 0;
    return leap;
  }
  const auto ahead = today(now, vote);
  armed_ = 0;
  if (!ahead || now >= ahead->moment()) return std::nullopt;
  armed_ = static_cast<std::int8_t>(ahead->change);
  at_ = ahead->at;
  has_passed_ = false;
  return std::nullopt;
}

Leap LeapDuty::indicator(UtcTime now, Leap vote) const {
  if (vote == Leap::unsynchronised) return vote;
  const auto leap = today(now, vote);
  if (!leap) return Leap::none;
  return leap->change > 0 ? Leap::insert : Leap::remove;
}

bool LeapDuty::is_near(UtcTime time, Leap vote) const {
  if (mode_ == LeapMode::ignore) return false;
  if (has_passed_ && std::chrono::abs(time - at_) < near) return true;
  const auto leap = today(time, vote);
  return leap && leap->moment() - time < near;
}

}  // namespace ntp
