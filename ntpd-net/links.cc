// See links.h.
#include "ntpd-net/links.h"

#include "common/base/log.h"

namespace ntp {
namespace {

constexpr Nanos settling = 100ms;  // a link that comes up sends a flurry of messages
constexpr Nanos long_wait = 2s;    // no answer comes so late

bool has_route(const Source& source) {
  return UdpSocket::connect_to(source.remote, {}, {.stamps = false}).has_value();
}

void bring_up(Daemon& daemon, Source& source) {
  if (source.online || source.is_barred) return;
  go_online(source, daemon.clocks.monotonic_now());
  log_info("Source {} online", to_text(source.remote.address));
}

void take_down(Source& source) {
  if (!source.online) return;
  go_offline(source);
  log_info("Source {} offline", to_text(source.remote.address));
}

void follow_route(Daemon& daemon, Source& source) {
  source.is_unrouted = !has_route(source);
  source.is_unrouted ? take_down(source) : bring_up(daemon, source);
}

// It has a route as before, but its last request went unanswered: the link may be what failed.
void ask_again(Source& source, MonotonicTime now) {
  const bool waits_long = source.loss.is_armed() && now - source.asked >= long_wait;
  if (source.lost_in_a_row > 0 || waits_long) retry_in_burst(source, now);
}

}  // namespace

void put_online(Daemon& daemon, Source& source) {
  source.is_held = false;
  bring_up(daemon, source);
}

void put_offline(Source& source) {
  source.is_held = true;
  take_down(source);
}

void obey_routes(Daemon& daemon) {
  for (const int place : daemon.pool.order()) {
    Source& source = daemon.pool.at(place);
    source.is_held = false;
    follow_route(daemon, source);
  }
}

void note_links(Daemon& daemon) {
  if (!take_link_notice(daemon.passage.link_notice.number())) return;
  if (!daemon.links_due.is_armed()) daemon.links_due.arm(daemon.clocks.monotonic_now() + settling);
}

void follow_links(Daemon& daemon) {
  daemon.links_due.disarm();
  const MonotonicTime now = daemon.clocks.monotonic_now();
  for (const int place : daemon.pool.order()) {
    Source& source = daemon.pool.at(place);
    if (source.is_held) continue;
    const bool was_online = source.online;
    follow_route(daemon, source);
    if (was_online && source.online) ask_again(source, now);
  }
  daemon.pool.hurry_names(now);
}

}  // namespace ntp
