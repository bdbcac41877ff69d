// See reference_clocks.h.
#include "ntpd-net/reference_clocks.h"

#include <algorithm>
#include <cmath>

#include "common/base/ensure.h"
#include "common/base/log.h"
#include "common/conf/refclock_refid.h"

namespace ntp {
namespace {

constexpr Nanos retry_interval = 5s;

// As of a server (source.cc): eight intervals in a row without a sample, and `maxunreach` more
// where the operator says so.
bool may_stay_selected(const ReferenceClock& clock) {
  if (clock.reachability != 0) return true;
  const int most = clock.settings.maxunreach;
  return clock.samples > 0 && most < RefclockSettings{}.maxunreach &&
         clock.unreachable_polls <= most;
}

Nanos poll_interval(const ReferenceClock& clock) {
  return to_nanos(std::exp2(std::clamp(clock.settings.poll, 0, 24)));
}

}  // namespace

SourceOptions selection_of(const ReferenceClock& clock) {
  return {.prefer = clock.effective.prefer,
          .noselect = clock.effective.noselect || clock.settings.local,
          .trust = clock.effective.trust,
          .require = clock.effective.require,
          .is_reference = true,
          .most_samples = clock.settings.maxsamples.value_or(0)};
}

bool ReferenceLink::keep_connected(MonotonicTime now) {
  if (socket_ || !retry_.is_due(now)) return false;
  auto socket = SampleSocket::connect(path_);
  if (socket) {
    auto ring = SampleBoardReader::adopt(socket->take_ring());
    if (ring) {
      socket_.emplace(*std::move(socket));
      ring_.emplace(*std::move(ring));
      retry_.disarm();
      complained_ = false;
      log_info("Connected to refclockd");
      return true;
    }
    socket = std::unexpected{ring.error()};
  }
  if (!complained_) log_warning("refclockd: {} (trying again)", socket.error().message);
  complained_ = true;
  retry_.arm(now + retry_interval);
  return false;
}

bool ReferenceLink::hear(MonotonicTime now) {
  if (!socket_ || socket_->hear_bells()) return true;
  log_warning("refclockd has gone");
  socket_.reset();
  ring_.reset();
  retry_.arm(now + retry_interval);
  return false;
}

std::optional<ReferenceSample> ReferenceLink::next() {
  while (ring_ && ring_->has_news())
    if (const auto sample = ring_->next()) return sample;
  return std::nullopt;
}

ReferenceClocks::ReferenceClocks(Ensemble& ensemble, std::span<const RefclockSettings> settings) {
  for (std::size_t line = 0; line < settings.size(); ++line) {
    ReferenceClock clock{.settings = settings[line],
                         .effective = settings[line].selection,
                         .refid = refid_of(settings[line], line)};
    const auto index = ensemble.add(selection_of(clock));
    if (!index) {
      log_warning("Too many sources: refclock {} is not used", settings[line].parameter);
      return;
    }
    clock.index = *index;
    clocks_.push_back(std::move(clock));
    if (!settings[line].local) continue;
    if (!local_line_) local_line_ = static_cast<std::uint32_t>(line);
    else
      log_warning("refclock {}: there is a `local` one already; this one has no effect",
                  settings[line].parameter);
  }
}

bool ReferenceClocks::accept(ReferenceClock& clock, const ReferenceSample& sample) {
  if (sample.reference_id != clock.refid || sample.sequence <= clock.last_sequence) {
    ++clock.refused;
    return false;
  }
  clock.last_sequence = sample.sequence;
  clock.reachability = static_cast<std::uint8_t>(clock.reachability << 1 | 1);
  clock.unreachable_polls = 0;
  clock.silence.disarm();
  clock.stratum = sample.stratum;
  clock.leap = sample.leap;
  clock.sampled = sample.taken;
  clock.error = sample.delay / 2 + sample.dispersion + sample.precision;
  ++clock.samples;
  return true;
}

bool ReferenceClocks::take_local(const ReferenceSample& sample, Nanos pair_offset) {
  ReferenceClock& clock = clocks_[sample.line];
  if (!accept(clock, sample)) return false;
  // Its seconds mean nothing: what is shown is how far its second begins from ours.
  const Nanos apart = (sample.taken.since_zero + pair_offset - sample.utc.since_zero) % 1s;
  clock.offset = apart - std::chrono::round<std::chrono::seconds>(apart);
  clock.pair_offset = pair_offset;
  return true;
}

std::optional<LocalStandard> ReferenceClocks::local_standard() const {
  if (!local_line_) return std::nullopt;
  return LocalStandard{poll_interval(clocks_[*local_line_])};
}

std::optional<std::pair<int, Sample>> ReferenceClocks::take(const ReferenceSample& sample,
                                                            const std::optional<Combined>& now,
                                                            Nanos pair_offset) {
  if (sample.line >= clocks_.size()) return std::nullopt;
  ReferenceClock& clock = clocks_[sample.line];
  std::optional<UtcTime> utc = sample.utc;
  if (sample.pulse_interval > Nanos{0})
    utc = now ? number_pulse(sample, now->line.at(sample.taken), now->line.bound_at(sample.taken),
                             clock.settings.width)
              : std::nullopt;
  if (!utc) {
    ++clock.refused;
    return std::nullopt;
  }
  if (!accept(clock, sample)) return std::nullopt;
  *utc += clock.correction;
  clock.offset = sample.taken.since_zero + pair_offset - utc->since_zero;
  clock.pair_offset = pair_offset;
  // A reference's noise moves both halves of its round trip against each other, as the clock's own
  // wander would; a path's moves each by itself. The spread, which is as large and independent,
  // makes a path of it, so that the estimator sees how noisy the reference is.
  const Nanos half = std::max(sample.delay, Nanos{2}) / 2 + sample.spread;
  return std::pair{clock.index.value, Sample{.sent = sample.taken - half,
                                             .server_received = *utc,
                                             .server_sent = *utc,
                                             .received = sample.taken + half,
                                             .root_dispersion = sample.dispersion,
                                             .precision = std::max(sample.precision, Nanos{1}),
                                             .leap = sample.leap,
                                             .stratum = sample.stratum}};
}

void ReferenceClocks::move_registers(Ensemble& ensemble, MonotonicTime now) {
  for (ReferenceClock& clock : clocks_) {
    const Nanos interval = poll_interval(clock);
    if (!clock.silence.is_armed()) clock.silence.arm(now + interval / 2 * 3);
    if (!clock.silence.take_due(now, interval)) continue;
    clock.reachability = static_cast<std::uint8_t>(clock.reachability << 1);
    if (clock.reachability == 0) ++clock.unreachable_polls;
    ensemble.mark_reachable(clock.index, may_stay_selected(clock));
  }
}

MonotonicTime ReferenceClocks::next_move() const {
  MonotonicTime next = Timer::never;
  for (const ReferenceClock& clock : clocks_) next = std::min(next, clock.silence.when());
  return next;
}

void ReferenceClocks::resume(std::span<const DumpedSource> dump, Ensemble& ensemble) {
  for (const DumpedSource& dumped : dump) {
    const auto clock = std::ranges::find_if(clocks_, [&](const ReferenceClock& each) {
      return each.refid == dumped.refid && each.kept.empty() && !each.settings.local;
    });
    if (clock == clocks_.end()) continue;
    for (const Sample& sample : dumped.samples) ensemble.take(clock->index, sample);
    clock->kept.assign(dumped.samples.begin(), dumped.samples.end());
    clock->reachability = dumped.reachability;
    ensemble.mark_reachable(clock->index, clock->reachability != 0);
  }
}

void ReferenceClocks::forget_kept() {
  for (ReferenceClock& clock : clocks_) clock.kept.clear();
}

const ReferenceClock* ReferenceClocks::at(int place) const {
  const auto found = std::ranges::find_if(
      clocks_, [place](const ReferenceClock& clock) { return clock.index.value == place; });
  return found == clocks_.end() ? nullptr : &*found;
}

ReferenceClock* ReferenceClocks::find(std::uint32_t refid) {
  const auto found = std::ranges::find(clocks_, refid, &ReferenceClock::refid);
  return found == clocks_.end() ? nullptr : &*found;
}

}  // namespace ntp
