// One function a kind of line. An unknown word or a value without its unit is an error that names
// the file and the line.
#include "tests/sim/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "common/base/text.h"

namespace ntp::sim {
namespace {

using Words = std::vector<std::string_view>;

struct Unit {
  std::string_view name;
  double size;
};
constexpr std::array time_units{Unit{"ns", 1e-9}, Unit{"us", 1e-6}, Unit{"ms", 1e-3}, Unit{"s", 1},
                                Unit{"min", 60},  Unit{"h", 3600},  Unit{"d", 86400}};
constexpr std::array rate_units{Unit{"ppm", 1e-6}, Unit{"ppb", 1e-9}};
constexpr std::array share_units{Unit{"%", 0.01}, Unit{"", 1}};

template <std::size_t N>
std::optional<double> with_unit(std::string_view word, const std::array<Unit, N>& units) {
  const std::size_t digits = word.find_last_of("0123456789.");
  if (digits == std::string_view::npos) return std::nullopt;
  const auto value = parse_real(word.substr(0, digits + 1));
  const std::string_view name = word.substr(digits + 1);
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (!value || unit == units.end()) return std::nullopt;
  return *value * unit->size;
}

// `key value key value`: each is asked for by name, what nobody asked for is an error.
class Fields {
 public:
  explicit Fields(Words words) : words_{std::move(words)} {}

  Fields& time(std::string_view key, Nanos& out) {
    return take(key, [&](std::string_view word) {
      const auto value = with_unit(word, time_units);
      if (value) out = to_nanos(*value);
      return value.has_value();
    });
  }
  Fields& rate(std::string_view key, Rate& out) {
    return take(key, [&](std::string_view word) {
      const auto value = with_unit(word, rate_units);
      if (value) out.fraction = *value;
      return value.has_value();
    });
  }
  Fields& number(std::string_view key, double& out) {
    return take(key, [&](std::string_view word) {
      const auto value = word.ends_with('%') ? with_unit(word, share_units) : parse_real(word);
      if (value) out = *value;
      return value.has_value();
    });
  }
  template <std::integral T>
  Fields& integer(std::string_view key, T& out) {
    return take(key, [&](std::string_view word) {
      const auto value = parse_integer<T>(word);
      if (value) out = *value;
      return value.has_value();
    });
  }
  Fields& word(std::string_view key, std::string_view& out) {
    return take(key, [&](std::string_view found) { return out = found, true; });
  }
  [[nodiscard]] Result<void> done() const {
    if (!bad_.empty()) return failure(fmt::format("bad value for \"{}\"", bad_));
    if (!words_.empty()) return failure(fmt::format("unknown word \"{}\"", words_.front()));
    return {};
  }

 private:
  template <typename Set>
  Fields& take(std::string_view key, Set set) {
    for (std::size_t i = 0; i + 1 < words_.size(); i += 2) {
      if (words_[i] != key) continue;
      if (!set(words_[i + 1])) bad_ = key;
      words_.erase(words_.begin() + static_cast<long>(i),
                   words_.begin() + static_cast<long>(i) + 2);
      break;
    }
    return *this;
  }
  Words words_;
  std::string bad_{};
};

class Reader {
 public:
  Result<void> read_line(const Words& words) {
    const std::string_view first = words.front();
    Fields fields{Words(words.begin() + 1, words.end())};
    if (first == "claim") return read_claim(words);
    if (first == "server") return read_server(fields);
    if (first == "world") return read_world(fields);
    if (first == "crystal") return read_crystal(fields);
    if (first == "jump") return read_jump(fields);
    if (first == "policy") return read_policy(fields);
    if (first == "restart") return read_restart(fields);
    if (last_servers_ == 0) return failure(fmt::format("\"{}\" before any server", first));
    if (first == "queue") return read_queue(words);
    PathShape& path = file_.scenario.servers.back().path;
    return spread(read_path(first, fields, path));
  }
  ScenarioFile finish(std::string name) {
    file_.scenario.name = std::move(name);
    return std::move(file_);
  }

