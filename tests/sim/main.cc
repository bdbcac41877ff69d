// sim-worlds: the simulated worlds, one row a scenario, beside chrony's figures in the same ones;
// and which of the scenarios' claims hold. See `usage`.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "common/base/text.h"
#include "tests/sim/claims.h"
#include "tests/sim/diary.h"
#include "tests/sim/export.h"
#include "tests/sim/picture.h"

namespace ntp::sim {
namespace {

constexpr const char* usage =
    "usage: sim-worlds [OPTION]... [NAME]...\n"
    "  NAME           scenarios whose name contains it; none: all\n"
    "  -s SEEDS       seeds 1 to SEEDS (5)\n"
    "  --check        exit 1 when a claim is false\n"
    "  --csv FILE     one line a scenario and seed\n"
    "  --pictures DIR one picture a scenario: error over time and Allan deviation, seed 1\n"
    "  --folder DIR   *.scenario and chrony.csv are in DIR\n"
    "  --export DIR SEED NAME  writes what that seed makes of the world, for other programs\n"
    "  --score LOG WARM        figures of a clock whose errors in s, one a second, LOG holds\n"
    "  --help         this\n";

struct Options {
  std::uint64_t seeds = 5;
  bool check = false;
  std::string csv, pictures, folder = SCENARIO_FOLDER;
  std::vector<std::string> names;

