// A clock that nobody vouches for is never copied into the hardware clock: it could be the one
// good clock that is left. Into the store it goes only forward, at the pace of the raw clock.
#include "rtcd/keeper.h"

#include "rtcd/boot.h"

namespace ntp::rtcd {

bool Keeper::is_due(const KeeperFacts& facts) {
  if (!facts.is_trusted) trusted_since_.reset();
  else if (!trusted_since_) trusted_since_ = facts.now;
  if (facts.is_stopping) return true;
  const bool is_newly_trusted =
      facts.is_trusted && !was_trusted_ && facts.now - *trusted_since_ >= first_after;
  return !last_ || facts.now - *last_ >= period || is_newly_trusted;
}

bool Keeper::may_save(const KeeperFacts& facts, std::optional<UtcTime> saved) const {
  const Nanos system = facts.system.since_zero;
  if (system < least_time.since_zero) return false;
  if (facts.is_trusted || !saved) return true;
  const Nanos passed = last_ ? facts.now - *last_ : Nanos{0};
  return system > saved->since_zero && system - saved->since_zero <= passed + 10s;
}

bool Keeper::wants_write(const KeeperFacts& facts) const {
  if (!facts.is_trusted || facts.system.since_zero < least_time.since_zero) return false;
  switch (owner_) {
    case Owner::kernel: return facts.is_stopping;
    case Owner::us: return true;
    case Owner::nobody:
      return autotrim_ > Nanos{0} && facts.rtc_error &&
             std::chrono::abs(*facts.rtc_error) > autotrim_;
  }
  return false;
}

Duties Keeper::duties(const KeeperFacts& facts, std::optional<UtcTime> saved) {
  if (!is_due(facts)) return {};
  const Duties duties{
      .save = may_save(facts, saved),
      .write = wants_write(facts),
      .measure = owner_ == Owner::nobody && facts.is_trusted && !facts.is_stopping,
  };
  was_trusted_ = facts.is_trusted && (was_trusted_ || facts.now - *trusted_since_ >= first_after);
  last_ = facts.now;
  return duties;
}

}  // namespace ntp::rtcd
