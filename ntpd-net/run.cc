// Start reading here. The network daemon's client role: it asks servers, turns their answers
// into one estimate of UTC, and tells clockd and the server role. It never touches the clock.
#include "ntpd-net/run.h"

#include <algorithm>

#include "ntpd-net/asking.h"
#include "ntpd-net/control.h"
#include "ntpd-net/establishing.h"
#include "ntpd-net/links.h"
#include "ntpd-net/supervision.h"

namespace ntp {
namespace {

void watch_all(Daemon& daemon) {
  Poller<Door>& poller = daemon.poller;
  const auto watch = [&poller](int fd, Door door, int index = 0) {
    if (fd >= 0 && !poller.is_full()) poller.watch(fd, door, index);
  };
  poller.clear();
  watch(daemon.passage.office.fd(), Door::office);
  watch(daemon.passage.continuity.step_fd(), Door::step_notice);
  watch(daemon.passage.link_notice.number(), Door::links);
  watch(daemon.passage.names.fd(), Door::names);
  watch(daemon.passage.keys.fd(), Door::keys);
  watch(daemon.passage.clock.fd(), Door::clock);
  if (daemon.passage.reference_clocks)
    watch(daemon.passage.reference_clocks->fd(), Door::reference_clocks);
  if (daemon.passage.hardware_clock)
    watch(daemon.passage.hardware_clock->fd(), Door::hardware_clock);
  for (std::size_t i = 0; i < daemon.passage.control.size(); ++i)
    watch(daemon.passage.control[i].number(), Door::control, static_cast<int>(i));
  for (const int place : daemon.pool.order())
    watch(daemon.pool.at(place).socket.number(), Door::source, place);
}

void hear_clockd(Daemon& daemon) { daemon.passage.clock.disconnect(daemon.clocks.monotonic_now()); }

void hear_names(Daemon& daemon) {
  daemon.pool.take_names(daemon.passage.names, daemon.clocks.monotonic_now());
  daemon.changed = true;  // a source may have come back with what it measured
}

void hear_reference_clocks(Daemon& daemon) {
  (void)daemon.passage.reference_clocks->hear(daemon.clocks.monotonic_now());
  take_reference_samples(daemon);
}

void hear_rtcd(Daemon& daemon) {
  daemon.passage.hardware_clock->hear(daemon.clocks.monotonic_now());
}

// Of two waits, of which a negative one has no end.
Nanos sooner(Nanos one, Nanos other) {
  if (one < Nanos{0} || other < Nanos{0}) return std::max(one, other);
  return std::min(one, other);
}

}  // namespace

Result<void> turn(Daemon& daemon, Nanos patience) {
  watch_all(daemon);
  const auto woken = NTP_TRY(daemon.poller.wait(sooner(until_next_timer(daemon), patience)));
  daemon.stamping.look(daemon.clocks.read());
  check_continuity(daemon);  // before any stamp of this wake-up is believed
  for (const Wake& wake : woken) {
    switch (Poller<Door>::role_of(wake)) {
      case Door::source: take_answers(daemon, wake); break;  // datagram -> sample -> ensemble
      case Door::control: answer_commands(daemon, wake.index); break;  // syncctl, chronyc
      case Door::names: hear_names(daemon); break;                     // resolver -> new sources
      case Door::keys: take_keys(daemon); break;     // nts role -> keys of a source
      case Door::clock: hear_clockd(daemon); break;  // only ever speaks by hanging up
      case Door::reference_clocks: hear_reference_clocks(daemon); break;
      case Door::hardware_clock: hear_rtcd(daemon); break;  // how the RTC runs, for rtcdata
      case Door::links: note_links(daemon); break;          // kernel -> which sources have a route
      case Door::step_notice: break;                        // check_continuity took it
      case Door::office: hear_office(daemon); break;        // supervisor: end, new sources
    }
  }
  fire_due_timers(daemon);   // send requests, expire exchanges, keep links and files
  publish_estimate(daemon);  // select -> combine -> clockd's ring and the served page
  return {};
}

Result<void> run(Daemon& daemon) {
  start(daemon);
  while (!daemon.stop) NTP_TRY(turn(daemon));
  leave(daemon);
  return {};
}

}  // namespace ntp