  [[nodiscard]] bool wants(const std::string& scenario) const {
    return names.empty() || std::ranges::any_of(names, [&](const std::string& name) {
             return scenario.find(name) != std::string::npos;
           });
  }
};

Result<Options> parse_options(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool has_value = i + 1 < words.size();
    if (word == "--check") options.check = true;
    else if (word == "-s" && has_value) {
      const auto seeds = parse_integer<std::uint64_t>(words[++i]);
      if (!seeds || *seeds == 0) return failure("-s wants a number");
      options.seeds = *seeds;
    } else if (word == "--csv" && has_value) options.csv = words[++i];
    else if (word == "--pictures" && has_value) options.pictures = words[++i];
    else if (word == "--folder" && has_value) options.folder = words[++i];
    else if (word.starts_with("-")) return failure("unknown option " + word);
    else options.names.push_back(word);
  }
  return options;
}

void print_head() {
  fmt::print(
      "{:24} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>7} {:>7} {:>5} | {:>6} {:>6} {:>6} {:>6} "
      "{:>7}\n",
      "world (medians)", "rms us", "p99 us", "max us", "rate ppb", "to 1ms", "to 1ppm", "packets",
      "inside", "sigma", "rms", "p99", "rate", "worst", "packets");
}

void print_ratio(const std::vector<Run>& runs, const char* figure, int width) {
  const auto ratio = spread_of(runs, figure, true);
  fmt::print("{:>{}}", ratio ? fmt::format("{:.3f}", ratio->median) : "-", width);
}

void print_row(const std::string& name, const std::vector<Run>& runs) {
  const auto median = [&](const char* figure) { return spread_of(runs, figure, false)->median; };
  const auto until = [&](const char* figure) {
    const double value = median(figure);
    return value < 1e8 ? fmt::format("{:.0f}", value) : std::string{"never"};
  };
  fmt::print("{:24} {:8.2f} {:8.2f} {:8.2f} {:8.2f} {:>7} {:>7} {:7.0f} {:7.4f} {:5.2f} |", name,
             1e6 * median("rms"), 1e6 * median("p99"), 1e6 * median("max"), 1e9 * median("rate"),
             until("to_1ms"), until("to_1ppm"), median("packets"), median("inside"),
             median("sigma"));
  for (const char* figure : {"rms", "p99", "rate"}) print_ratio(runs, figure, 7);
  const auto worst = spread_of(runs, "rms", true);
  fmt::print(" {:>6}", worst ? fmt::format("{:.3f}", worst->most) : "-");
  print_ratio(runs, "packets", 8);
  fmt::print("\n");
  std::fflush(stdout);
}

using Results = std::vector<std::pair<std::string, std::vector<Run>>>;

// Of the scenarios' medians, where chrony's figures are known and it takes us any time at all.
double mean_ratio(const Results& results, const char* figure) {
  double sum = 0;
  int count = 0;
  for (const auto& [name, runs] : results) {
    const auto ratio = spread_of(runs, figure, true);
    if (!ratio || ratio->median <= 0) continue;
    sum += std::log(ratio->median);
    ++count;
  }
  return count > 0 ? std::exp(sum / count) : 0;
}

constexpr double most_of_a_start = 0.85;
constexpr const char* starts[] = {"from_10s", "from_30s", "from_100s", "from_300s", "to_1ppm"};

// The start and the bound as ratios to chrony's; servo and polls are ours alone.
void print_second_table(const Results& results) {
  fmt::print("\n{:24} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6} | {:>8} {:>8} {:>9} {:>6} {:>6}\n",
             "over chrony (medians)", "10-30s", "-100s", "-300s", "-1000s", "to 1ppm", "bound",
             "servo ns", "beyond", "slew ppm", "polls", "turns");
  for (const auto& [name, runs] : results) {
    fmt::print("{:24}", name);
    for (const char* figure : starts) print_ratio(runs, figure, 8);
    print_ratio(runs, "bound", 7);
    const auto most = [&](const char* figure) { return spread_of(runs, figure, false)->most; };
    fmt::print(" | {:8.1f} {:8.1f} {:9.1f} {:6.0f} {:6.0f}\n",
               1e9 * spread_of(runs, "servo", false)->median, 1e9 * most("overshoot"),
               1e6 * most("slew"), most("polls"), most("turns"));
  }
  if (mean_ratio(results, "rms") == 0) return;  // nothing of chrony's is known
  fmt::print("{:24}", "geometric mean");
  for (const char* figure : starts) fmt::print(" {:7.3f}", mean_ratio(results, figure));
  fmt::print(" {:6.3f} |  beyond to turns: the worst seed\n", mean_ratio(results, "bound"));
}

void write_head(std::FILE* csv) {
  fmt::print(csv, "scenario,seed");
  for (const Figure& figure : figures) fmt::print(csv, ",{}", figure.name);
  for (std::size_t i = 0; i < peer_figures; ++i) fmt::print(csv, ",chrony_{}", figures[i].name);
  fmt::print(csv, "\n");
}

void write_runs(std::FILE* csv, const std::string& name, const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    fmt::print(csv, "{},{}", name, run.seed);
    for (const Figure& figure : figures) fmt::print(csv, ",{:.6g}", figure.of(run.ours));
    for (std::size_t i = 0; i < peer_figures; ++i) {
      if (run.chrony) fmt::print(csv, ",{:.6g}", figures[i].of(*run.chrony));
      else fmt::print(csv, ",-");
    }
    fmt::print(csv, "\n");
  }
}

struct Tally {
  double simulated = 0;
  int scenarios = 0, claims = 0, broken = 0;
};

std::vector<Run> run_all(const Options& options, const Scenario& scenario,
                         const PeerFigures& peers) {
  std::vector<Run> runs;
  for (std::uint64_t seed = 1; seed <= options.seeds; ++seed) {
    std::vector<float> errors;
    const bool wants_picture = seed == 1 && !options.pictures.empty();
    runs.push_back({seed, simulate(scenario, seed, wants_picture ? &errors : nullptr),
                    peers.of(scenario.name, seed)});
    if (!wants_picture) continue;
    const auto drawn = draw_clock(options.pictures + "/" + scenario.name + ".svg", scenario.name,
                                  errors, crystal_of(scenario, seed));
    if (!drawn) fmt::print(stderr, "sim-worlds: {}\n", drawn.error().message);
  }
  return runs;
}