 private:
  // A line under a `server … times N` is about all N.
  Result<void> spread(Result<void> result) {
    auto& servers = file_.scenario.servers;
    for (std::size_t i = 2; i <= last_servers_; ++i) {
      servers[servers.size() - i].path = servers.back().path;
    }
    return result;
  }

  Result<void> read_world(Fields& fields) {
    Scenario& s = file_.scenario;
    Rate drift{};
    fields.time("length", s.length).time("warm", s.warm).time("wrong", s.wrong);
    fields.integer("minpoll", s.poll.least_log2).integer("maxpoll", s.poll.most_log2);
    fields.rate("driftfile", drift);
    if (drift != Rate{}) s.drift_file = drift;
    return fields.done();
  }
  Result<void> read_crystal(Fields& fields) {
    OscillatorShape& o = file_.scenario.oscillator;
    fields.rate("start", o.start).number("walk", o.walk).number("white", o.white);
    fields.rate("swing", o.swing).time("period", o.swing_period);
    return fields.done();
  }
  Result<void> read_jump(Fields& fields) {
    RateStep step;
    fields.time("at", step.at).rate("by", step.by);
    file_.scenario.oscillator.steps.push_back(step);
    return fields.done();
  }
  Result<void> read_policy(Fields& fields) {
    StepPolicy step{.threshold = 0ns, .updates = 3};
    ChangeLimit change{.offset = 0ns, .start = 1, .ignore = -1};
    fields.time("makestep", step.threshold).time("maxchange", change.offset);
    fields.rate("maxslewrate", file_.scenario.policy.maxslewrate);
    if (step.threshold > 0ns) file_.scenario.policy.makestep = step;
    if (change.offset > 0ns) file_.scenario.policy.maxchange = change;
    return fields.done();
  }
  Result<void> read_restart(Fields& fields) {
    Restart restart;
    std::string_view program;
    fields.word("of", program)
        .time("at", restart.at)
        .time("dark", restart.dark)
        .integer("kept", restart.kept);
    if (program != "client" && program != "clockd") return failure("restart of client or clockd?");
    restart.is_clockd = program == "clockd";
    file_.scenario.restarts.push_back(restart);
    return fields.done();
  }
  Result<void> read_server(Fields& fields) {
    ServerShape server;
    PathShape& path = server.path;
    Nanos both{-1}, jitter{-1};
    std::size_t times = 1;
    std::string_view kind = "exponential";
    fields.time("delay", both).time("jitter", jitter).integer("times", times);
    if (both >= 0ns) path.up = path.down = both;
    if (jitter >= 0ns) path.jitter_up = path.jitter_down = jitter;
    fields.time("up", path.up).time("down", path.down).word("kind", kind);
    fields.time("jitter_up", path.jitter_up).time("jitter_down", path.jitter_down);
    fields.time("offset", server.offset).rate("drift", server.drift);
    fields.time("drifts_from", server.drifts_from).integer("stratum", server.stratum);
    fields.time("joins", server.joins).time("leaves", server.leaves);
    static constexpr std::array<std::string_view, 4> kinds{"exponential", "normal", "uniform",
                                                           "erlang3"};
    const auto found = std::ranges::find(kinds, kind);
    if (found == kinds.end()) return failure(fmt::format("unknown kind \"{}\"", kind));
    path.jitter = static_cast<Jitter>(found - kinds.begin());
    if (last_servers_ == 0) file_.scenario.servers.clear();
    file_.scenario.servers.insert(file_.scenario.servers.end(), times, server);
    last_servers_ = times;
    return fields.done();
  }
  static Result<void> read_path(std::string_view first, Fields& fields, PathShape& path) {
    if (first == "losses") return fields.number("share", path.loss).done();
    if (first == "spikes") {
      return fields.number("share", path.spike_share).time("mean", path.spike).done();
    }
    if (first == "retries") {
      return fields.number("chance", path.retries.chance).time("first", path.retries.first).done();
    }
    if (first == "link")
      return fields.time("on", path.link_on)
          .time("every", path.link_period)
          .time("seen", path.link_seen)
          .done();
    if (first == "detour") {
      Detour& d = path.detours.emplace_back();
      return fields.time("from", d.from)
          .time("until", d.until)
          .time("up", d.up)
          .time("down", d.down)
          .done();
    }
    if (first == "flap") {
      Flap& f = path.flaps.emplace_back();
      return fields.time("on", f.on)
          .time("off", f.off)
          .time("up", f.up)
          .time("down", f.down)
          .done();
    }
    return failure(fmt::format("unknown line \"{}\"", first));
  }
  Result<void> read_queue(const Words& words) {
    if (words.size() < 2) return failure("queue up or queue down?");
    PathShape& path = file_.scenario.servers.back().path;
    Queue queue{.load = 0.5};
    Fields fields{Words(words.begin() + 2, words.end())};
    fields.number("load", queue.load).time("train", queue.train).number("tail", queue.tail);
    fields.time("buffer", queue.buffer).time("on", queue.on).time("off", queue.off);
    if (words[1] == "up") path.queue_up = queue;
    else if (words[1] == "down") path.queue_down = queue;
    else return failure("queue up or queue down?");
    return spread(fields.done());
  }
  Result<void> read_claim(const Words& all) {
    Words words(all.begin() + 1, all.end());
    Claim claim;
    for (const std::string_view word : words) claim.text += fmt::format("{} ", word);
    claim.text.pop_back();
    if (!words.empty() && words.front() == "every") {
      claim.every = true;
      words.erase(words.begin());
    }
    if (words.size() == 5 && words[3] == "of" && words[4] == "chrony") {
      claim.of_chrony = true;
      words.resize(3);
    }
    static constexpr std::array<std::string_view, 4> ops{"<", "<=", ">", ">="};
    if (words.size() != 3 || std::ranges::find(ops, words[1]) == ops.end()) {
      return failure("claim [every] FIGURE < LIMIT [of chrony]");
    }
    auto limit = parse_real(words[2]);
    if (!limit) limit = with_unit(words[2], time_units);
    if (!limit) limit = with_unit(words[2], rate_units);
    if (!limit) limit = with_unit(words[2], share_units);
    if (!limit) return failure(fmt::format("bad limit \"{}\"", words[2]));
    claim.figure = words[0];
    claim.op = words[1];
    claim.limit = *limit;
    if (!figure_of(Outcome{}, claim.figure)) {
      return failure(fmt::format("unknown figure \"{}\"", claim.figure));
    }
    file_.claims.push_back(claim);
    return {};
  }

  ScenarioFile file_{};
  std::size_t last_servers_ = 0;
};

}  // namespace

Result<ScenarioFile> read_scenario(const std::filesystem::path& path) {
  std::ifstream in{path};
  if (!in) return system_failure("open " + path.string());
  Reader reader;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const auto words = split_words(std::string_view{line}.substr(0, line.find('#')));
    if (words.empty()) continue;
    if (const auto read = reader.read_line(words); !read) {
      return failure(fmt::format("{}:{}: {}", path.string(), number, read.error().message));
    }
  }
  return reader.finish(path.stem().string());
}

Result<std::vector<ScenarioFile>> read_scenarios(const std::filesystem::path& folder) {
  const auto common = NTP_TRY(read_scenario(folder / "every.claims"));
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
    if (entry.path().extension() == ".scenario") paths.push_back(entry.path());
  }
  if (paths.empty()) return failure("no scenario in " + folder.string());
  std::ranges::sort(paths);
  std::vector<ScenarioFile> all;
  for (const auto& path : paths) {
    all.push_back(NTP_TRY(read_scenario(path)));
    all.back().claims.insert(all.back().claims.end(), common.claims.begin(), common.claims.end());
  }
  return all;
}

}  // namespace ntp::sim
