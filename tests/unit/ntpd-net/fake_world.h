// A world for the client role's unit tests: clocks that stand still until `pass`, and a daemon
// without sockets.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "ntpd-net/daemon.h"

namespace ntp {

class FakeClocks final : public Clocks {
 public:
  Reading read() override { return {raw, system, Nanos{50}}; }
  RawTime raw_now() override { return raw; }
  MonotonicTime monotonic_now() override { return monotonic; }

  void pass(Nanos time) {
    raw += time;
    monotonic += time;
    system += time;
  }

  RawTime raw{1000s};
  MonotonicTime monotonic{5000s};
  SystemTime system{1'800'000'000s};
};

inline std::unique_ptr<Daemon> make_daemon(Clocks& clocks, const std::string& lines) {
  auto configuration = parse_handover(lines);
  EXPECT_TRUE(configuration.has_value()) << configuration.error().message;
  auto link = ClockLink::create(1, "");
  EXPECT_TRUE(link.has_value());
  auto daemon = std::make_unique<Daemon>(*std::move(configuration), KeyStore{}, Errand{}, clocks,
                                         Passage{.clock = *std::move(link)});
  start(*daemon);
  return daemon;
}

// An exchange with `place` whose server is `ahead` of the system clock.
inline void feed_sample(Daemon& daemon, FakeClocks& clocks, int place, Nanos ahead) {
  Source& source = daemon.pool.at(place);
  const Header request = begin_request(source, look_at_clocks(daemon), 77 + source.counts.sent);
  const UtcTime there{clocks.system.since_zero + ahead};
  clocks.pass(2ms);
  const Header answer{.version = request.version,
                      .mode = Mode::server,
                      .stratum = 3,
                      .precision_log2 = -25,
                      .root_delay = to_short(4ms),
                      .root_dispersion = to_short(1ms),
                      .refid = 0x0a010203,
                      .reference = to_wire(there - 5s),
                      .origin = request.transmit,
                      .receive = to_wire(there + 1ms),
                      .transmit = to_wire(there + 1ms)};
  const Nanos pair = clocks.system.since_zero - clocks.raw.since_zero;
  const Taken taken = take_answer(source, answer, {clocks.raw, true}, ipv4_loopback,
                                  StampKind::kernel, pair, Nanos{60}, {});
  ASSERT_TRUE(taken.sample.has_value());
  daemon.ensemble.mark_reachable(source.index, true);
  daemon.ensemble.take(source.index, *taken.sample);
  schedule_after_sample(source, daemon.ensemble.poll_evidence(source.index, 6), 0.5);
  daemon.changed = true;
  publish_estimate(daemon);
}

}  // namespace ntp
