// One entry a world. Numbers are of real networks: LANs of 100 us, the Internet of 30 ms.
#include "tests/sim/scenarios.h"

#include <algorithm>

#include "common/base/ensure.h"

namespace ntp::sim {

PathShape path(Nanos delay, Nanos jitter, Jitter kind) {
  return {.up = delay, .down = delay, .jitter_up = jitter, .jitter_down = jitter, .jitter = kind};
}

ServerShape server(PathShape shape) { return {.path = std::move(shape)}; }

namespace {

OscillatorShape crystal(double walk, Rate start = 10.0_ppm) {
  return {.start = start, .walk = walk};
}

ClockSettings with_makestep() {
  ClockSettings settings;
  settings.makestep = StepPolicy{1s, 3};
  return settings;
}

PathShape queued(double load, Nanos most) {
  PathShape shape = path(10ms, 200us);
  shape.queue_up = {.load = load, .burst = 8ms, .most = most, .on = 180s, .off = 400s};
  shape.queue_down = {.load = load, .burst = 8ms, .most = most, .on = 240s, .off = 300s};
  return shape;
}

PathShape one_way_queue() {
  PathShape shape = path(10ms, 200us);
  shape.queue_up = {.load = 0.95, .burst = 15ms, .most = 200ms, .on = 600s, .off = 900s};
  return shape;
}

std::vector<ServerShape> five_with_a_liar_and_a_drifter() {
  std::vector<ServerShape> five(5, server(path(20ms, 1ms)));
  five[3].offset = 100ms;
  five[4].drift = 0.2_ppm;
  five[4].path = path(2ms, 200us);  // the nearest
  return five;
}

ServerShape intermittent() {
  ServerShape shape = server(path(30ms, 1ms));
  shape.path.link_period = 4h;
  shape.path.link_on = 30min;
  return shape;
}

ServerShape rerouted() {
  ServerShape shape = server(path(15ms, 300us));
  shape.path.detours = {{.from = 10000s, .until = 20000s, .up = 8ms, .down = 8ms},
                        {.from = 26000s, .until = 32000s, .up = 6ms, .down = 0ms}};
  return shape;
}

std::vector<Scenario> make_scenarios() {
  const PollOptions tight{.least_log2 = 4, .most_log2 = 4, .burst_at_start = true};
  const PollOptions six{.least_log2 = 6, .most_log2 = 6, .burst_at_start = true};
  std::vector<Scenario> all{
      {.name = "lan", .oscillator = crystal(1e-9), .servers = {server(path(100us, 10us))}},
      {.name = "lan_poll4",
       .oscillator = crystal(1e-9),
       .servers = {server(path(100us, 10us))},
       .poll = tight},
      {.name = "internet",
       .length = 100000s,
       .oscillator = crystal(1e-9),
       .servers = {server(path(30ms, 1ms))}},
      {.name = "internet_poll6",
       .length = 50000s,
       .oscillator = crystal(1e-9),
       .servers = {server(path(30ms, 1ms))},
       .poll = six},
      {.name = "internet_wander",
       .length = 50000s,
       .oscillator = crystal(1e-8),
       .servers = {server(path(30ms, 1ms))}},
      {.name = "gauss",
       .length = 50000s,
       .oscillator = crystal(1e-9),
       .servers = {server(path(10ms, 500us, Jitter::normal))}},
      {.name = "cold_step",
       .length = 3000s,
       .warm = 300s,
       .oscillator = crystal(1e-9, 50.0_ppm),
       .servers = {server(path(1ms, 100us))},
       .wrong = -3s,
       .policy = with_makestep()},
      {.name = "cold_slew",
       .length = 3000s,
       .warm = 300s,
       .oscillator = crystal(1e-9, -80.0_ppm),
       .servers = {server(path(30ms, 1ms))},
       .wrong = 50ms},
      {.name = "second_off_no_step",
       .length = 6000s,
       .warm = 3000s,
       .oscillator = crystal(1e-9, 30.0_ppm),
       .servers = {server(path(1ms, 100us))},
       .wrong = 1500ms},
      {.name = "drift_file",
       .length = 20000s,
       .oscillator = crystal(1e-9, 42.0_ppm),
       .servers = {server(path(30ms, 1ms))},
       .drift_file = -42.0_ppm},
      {.name = "pool_of_four",
       .length = 50000s,
       .oscillator = crystal(1e-9),
       .servers = std::vector<ServerShape>(4, server(path(20ms, 2ms)))},
      {.name = "liar_and_drifter",
       .length = 50000s,
       .oscillator = crystal(1e-9),
       .servers = five_with_a_liar_and_a_drifter()},
      {.name = "rate_step",
       .length = 30000s,
       .oscillator = {.start = 10.0_ppm, .walk = 1e-9, .steps = {{15000s, 3.0_ppm}}},
       .servers = {server(path(10ms, 500us))}},
      {.name = "temperature",
       .length = 200000s,
       .oscillator = {.start = 10.0_ppm, .walk = 1e-9, .swing = 0.5_ppm, .swing_period = 7200s},
       .servers = {server(path(10ms, 500us))}},
      {.name = "intermittent",
       .length = 200000s,
       .warm = 8000s,
       .oscillator = crystal(3e-9),
       .servers = {intermittent()}},
      {.name = "rerouted",
       .length = 40000s,
       .oscillator = crystal(1e-9),
       .servers = {rerouted()},
       .poll = six},
      {.name = "queues",
       .length = 50000s,
       .oscillator = crystal(1e-9),
       .servers = {server(queued(0.8, 100ms))},
       .poll = six},
      {.name = "bufferbloat_one_way",
       .length = 50000s,
       .oscillator = crystal(1e-9),
       .servers = {server(one_way_queue())},
       .poll = six},
  };
  Scenario lossy{.name = "loss_30_percent",
                 .length = 50000s,
                 .oscillator = crystal(1e-9),
                 .servers = {server(path(30ms, 1ms))}};
  lossy.servers[0].path.loss = 0.3;
  all.push_back(lossy);
  return all;
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = make_scenarios();
  return all;
}

Scenario scenario(std::string_view name) {
  const auto found = std::ranges::find(scenarios(), name, &Scenario::name);
  ENSURE(found != scenarios().end());
  return *found;
}

}  // namespace ntp::sim
