// chrony's tests A to D on an answer that is already believed: is its delay plausible, and is
// the server perhaps following us? Pure. The estimator weighs delays itself, so B and C only
// act where the operator asks for them; see meridian.conf(5).
#pragma once

#include <cstdint>
#include <deque>

#include "common/conf/settings.h"
#include "common/sync/sample.h"
#include "common/wire/header.h"

namespace ntp {

// What we ourselves tell clients: for test D.
struct OurClaims {
  bool serving = false;             // test D is passed when we serve nobody
  std::uint32_t address_refid = 0;  // the refid of the local address that the server sees
  std::uint32_t refid = 0;
  std::uint8_t stratum = 16;
  std::uint32_t root_delay = 0;  // as on the wire
  WireTime reference{};
};

// The round trips of late, for tests B and C. Bounded.
class DelayHistory {
 public:
  void take(Nanos delay);
  void forget() { delays_.clear(); }
  [[nodiscard]] int size() const { return static_cast<int>(delays_.size()); }
  [[nodiscard]] Nanos least() const;             // REQUIRES: size() > 0
  [[nodiscard]] Nanos deviation() const;         // standard deviation; 0 below two
  [[nodiscard]] Nanos quantile(double q) const;  // REQUIRES: size() > 0

 private:
  static constexpr std::size_t capacity = 64;
  std::deque<Nanos> delays_;
};

// The least round trip that the path can have: the operator's word (mindelay), else what was seen.
// REQUIRES: mindelay is set or history.size() > 0.
[[nodiscard]] Nanos least_delay(const SourceSettings& settings, const DelayHistory& history);

// The bits of passed::testA..testD that the answer earned.
[[nodiscard]] std::uint16_t judge_delay(const Sample& sample, const Header& answer,
                                        const SourceSettings& settings, const DelayHistory& history,
                                        const OurClaims& us);

}  // namespace ntp
