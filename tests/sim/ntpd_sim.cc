// ntpd-sim: the client role and clockd's judge and steer in one process and one poll loop, for
// worlds that simulate the system calls (LD_PRELOAD). Real sockets and real kernel clock calls
// of the production code; only the process boundary is missing: no sandbox, no users, no
// control sockets, no server role, and no floor under the time, for such worlds may live in
// any year. For tests only: it is never installed, and it refuses a machine's own clock.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include "clockd/daemon.h"
#include "common/base/log.h"
#include "common/conf/grammar.h"
#include "common/conf/leap_source.h"
#include "common/os/random.h"
#include "common/os/system_clocks.h"
#include "ntpd-net/run.h"
#include "tests/sim/reference_side.h"

namespace {

using namespace ntp;

volatile sig_atomic_t stop_requested = 0;
void request_stop(int) { stop_requested = 1; }

struct Wishes {
  std::string file;
  std::vector<std::string> lines;
  bool dry_run = false, set_once = false, print_once = false, real_clock = false;
  double run_for = 0;
};

struct World {
  sim::ReferenceSide references;
  std::unique_ptr<Daemon> network;
  std::unique_ptr<clockd::Daemon> clock;
};

std::optional<Drift> read_drift(const std::string& path) {
  if (path.empty()) return std::nullopt;
  std::FILE* file = std::fopen(path.c_str(), "r");
  if (!file) return std::nullopt;
  char text[256]{};
  const std::size_t size = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  return parse_drift({text, size});
}

Result<std::unique_ptr<clockd::Daemon>> make_clock(const Settings& settings, const Wishes& wishes,
                                                   const Passage& passage) {
  const ClockLink& link = passage.clock;
  const LeapEvent* const leap = passage.leaps.next_after({SystemClocks{}.read().system.since_zero});
  clockd::Policy policy = clockd::to_policy(settings.clock);
  policy.floor = UtcTime{};
  if (wishes.set_once) policy.makestep = StepPolicy{Nanos{0}, -1};
  auto board = NTP_TRY(StatusWriter::create(random_bits()));
  auto clock = std::make_unique<clockd::Daemon>(clockd::Daemon{
      .with = {.policy = policy,
               .dry_run = wishes.dry_run || wishes.print_once,
               .leaps = {leap != nullptr ? *leap : LeapEvent{}, settings.clock.leapsecmode},
               .store = {},
               .notifier = {}},
      .visitors = clockd::Visitors{Fd{}},
      .board = std::move(board)});
  clock->ring = EstimateReader::trust(Fd{::dup(link.ring().number())}, link.session());
  clock->session.id = link.session();
  return clock;
}

Result<World> make_world(const Wishes& wishes, Clocks& clocks) {
  auto configuration = NTP_TRY(wishes.lines.empty() ? read_configuration(wishes.file)
                                                    : read_configuration(std::span{wishes.lines}));
  for (const std::string& warning : configuration.warnings) log_warning("{}", warning);
  const Errand errand{.touches_clock = true,
                      .one_shot = wishes.set_once || wishes.print_once,
                      .prints_only = wishes.print_once,
                      .clock_is_here = true,
                      .time_limit = to_nanos(wishes.run_for),
                      .drift = read_drift(configuration.settings.clock.driftfile)};
  World world;
  Passage passage{.clock = NTP_TRY(ClockLink::create(random_bits(), ""))};
  world.references = NTP_TRY(sim::ReferenceSide::open(configuration.settings, passage));
  const auto leap_source = NTP_TRY(read_leap_source(configuration.settings.clock));
  passage.leaps = NTP_TRY(parse_leap_source(leap_source));
  world.clock = NTP_TRY(make_clock(configuration.settings, wishes, passage));
  world.network = std::make_unique<Daemon>(std::move(configuration), KeyStore{}, errand, clocks,
                                           std::move(passage));
  return world;
}

// What the packets came to, for whoever reads the simulator's logs.
void say_counts(const Daemon& network, const clockd::Daemon& clock) {
  for (const int place : network.pool.order()) {
    const SourceCounts& counts = network.pool.at(place).counts;
    log_info("{}: sent {} received {} valid {} good {} implausible {}",
             name_of_source(network, place), counts.sent, counts.received, counts.valid,
             counts.good, counts.implausible);
    for (int i = 0; i < rejection_count; ++i) {
      if (counts.refused[i] > 0)
        log_info("  {} {}", counts.refused[i], name_of(static_cast<Rejection>(i)));
    }
  }
  log_info("clock: {} records obeyed, {} steps", clock.status.accepted, clock.status.steps);
  for (int i = 0; i < refusal_kinds; ++i) {
    if (clock.status.refusals[i] > 0)
      log_info("  {} refused: {}", clock.status.refusals[i], name(static_cast<Refusal>(i)));
  }
}

Result<int> live(const Wishes& wishes) {
  SystemClocks clocks;
  World world = NTP_TRY(make_world(wishes, clocks));
  NTP_TRY(clockd::begin(*world.clock));
  start(*world.network);
  while (!world.network->stop && stop_requested == 0) {
    const Nanos look = world.references.serve(*world.network);
    const Nanos due = clockd::until_due(*world.clock, clocks.raw_now());
    NTP_TRY(turn(*world.network, look < Nanos{0}  ? due
                                 : due < Nanos{0} ? look
                                                  : std::min(look, due)));
    NTP_TRY(clockd::fulfil_duties(*world.clock));
  }
  NTP_TRY(clockd::leave(*world.clock));
  say_counts(*world.network, *world.clock);
  log_info("ntpd-sim exiting");
  return world.network->exit_code;
}

void describe(CLI::App& app, Wishes& wishes, bool& unused) {
  app.set_version_flag("-v,--version", "ntpd-sim (meridian) version " MERIDIAN_VERSION);
  app.add_option("-f", wishes.file, "configuration file");
  app.add_flag("-d,-n", unused, "accepted: always in the foreground, log on the terminal");
  app.add_flag("-q", wishes.set_once, "set the clock once and end");
  app.add_flag("-Q", wishes.print_once, "print the offset once and end");
  app.add_flag("-x", wishes.dry_run, "never touch the clock");
  app.add_option("-t", wishes.run_for, "end after so many seconds");
  app.add_flag("--real-clock", wishes.real_clock, "run although no simulator is there");
  app.add_option("directives", wishes.lines, "configuration lines, instead of the file");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The whole corridor in one process, for simulators of system calls.", "ntpd-sim"};
  Wishes wishes;
  bool unused = false;
  describe(app, wishes, unused);
  CLI11_PARSE(app, argc, argv);
  open_log(2, LogStyle::plain, Severity::info, "ntpd-sim");
  if (std::getenv("LD_PRELOAD") == nullptr && !wishes.real_clock && !wishes.dry_run &&
      !wishes.print_once) {
    log_error(
        "no simulator is preloaded: this program does not touch a machine's clock (-x measures "
        "only)");
    return 2;
  }
  struct sigaction action {};
  action.sa_handler = request_stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  const auto code = live(wishes);
  if (code) return *code;
  log_error("{}", code.error().message);
  return 1;
}
