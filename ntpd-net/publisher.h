// What the network side says of the time, and to whom: the estimate to clockd's ring, the state
// to serve to the server role's page, the figures of `tracking`, the drift to keep. Pure but
// for its log lines: the caller writes what these functions make.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "common/board/records.h"
#include "common/conf/settings.h"
#include "common/sync/ensemble.h"
#include "ntpd-net/served_state.h"

namespace ntp {

// How `tracking` and the served state see the present.
enum class Standpoint : std::uint8_t {
  unsynchronised,  // nothing known
  synchronised,    // a line, fresh or growing old within its bound
  local,           // `local stratum N`
};

// The last combination and what came of it. Told of every change, asked by reports.
struct Reference {
  std::optional<Combined> combined{};  // the last one there was
  bool is_current = false;             // the ensemble still has it
  std::uint32_t refid = 0;
  Address address{};  // unset for a reference clock
  RawTime updated{};
  UtcTime updated_utc{};
  Nanos interval{0};      // between the last two updates
  Nanos last_offset{0};   // old line minus new at the update: positive, we were ahead
  double rms_square = 0;  // s^2, long-term mean of last_offset^2
  std::uint64_t updates = 0;

  // Takes the newest combination of reference `refid`, `address`.
  void update(const Combined& now, std::uint32_t reference_id, const Address& reference_address,
              RawTime raw);
  [[nodiscard]] Nanos rms_offset() const { return to_nanos(std::sqrt(rms_square)); }
  // Root dispersion and distance with what time added since the last sample.
  [[nodiscard]] Nanos root_dispersion_at(RawTime raw) const;
  [[nodiscard]] Nanos root_distance_at(RawTime raw) const;
};

// `local` and what decides when it begins.
struct LocalWatch {
  LocalSettings settings{};
  RawTime lost{};             // since when no source is selected: the start, or the last loss
  bool is_activated = false;  // the root distance was once below `activate`

  [[nodiscard]] bool may_begin(const Reference& reference, RawTime raw) const;
};

// `local` counts once the reference is gone or further away than the operator's distance.
[[nodiscard]] Standpoint standpoint(const Reference& reference, const LocalWatch& local,
                                    Nanos most_distance, RawTime raw);

// The record for clockd, without session and number.
[[nodiscard]] EstimateRecord to_record(const Combined& combined, RawTime published);

// What the server role answers with. `pair_rate`: CLOCK_REALTIME against raw.
[[nodiscard]] ServedState to_served(const Reference& reference, const LocalWatch& local,
                                    Nanos most_distance, RawTime raw, UtcTime system_now,
                                    Rate pair_rate, std::int8_t precision_log2);

// chrony's drift file: how fast our raw clock is, in ppm, and how well that is known.
struct Drift {
  Rate frequency{};  // positive: the clock gains
  Rate skew{};
};
[[nodiscard]] std::string to_text(const Drift& drift);
[[nodiscard]] std::optional<Drift> parse_drift(std::string_view text);
// For the estimator: UTC gained per raw second.
[[nodiscard]] constexpr Rate start_rate(const Drift& drift) { return -drift.frequency; }
[[nodiscard]] Drift drift_of(const Combined& combined);

}  // namespace ntp
