// Lets time pass from event to event: a second boundary, or an exchange with a server.
#include "tests/sim/world.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "common/base/ensure.h"
#include "tests/sim/diary.h"
#include "tests/sim/dice.h"
#include "tests/sim/keeper.h"
#include "tests/sim/path.h"

namespace ntp::sim {

namespace {

constexpr UtcTime world_began{std::chrono::seconds{1'800'000'000}};  // 2027
constexpr Nanos hold{20us};                                          // in every server
constexpr Nanos reconnect{5s};  // ntpd-net looks so often for a clockd that has gone

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
  TrueTime asked{};  // last
  std::optional<TrueTime> last_answer{};
  int unanswered = 0;
  int poll_change = 0;        // the last one, log2
  std::deque<Sample> kept{};  // the newest
};

class World {
 public:
  World(const Scenario& scenario, std::uint64_t seed)
      : scenario_{scenario},
        oscillator_{crystal_of(scenario, seed)},
        spread_{seed * 15'485'863},
        options_{options_of(scenario)},
        ensemble_{options_},
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
    auto restart = scenario_.restarts.begin();
    for (Asked* due = earliest(); due && due->next < end; due = earliest()) {
      if (restart != scenario_.restarts.end() && restart->at <= due->next.since_zero) {
        begin_again(*restart++);
      } else {
        exchange(*due);
      }
    }
    pass_to(end);
    Outcome out = diary_.finish();
    out.packets = packets_;
    out.steps = keeper_.steps();
    out.refused = keeper_.refused();
    out.poll_changes = poll_changes_;
    out.poll_turns = poll_turns_;
    return out;
  }
  [[nodiscard]] const Diary& diary() const { return diary_; }

 private:
  static EnsembleOptions options_of(const Scenario& scenario) {
    EnsembleOptions options;
    if (scenario.drift_file) {
      options.start_rate = -*scenario.drift_file;
      options.start_rate_deviation = ppm(0.1);
    }
    return options;
  }

  void begin_again(const Restart& restart) {
    pass_to(std::max(now_, TrueTime{restart.at}));
    diary_.note_restart(to_seconds(now_.since_zero));
    const TrueTime back = now_ + restart.dark;
    pass_to(back);
    if (restart.is_clockd) {
      keeper_.restart();
      pass_to(now_ + reconnect);
      if (published_) publish(*published_);
    } else {
      begin_client_again();
    }
  }

  void begin_client_again() {
    ensemble_ = Ensemble{options_};
    keeper_.begin_session();
    Nanos apart{0};
    for (Asked& server : asked_) {
      server = {.shape = server.shape,
                .path = std::move(server.path),
                .poll = PollControl{scenario_.poll},
                .kept = std::move(server.kept)};
      server.next = now_ + (apart += 200ms);
      if (server.kept.empty()) continue;
      server.index = ensemble_.add(server.shape.options).value();
      for (const Sample& sample : server.kept) ensemble_.take(server.index, sample);
    }
    if (const auto& combined = ensemble_.combined()) publish(*combined);
  }

  // As `dumpdir` does, for the restart to come.
  void keep(Asked& server, const Sample& sample) {
    const std::size_t most = scenario_.restarts.empty() ? 0 : scenario_.restarts.front().kept;
    if (most == 0) return;
    if (server.kept.size() == most) server.kept.pop_front();
    server.kept.push_back(sample);
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
    const RawTime raw = oscillator_.raw_at(second);
    if (keeper_.is_set()) {
      const Estimate& aim = keeper_.aim();
      const Nanos clock = keeper_.look().system.since_zero - aim.at(raw).since_zero;
      diary_.note_pull(to_seconds(second.since_zero), to_seconds(clock),
                       (keeper_.rate() - aim.rate).fraction);
    }
    if (!published_ || second.since_zero < scenario_.warm) return;
    const Combined& now = *published_;
    const Nanos error = now.line.at(raw) - utc_of(second);
    diary_.note_published({.error = to_seconds(error),
                           .bound = to_seconds(now.line.bound_at(raw)),
                           .root_distance = to_seconds(root_distance_at(now, raw)),
                           .clock = to_seconds(clock_error - error)});
    if (raw - now.line.anchor < 2s) {  // the claim is about the anchor
      diary_.note_deviation(to_seconds(error), std::max(to_seconds(now.line.deviation), 1e-10));
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
    if (const TrueTime back = server.path.next_seen(sent); back != sent) {
      come_back(server, back);
      return;
    }
    if (server.index.value < 0) server.index = ensemble_.add(server.shape.options).value();
    ++packets_;
    server.asked = sent;
    const auto passage = travel(server.path, sent);
    Nanos wait{0};
    const int poll_before = server.poll.poll_log2();
    if (passage) {
      if (server.last_answer &&
          sent - *server.last_answer > 2 * (Nanos{1s} * (1 << std::max(poll_before, 0)))) {
        (void)server.poll.link_returned(sent - *server.last_answer);
      }
      take_answer(server, sent, *passage);
      const PollEvidence evidence = ensemble_.poll_evidence(server.index, server.poll.poll_log2());
      if (is_news(evidence)) ask_others(server);
      wait = server.poll.after_sample(evidence);
    } else {
      wait = server.poll.after_loss();
      ensemble_.mark_reachable(server.index, ++server.unanswered < 8);
    }
    note_poll(server, server.poll.poll_log2() - poll_before);
    ENSURE(wait >= 0ns);
    const Nanos spread = to_nanos(0.02 * spread_.uniform() * to_seconds(wait));  // as ntpd-net does
    server.next = std::max(sent + wait + spread, now_ + 1ms);
  }

  // As ntpd-net's.
  void ask_others(const Asked& teller) {
    Nanos apart{0};
    for (Asked& other : asked_) {
      if (&other == &teller || other.index.value < 0) continue;
      if (other.poll.bring_forward(now_ - other.asked, other.next - now_))
        other.next = now_ + (apart += 200ms);
    }
  }

  // As ntpd-net's go_offline and go_online.
  static void come_back(Asked& server, TrueTime back) {
    server.poll.end_burst();
    (void)server.poll.put_on_line(back - server.asked);
    server.next = back;
  }

  void note_poll(Asked& server, int change) {
    if (change == 0) return;
    ++poll_changes_;
    if (change * server.poll_change < 0) ++poll_turns_;
    server.poll_change = change;
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
    keep(server, sample);
    if (const auto& combined = ensemble_.combined()) publish(*combined);
  }

  void publish(const Combined& combined) {
    published_ = combined;
    keep_drift(combined);
    if (keeper_.hear(combined)) diary_.begin_pull();
  }

  // Every hour, as ntpd-net's drift file.
  void keep_drift(const Combined& combined) {
    if (now_ < drift_due_) return;
    drift_due_ = now_ + 1h;
    options_.start_rate = combined.line.rate;
    options_.start_rate_deviation = std::max(combined.skew, ppm(0.01));
  }

  // As the servers' answers and the reports have it (ntpd-net/publisher).
  static Nanos root_distance_at(const Combined& combined, RawTime raw) {
    return combined.root_delay / 2 + combined.root_dispersion +
           combined.line.bound_growth * (raw - combined.line.anchor);
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
  Dice spread_;              // of the waits
  EnsembleOptions options_;  // with the drift file's rate
  Ensemble ensemble_;
  Keeper keeper_;
  Diary diary_;
  std::optional<Combined> published_{};
  std::vector<Asked> asked_{};
  TrueTime now_{}, drift_due_{TrueTime{1h}};
  TrueTime next_look_{1s};
  int packets_ = 0;
  int poll_changes_ = 0, poll_turns_ = 0;
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
