// Hardware clocks as sources: refclockd's ring of samples becomes samples of the ensemble. A
// pulse without seconds is numbered by what the other sources say. Reads no device; that a
// sample's line and refid are ours is checked before it is believed.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/board/sample_board.h"
#include "common/conf/settings.h"
#include "common/os/timers.h"
#include "common/sync/ensemble.h"
#include "ntpd-net/dump.h"
#include "ntpd-net/local_standard.h"

namespace ntp {

// The line to refclockd; it need not run.
class ReferenceLink {
 public:
  explicit ReferenceLink(std::string socket_path) : path_{std::move(socket_path)} {
    retry_.arm({});
  }
  // A refclockd in this process (ntpd-sim): nothing to connect to, no bells.
  explicit ReferenceLink(SampleBoardReader ring) { ring_.emplace(std::move(ring)); }

  // True when a new connection was made.
  [[nodiscard]] bool keep_connected(MonotonicTime now);
  // After the descriptor woke us; false when refclockd has gone.
  [[nodiscard]] bool hear(MonotonicTime now);
  // Where refclockd does not run there is nothing to do. False: it could not be told.
  [[nodiscard]] bool cycle_logs() { return !socket_ || socket_->cycle_logs(); }
  [[nodiscard]] std::optional<ReferenceSample> next();
  [[nodiscard]] int fd() const { return socket_ ? socket_->fd().number() : -1; }
  [[nodiscard]] MonotonicTime next_try() const { return retry_.when(); }

 private:
  std::string path_;
  std::optional<SampleSocket> socket_;
  std::optional<SampleBoardReader> ring_;
  Timer retry_{};
  bool complained_ = false;
};

struct ReferenceClock {
  RefclockSettings settings;
  SelectionOptions effective;  // as Source has them
  std::uint32_t refid = 0;
  SourceIndex index{};
  std::uint8_t reachability = 0;
  std::uint64_t last_sequence = 0;
  std::uint32_t samples = 0;
  std::uint32_t refused = 0;  // foreign refid, out of order, a pulse that nobody could number
  std::uint8_t stratum = 0;
  Leap leap = Leap::none;
  RawTime sampled{};
  Nanos offset{0};       // system clock minus the reference at the sample
  Nanos pair_offset{0};  // CLOCK_REALTIME minus raw then
  Nanos error{0};
  Timer silence{};  // when a sample is overdue by half an interval
  int unreachable_polls = 0;
  std::deque<Sample> kept{};  // as Source has them
  Nanos correction{0};  // what a command's `offset` is beyond the line's, which refclockd adds
};

[[nodiscard]] SourceOptions selection_of(const ReferenceClock& clock);

class ReferenceClocks {
 public:
  // REQUIRES: `ensemble` outlives this.
  ReferenceClocks(Ensemble& ensemble, std::span<const RefclockSettings> settings);

  // A sample for the ensemble; nullopt when it is not believed. `line` is the present estimate,
  // `pair_offset` CLOCK_REALTIME minus raw then.
  [[nodiscard]] std::optional<std::pair<int, Sample>> take(const ReferenceSample& sample,
                                                           const std::optional<Combined>& now,
                                                           Nanos pair_offset);
  // The first line with `local`: a clock to measure by, which is no source of time.
  [[nodiscard]] bool is_local(std::uint32_t line) const { return line == local_line_; }
  // Whether such a sample is believed.
  [[nodiscard]] bool take_local(const ReferenceSample& sample, Nanos pair_offset);
  // nullopt: no line has it.
  [[nodiscard]] std::optional<LocalStandard> local_standard() const;
  // A sample moves its register as it comes, whatever the phase of refclockd's timer against ours;
  // this moves those of the silent. Places whose register is empty go unreachable, after
  // `maxunreach` intervals more.
  void move_registers(Ensemble& ensemble, MonotonicTime now);
  [[nodiscard]] MonotonicTime next_move() const;
  // Each clock goes on with the measurements of its refid; what is of servers is left alone.
  void resume(std::span<const DumpedSource> dump, Ensemble& ensemble);
  void forget_kept();

  [[nodiscard]] std::span<const ReferenceClock> all() const { return clocks_; }
  [[nodiscard]] std::span<ReferenceClock> all() { return clocks_; }
  [[nodiscard]] const ReferenceClock* at(int place) const;
  [[nodiscard]] ReferenceClock* find(std::uint32_t refid);

 private:
  // Whether it is ours and newer than the one before; if so, counts it.
  [[nodiscard]] bool accept(ReferenceClock& clock, const ReferenceSample& sample);

  std::vector<ReferenceClock> clocks_;
  std::optional<std::uint32_t> local_line_{};
};

}  // namespace ntp
