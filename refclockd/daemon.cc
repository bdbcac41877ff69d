// One loop; clocks that have a descriptor wake it, the others are asked every dpoll.
#include "refclockd/daemon.h"

#include "common/base/log.h"
#include "common/os/kernel_clock.h"
#include "common/os/service.h"
#include "refclockd/log_rows.h"

namespace ntp::refclockd {
namespace {

constexpr int most_looks_at_once = 64;  // of one clock: a flood costs the flooder only

template <std::size_t N, typename Kind>
void count(std::array<std::uint64_t, N>& counters, Kind kind) {
  ++counters[static_cast<std::size_t>(kind)];
}

int tai_of(const Clock& clock) {
  if (!clock.settings.tai) return 0;
  const auto state = KernelClock{}.read();
  return state ? state->tai : 0;
}

const Clock* partner_of(const Daemon& daemon, const Clock& clock) {
  for (const Clock& other : daemon.clocks) {
    if (clock.locked_to >= 0 && other.line == static_cast<std::uint32_t>(clock.locked_to))
      return &other;
  }
  return nullptr;
}

void log_look(Daemon& daemon, Clock& clock, const Look& look) {
  if (daemon.log.is_on())
    daemon.log.row(look_row(clock, look, daemon.history.to_system(clock.last->raw)));
  ++clock.looks_since_sample;
}

// All that the clock has to say now.
void look_at(Daemon& daemon, Clock& clock) {
  for (int i = 0; i < most_looks_at_once; ++i) {
    const auto look = clock.driver->look(daemon.machine);
    if (!look) {
      count(clock.nothings, look.error());
      if (look.error() == Nothing::not_yet || look.error() == Nothing::device) return;
      continue;
    }
    daemon.history.take(daemon.machine.read());
    ++clock.looks;
    const auto taken = take(clock, *look, daemon.history, partner_of(daemon, clock), tai_of(clock));
    if (!taken) count(clock.refusals, taken.error());
    else log_look(daemon, clock, *look);
    if (clock.driver->fd() < 0) return;  // it shows one thing at a time
  }
}

void publish(Daemon& daemon, Clock& clock) {
  clock.looks_since_sample = 0;
  for (std::size_t edge = 0; edge < clock.edges.size(); ++edge) {
    auto sample = make_sample(clock, edge);
    if (!sample) continue;
    sample->sequence = ++daemon.sequence;
    daemon.ring.publish(*sample);
    daemon.readers.ring_bells();
    if (daemon.log.is_on())
      daemon.log.row(sample_row(*sample, daemon.history.to_system(sample->taken)));
    log_debug("line {}: {} looks, raw {} shows {}, deviation {} ns", clock.line, clock.looks,
              sample->taken.since_zero.count(), sample->utc.since_zero.count(),
              sample->dispersion.count());
  }
}

void take_ready(Daemon& daemon, std::span<const pollfd> fds) {
  for (const pollfd& ready : fds) {
    if (ready.revents == 0) continue;
    for (Clock& clock : daemon.clocks) {
      if (clock.driver->fd() == ready.fd) look_at(daemon, clock);
    }
  }
}

std::size_t watch(const Daemon& daemon, std::span<pollfd> fds) {
  std::size_t used = daemon.readers.watch(fds);
  for (const Clock& clock : daemon.clocks) {
    const int fd = clock.driver->fd();
    if (fd >= 0) fds[used++] = {.fd = fd, .events = POLLIN, .revents = 0};
  }
  return used;
}

void report(const Clock& clock) {
  std::uint64_t lost = 0;
  for (const std::uint64_t counted : clock.refusals) lost += counted;
  using enum Nothing;
  const auto of = [&](Nothing kind) { return clock.nothings[static_cast<std::size_t>(kind)]; };
  log_info(
      "refclock {}: {} looks, {} samples; refused {}, malformed {}, torn {}, not in sync {}, "
      "device errors {}",
      clock.settings.parameter, clock.looks, clock.samples, lost, of(malformed), of(torn),
      of(no_clock), of(device));
}

}  // namespace

void begin(Daemon& daemon) {
  const MonotonicTime now = daemon.machine.monotonic_now();
  daemon.sequence = static_cast<std::uint64_t>(daemon.machine.raw_now().since_zero.count());
  for (Clock& clock : daemon.clocks) {
    clock.look_at.arm(now);
    clock.sample_at.arm(now + sample_interval(clock));
  }
}

MonotonicTime serve_clocks(Daemon& daemon, MonotonicTime now) {
  daemon.history.take(daemon.machine.read());
  MonotonicTime next = Timer::never;
  for (Clock& clock : daemon.clocks) {
    if (clock.look_at.take_due(now, look_interval(clock))) look_at(daemon, clock);
    if (clock.sample_at.take_due(now, sample_interval(clock))) publish(daemon, clock);
    next = std::min({next, clock.look_at.when(), clock.sample_at.when()});
  }
  return next;
}

Result<void> run(Daemon& daemon) {
  std::array<pollfd, 1 + Readers::most + most_clocks> fds;
  const MonotonicTime start = daemon.machine.monotonic_now();
  const MonotonicTime end = daemon.limit > Nanos{0} ? start + daemon.limit : Timer::never;
  begin(daemon);
  for (MonotonicTime now = start; !is_stop_requested() && now < end;
       now = daemon.machine.monotonic_now()) {
    const MonotonicTime next = std::min(serve_clocks(daemon, now), end);
    const auto watched = std::span{fds}.first(watch(daemon, fds));
    if (NTP_TRY(wait_ready(watched, time_until(next, daemon.machine.monotonic_now()))) == 0)
      continue;
    take_ready(daemon, watched);
    if (daemon.readers.serve(daemon.ring.fd()) && daemon.log.is_on()) (void)daemon.log.open_again();
  }
  for (const Clock& clock : daemon.clocks) report(clock);
  return {};
}

}  // namespace ntp::refclockd
