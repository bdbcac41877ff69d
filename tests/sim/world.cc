// Lets time pass from event to event: a second boundary, or an exchange with a server.
#include "tests/sim/world.h"

#include <algorithm>
#include <cmath>

#include "common/base/ensure.h"
#include "tests/sim/diary.h"
#include "tests/sim/dice.h"
#include "tests/sim/keeper.h"
#include "tests/sim/path.h"

namespace ntp::sim {

namespace {

constexpr UtcTime world_began{std::chrono::seconds{1'800'000'000}};  // 2027
constexpr Nanos hold{20us};                                          // in every server

UtcTime utc_of(TrueTime t) { return world_began + t.since_zero; }

struct Passage {
  Nanos up{0}, down{0};
};

struct Asked {
  ServerShape shape{};
  Path path;
  PollControl poll;
  SourceIndex index{-1};
  TrueTime next{};
  std::optional<TrueTime> last_answer{};
  int unanswered = 0;
};

class World {
 public:
  World(const Scenario& scenario, std::uint64_t seed)
      : scenario_{scenario},
        oscillator_{crystal_of(scenario, seed)},
        spread_{seed * 15'485'863},
        ensemble_{options_of(scenario)},
        keeper_{scenario.policy, SystemTime{world_began.since_zero + scenario.wrong}},
        diary_{scenario.warm} {
    std::uint64_t k = 0;
    for (const ServerShape& shape : scenario.servers) {
      ++k;
      asked_.push_back({shape, path_of(shape, seed, k), PollControl{scenario.poll}});
      asked_.back().next = TrueTime{shape.joins + 200ms * static_cast<int>(k)};
    }
  }

  Outcome run() {
    const TrueTime end{scenario_.length};
    for (Asked* due = earliest(); due && due->next < end; due = earliest()) exchange(*due);
    pass_to(end);
    Outcome out = diary_.finish();
    out.packets = packets_;
    out.steps = keeper_.steps();
    out.refused = keeper_.refused();
    out.poll_changes = poll_changes_;
    return out;
  }
  [[nodiscard]] const Diary& diary() const { return diary_; }

 private:
  static EnsembleOptions options_of(const Scenario& scenario) {
    EnsembleOptions options;
    if (scenario.drift_file) {
      options.start_rate = *scenario.drift_file;
      options.start_rate_deviation = ppm(0.1);
    }
    return options;
  }

  Asked* earliest() {
    const auto found = std::ranges::min_element(asked_, {}, &Asked::next);
    return found == asked_.end() ? nullptr : &*found;
  }

  // Looks at the clock on every second on the way.
  void pass_to(TrueTime t) {
    for (; next_look_ <= t && next_look_.since_zero <= scenario_.length; next_look_ += 1s) {
      keeper_.pass_to(oscillator_.raw_at(next_look_));
      note(next_look_);
    }
    if (t > now_) now_ = t;
    keeper_.pass_to(oscillator_.raw_at(now_));
  }

  void note(TrueTime second) {
    const Nanos clock_error = keeper_.look().system.since_zero - utc_of(second).since_zero;
    diary_.note_second(to_seconds(second.since_zero), to_seconds(clock_error));
    const auto& combined = ensemble_.combined();
    if (!combined || second.since_zero < scenario_.warm) return;
    const RawTime raw = oscillator_.raw_at(second);
    const Nanos error = combined->line.at(raw) - utc_of(second);
    diary_.note_line(to_seconds(error), to_seconds(combined->line.bound_at(raw)),
                     to_seconds(clock_error - error));
    if (raw - combined->line.anchor < 2s) {  // the claim is about the anchor
      diary_.note_deviation(to_seconds(error),
                            std::max(to_seconds(combined->line.deviation), 1e-10));
    }
  }

  void exchange(Asked& server) {
    const TrueTime sent = std::max(server.next, now_);
    if (server.shape.leaves > 0ns && sent.since_zero >= server.shape.leaves) {
      if (server.index.value >= 0) ensemble_.remove(server.index);
      server.index = {};
      server.next = TrueTime{Nanos::max() / 2};
      return;
    }
    if (server.index.value < 0) server.index = ensemble_.add(server.shape.options).value();
    ++packets_;
    const auto passage = travel(server.path, sent);
    Nanos wait{0};
    const int poll_before = server.poll.poll_log2();
    if (passage) {
      if (server.last_answer &&
          sent - *server.last_answer > 2 * (Nanos{1s} * (1 << std::max(poll_before, 0)))) {
        (void)server.poll.link_returned(sent - *server.last_answer);
      }
      take_answer(server, sent, *passage);
      wait =
          server.poll.after_sample(ensemble_.poll_evidence(server.index, server.poll.poll_log2()));
    } else {
      wait = server.poll.after_loss();
      ensemble_.mark_reachable(server.index, ++server.unanswered < 8);
    }
    if (server.poll.poll_log2() != poll_before) ++poll_changes_;
    ENSURE(wait >= 0ns);
    const Nanos spread = to_nanos(0.02 * spread_.uniform() * to_seconds(wait));  // as ntpd-net does
    server.next = std::max(sent + wait + spread, now_ + 1ms);
  }

  void take_answer(Asked& server, TrueTime sent, const Passage& passage) {
    const TrueTime arrived = sent + passage.up;
    const TrueTime back = arrived + hold + passage.down;
    Sample sample;
    sample.sent = oscillator_.raw_at(sent);
    sample.server_received = shown_by(server.shape, arrived);
    sample.server_sent = shown_by(server.shape, arrived + hold);
    sample.received = oscillator_.raw_at(back);
    sample.root_delay = server.shape.root_delay;
    sample.root_dispersion = server.shape.root_dispersion;
    sample.stratum = server.shape.stratum;
    pass_to(back);
    server.last_answer = back;
    server.unanswered = 0;
    ensemble_.mark_reachable(server.index, true);
    ensemble_.take(server.index, sample);
    if (const auto& combined = ensemble_.combined()) keeper_.hear(*combined);
  }

  // Asks the way down only for requests that arrived, as a real server would.
  static std::optional<Passage> travel(Path& path, TrueTime sent) {
    const auto up = path.delay(Direction::up, sent);
    if (!up) return std::nullopt;
    const auto down = path.delay(Direction::down, sent + *up + hold);
    if (!down) return std::nullopt;
    return Passage{*up, *down};
  }

  static UtcTime shown_by(const ServerShape& server, TrueTime t) {
    const Nanos drifting = std::max(t.since_zero - server.drifts_from, Nanos{0});
    return utc_of(t) + server.offset + server.drift * drifting;
  }

  const Scenario& scenario_;
  Oscillator oscillator_;
  Dice spread_;  // of the waits
  Ensemble ensemble_;
  Keeper keeper_;
  Diary diary_;
  std::vector<Asked> asked_{};
  TrueTime now_{};
  TrueTime next_look_{1s};
  int packets_ = 0;
  int poll_changes_ = 0;
};

}  // namespace

Oscillator crystal_of(const Scenario& scenario, std::uint64_t seed) {
  return {scenario.oscillator, seed * 1'000'003};
}

Path path_of(const ServerShape& server, std::uint64_t seed, std::uint64_t number) {
  return {server.path, seed * 7919 + 16 * number};
}

Outcome simulate(const Scenario& scenario, std::uint64_t seed, std::vector<float>* errors) {
  World world{scenario, seed};
  const Outcome out = world.run();
  if (errors) *errors = world.diary().errors();
  return out;
}

}  // namespace ntp::sim