void check_claims(const ScenarioFile& file, const std::vector<Run>& runs, Tally& tally) {
  for (const Claim& claim : file.claims) {
    ++tally.claims;
    const std::string found = broken(claim, runs);
    if (found.empty()) continue;
    ++tally.broken;
    fmt::print("  FALSE: {}: \"{}\": {}\n", file.scenario.name, claim.text, found);
  }
}

// The windows after a cold start, over all worlds together.
void check_starts(const Results& results, Tally& tally) {
  for (const char* window : {"from_10s", "from_30s", "from_100s"}) {
    ++tally.claims;
    const double ratio = mean_ratio(results, window);
    if (ratio > 0 && ratio <= most_of_a_start) continue;
    ++tally.broken;
    fmt::print("  FALSE: {} over all worlds: {:.3f} of chrony, above {}\n", window, ratio,
               most_of_a_start);
  }
}

Result<int> run(const std::vector<std::string>& words) {
  const Options options = NTP_TRY(parse_options(words));
  const auto files = NTP_TRY(read_scenarios(options.folder));
  const auto peers = NTP_TRY(PeerFigures::read(options.folder + "/chrony.csv"));
  std::FILE* csv = options.csv.empty() ? nullptr : std::fopen(options.csv.c_str(), "w");
  if (!csv && !options.csv.empty()) return system_failure("open " + options.csv);
  if (csv) write_head(csv);
  print_head();
  Tally tally;
  Results results;
  const std::clock_t began = std::clock();
  for (const ScenarioFile& file : files) {
    if (!options.wants(file.scenario.name)) continue;
    ++tally.scenarios;
    const auto runs = run_all(options, file.scenario, peers);
    tally.simulated += to_seconds(file.scenario.length) * static_cast<double>(runs.size());
    print_row(file.scenario.name, runs);
    check_claims(file, runs, tally);
    if (csv) write_runs(csv, file.scenario.name, runs);
    results.emplace_back(file.scenario.name, runs);
  }
  if (!results.empty()) print_second_table(results);
  if (options.names.empty()) check_starts(results, tally);
  if (csv && std::fclose(csv) != 0) return system_failure("write " + options.csv);
  const double cpu = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
  fmt::print("{} claims, {} false; {:.2f} s of CPU for each 200,000 simulated seconds\n",
             tally.claims, tally.broken, cpu / std::max(1.0, tally.simulated) * 200'000);
  if (tally.scenarios == 0) return failure("no such scenario");
  return options.check && tally.broken > 0 ? 1 : 0;
}

Result<int> score(const std::string& log, double warm) {
  std::FILE* file = std::fopen(log.c_str(), "r");
  if (!file) return system_failure("open " + log);
  Diary diary{to_nanos(warm)};
  double error = 0;
  for (int second = 1; std::fscanf(file, "%lf%*[^\n]", &error) == 1; ++second) {
    diary.note_second(second, error);
  }
  std::fclose(file);
  const Outcome out = diary.finish();
  for (std::size_t i = 0; i + 1 < peer_figures; ++i) fmt::print("{:.6g},", figures[i].of(out));
  fmt::print("\n");
  return 0;
}

Result<int> dispatch(const std::vector<std::string>& words) {
  if (std::ranges::find(words, "--help") != words.end()) {
    fmt::print("{}", usage);
    return 0;
  }
  if (words.size() == 4 && words[0] == "--export") {
    const auto file =
        NTP_TRY(read_scenario(std::string{SCENARIO_FOLDER "/"} + words[3] + ".scenario"));
    NTP_TRY(
        export_world(file.scenario, parse_integer<std::uint64_t>(words[2]).value_or(1), words[1]));
    return 0;
  }
  if (words.size() == 3 && words[0] == "--score") {
    return score(words[1], parse_real(words[2]).value_or(0));
  }
  return run(words);
}

}  // namespace
}  // namespace ntp::sim

int main(int argc, char** argv) {
  const auto result = ntp::sim::dispatch({argv + 1, argv + argc});
  if (result) return *result;
  fmt::print(stderr, "sim-worlds: {}\n{}", result.error().message, ntp::sim::usage);
  return 2;
}
