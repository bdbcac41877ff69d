// What an ntpd-net in an attacker's hands writes into clockd's ring: records with spoiled words,
// lies of every size, single words of the shared memory, floods, silence. The real daemon reads it,
// judges and steers a machine that is made of numbers: its calls that read and move clocks end here
// (clock_gettime, clock_adjtime), and the target ends at once if they do not. After every look:
// rate and slew within root's policy, no step that it did not allow, time inside of the corridor,
// and a status that tells a bound. A fuzzer's own clock stands still, too: give it -runs.
#include <sys/timex.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <memory>

#include "clockd/daemon.h"
#include "common/base/ensure.h"
#include "common/base/log.h"
#include "tests/unit/clockd/honest_record.h"

namespace ntp::clockd {
namespace {

constexpr Nanos most_time_an_input{200'000s};
constexpr int most_steps_an_input = 64;
constexpr Rate true_rate = 20.0_ppm;
constexpr std::uint64_t session = 5;

timex new_kernel() {
  timex kernel{};
  kernel.status = STA_UNSYNC | STA_NANO;
  kernel.tick = 10000;
  return kernel;
}

// Clocks and kernel; steps and calls are counted.
struct Machine {
  Nanos raw{100s};
  Nanos system{1'800'000'000s};
  Nanos utc{1'800'000'000s};  // the truth
  double left = 0;            // to be slewed, s
  timex held = new_kernel();
  int calls = 0, steps = 0;
  Nanos least_step{Nanos::max()};

  [[nodiscard]] double share() const { return slew_share(static_cast<int>(held.constant)); }
  [[nodiscard]] Rate rate() const { return from_kernel_rate({held.tick, held.freq}); }
  void pass(Nanos time) {
    const double seconds = to_seconds(time), whole = std::floor(seconds);
    const double rest = left * std::pow(1 - share(), whole) * (1 - share() * (seconds - whole));
    const double slewed = left - rest;
    left = rest;
    system += time + rate() * time + to_nanos(slewed);
    utc += time + true_rate * time;
    raw += time;
  }
  void adjust(const timex& wish) {
    if ((wish.modes & ADJ_SETOFFSET) != 0) {
      const Nanos advance = std::chrono::seconds{wish.time.tv_sec} + Nanos{wish.time.tv_usec};
      system += advance;
      left = 0;
      ++steps;
      least_step = std::min(least_step, std::chrono::abs(advance));
    }
    if ((wish.modes & ADJ_STATUS) != 0) held.status = wish.status | STA_NANO;
    if ((wish.modes & ADJ_FREQUENCY) != 0) held.freq = wish.freq;
    if ((wish.modes & ADJ_TICK) != 0) held.tick = wish.tick;
    if ((wish.modes & ADJ_TIMECONST) != 0) held.constant = wish.constant;
    if ((wish.modes & ADJ_OFFSET) != 0) left = static_cast<double>(wish.offset) * 1e-9;
    if ((wish.modes & ADJ_MAXERROR) != 0) held.maxerror = wish.maxerror;
  }
};

Machine machine;

// The octets that decide; zeros when they are at their end.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> octets) : octets_{octets} {}
  [[nodiscard]] bool has_more() const { return !octets_.empty(); }
  std::uint8_t octet() {
    if (octets_.empty()) return 0;
    const std::uint8_t first = octets_.front();
    octets_ = octets_.subspan(1);
    return first;
  }
  std::int64_t small() { return static_cast<std::int8_t>(octet()) * std::int64_t{256} + octet(); }
  std::uint64_t word() {
    std::uint64_t word = 0;
    for (int i = 0; i < 8; ++i) word = word << 8 | octet();
    return word;
  }

 private:
  std::span<const std::uint8_t> octets_;
};

Policy policy_of(std::uint8_t choice) {
  ClockSettings settings;
  if ((choice & 2) != 0) settings.makestep = StepPolicy{1s, (choice & 4) != 0 ? -1 : 3};
  if ((choice & 8) != 0) settings.maxchange = ChangeLimit{.offset = 1s, .start = 1, .ignore = -1};
  if ((choice & 16) != 0) settings.maxslewrate = ppm(1000);
  if ((choice & 32) != 0) settings.maxdrift = ppm(100);
  return to_policy(settings);
}

EstimateRecord honest(const Daemon& daemon) {
  return honest_record(session, daemon.session.sequence + 1, {machine.raw}, {machine.utc},
                       true_rate);
}

// One attack from its start to its end.
class Attack {
 public:
  explicit Attack(const Policy& policy)
      : daemon_{.with = {.policy = policy, .store = {}, .notifier = {}},
                .visitors = Visitors{Fd{}},
                .board = fresh_board()},
        ring_{*detail::create_ring(Layout<EstimateRecord>::magic, words, session)} {
    daemon_.ring = *EstimateReader::adopt(Fd{::dup(ring_.fd().number())});
    daemon_.session.id = session;
    ENSURE(begin(daemon_).has_value());
    status_.emplace(StatusReader::trust(Fd{::dup(daemon_.board.fd().number())}, session));
    began_ = machine.raw;
  }

  // Goes on with what an hour and more of honest records taught.
  void remember(const Memory& memory) {
    daemon_.memory = memory;
    is_locked_ = true;
  }
  [[nodiscard]] const Memory& memory() const { return daemon_.memory; }
  [[nodiscard]] bool is_over() const {
    return is_over_ || machine.raw - began_ > most_time_an_input;
  }

  void act(Choices& choices) {
    switch (choices.octet() % 7) {
      case 0: return pass(Nanos{std::int64_t{1'000'000} << choices.octet() % 28});
      case 1: return publish(Layout<EstimateRecord>::encode(honest(daemon_)));
      case 2: return lie(choices);
      case 3: return spoil(choices);
      case 4: return scribble(choices);
      case 5:
        for (int i = choices.octet() % 32; i > 0; --i)
          publish(Layout<EstimateRecord>::encode(honest(daemon_)));
        return;
      case 6: return boast(choices);
    }
  }
  void pass(Nanos time) {
    while (time > Nanos{0} && !is_over()) {
      const Nanos due = until_due(daemon_, {machine.raw});
      const Nanos piece = due > Nanos{0} ? std::min(time, due) : time;
      const Nanos before = machine.system - machine.raw;
      machine.pass(piece);
      const double moved = std::abs(to_seconds(machine.system - machine.raw - before));
      const Policy& policy = daemon_.with.policy;
      ENSURE(moved <=
             (policy.most_rate + policy.most_slew_rate).fraction * to_seconds(piece) + 1e-6);
      time -= piece;
      look();
    }
  }
  void publish(const Words<16>& record) {
    detail::publish(ring_.octets(), record);
    look();
  }

 private:
  static constexpr std::size_t words = Layout<EstimateRecord>::words;

  static StatusWriter fresh_board() { return *StatusWriter::create(session); }

  // Its place, its rate, and how sure it is.
  void lie(Choices& choices) {
    EstimateRecord record = honest(daemon_);
    record.line.utc += std::chrono::milliseconds{choices.small()};
    record.line.rate = record.line.rate + ppm(static_cast<double>(choices.small()) / 64);
    record.tracking_deviation = Nanos{1} * (1LL << choices.octet() % 40);
    publish(Layout<EstimateRecord>::encode(record));
  }
  // A rate that is as wrong as may be, and an interval that asks to be believed for days.
  void boast(Choices& choices) {
    EstimateRecord record = honest(daemon_);
    record.line.rate = record.line.rate + ppm(static_cast<double>(choices.small()) / 512);
    record.sample_interval = std::chrono::hours{1 + choices.octet() % 36};
    record.time_scale = record.sample_interval;
    publish(Layout<EstimateRecord>::encode(record));
  }
  void spoil(Choices& choices) {
    auto record = Layout<EstimateRecord>::encode(honest(daemon_));
    std::uint64_t& word = record[choices.octet() % record.size()];
    switch (choices.octet() % 3) {
      case 0: word = choices.word(); break;
      case 1: word ^= std::uint64_t{1} << choices.octet() % 64; break;
      case 2: word += static_cast<std::uint64_t>(choices.small() << choices.octet() % 48); break;
    }
    publish(record);
  }
  void scribble(Choices& choices) {
    const std::size_t used = ring_header_words + ring_slots * (words + 1);
    const std::size_t at = (choices.octet() * 256U + choices.octet()) % used;
    const std::uint64_t word = choices.word() >> choices.octet() % 64;
    std::memcpy(ring_.octets().data() + 8 * at, &word, sizeof word);
    look();
  }

  void look() {
    if (is_over_) return;
    const auto done = fulfil_duties(daemon_);
    is_over_ = !done;
    ENSURE(done || daemon_.with.policy.maxchange);  // nothing else ends clockd
    look_at_kernel();
    look_at_status();
  }
  void look_at_kernel() const {
    const Policy& policy = daemon_.with.policy;
    ENSURE(abs(machine.rate()) <= policy.most_rate + ppm(1e-4));
    ENSURE(std::abs(machine.left) * machine.share() <= policy.most_slew_rate.fraction + 1e-8);
    ENSURE(std::abs(machine.left) <= to_seconds(most_kernel_offset));
    const auto& makestep = policy.makestep;
    const bool is_endless = makestep && makestep->updates < 0;
    ENSURE(machine.steps == 0 || (makestep && machine.least_step > makestep->threshold));
    ENSURE(is_endless || machine.steps <= (makestep && !is_locked_ ? makestep->updates : 0));
    if (!is_locked_ || is_endless) return;
    // The last is what a second may overshoot before the next look.
    const Nanos most = corridor_half_width + corridor_growth * (machine.raw - began_) + 100ms;
    ENSURE(std::chrono::abs(machine.system - machine.utc) <= most);
  }
  void look_at_status() const {
    const auto status = status_->latest();
    ENSURE(status.has_value());
    ENSURE(status->bound >= Nanos{0} && status->bound >= std::chrono::abs(status->error));
    ENSURE(abs(status->base_rate) <= daemon_.with.policy.most_rate + ppm(1e-4));
    ENSURE(abs(status->learnt_rate) <= daemon_.with.policy.most_rate);
  }

  Daemon daemon_;
  Segment ring_;
  std::optional<StatusReader> status_{};
  Nanos began_{0};
  bool is_locked_ = false, is_over_ = false;
};

struct Learnt {
  Machine machine{};
  Memory memory{};
};

// By honest records, once.
Learnt learn() {
  open_log(STDERR_FILENO, LogStyle::plain, Severity::fatal, "fuzz_ring");
  ENSURE(KernelClock{}.read().has_value() && machine.calls == 1);  // no real clock is in reach
  Attack honest_side{policy_of(0)};
  for (int i = 0; i < 80; ++i) {
    honest_side.pass(64s);
    constexpr std::uint8_t one_record[] = {1};
    Choices choices{one_record};
    honest_side.act(choices);
  }
  ENSURE(honest_side.memory().phase == Phase::locked);
  return {machine, honest_side.memory()};
}

}  // namespace
}  // namespace ntp::clockd

extern "C" int clock_gettime(clockid_t id, timespec* now) noexcept {
  const auto& machine = ntp::clockd::machine;
  const ntp::Nanos time = id == CLOCK_REALTIME ? machine.system : machine.raw;
  now->tv_sec = time / std::chrono::seconds{1};
  now->tv_nsec = (time % std::chrono::seconds{1}).count();
  return 0;
}

extern "C" int clock_adjtime(clockid_t, timex* wish) noexcept {
  auto& machine = ntp::clockd::machine;
  ++machine.calls;
  machine.adjust(*wish);
  *wish = machine.held;
  wish->offset = ntp::to_nanos(machine.left).count();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ntp::clockd;
  static const Learnt learnt = learn();
  Choices choices{{data, size}};
  const std::uint8_t choice = choices.octet();
  machine = learnt.machine;
  Attack attack{policy_of(choice)};
  if ((choice & 1) != 0) attack.remember(learnt.memory);
  for (int i = 0; i < most_steps_an_input && choices.has_more() && !attack.is_over(); ++i)
    attack.act(choices);
  attack.pass(std::chrono::seconds{64});
  return 0;
}
