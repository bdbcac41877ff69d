// sim-worlds: the table of simulated worlds, one row a scenario, medians over seeds.
//   sim-worlds [-s SEEDS] [--csv FILE] [NAME…]
// Prints figures; judges nothing (claims_test does).
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "common/base/text.h"
#include "tests/sim/scenarios.h"

namespace {

using namespace ntp;
using namespace ntp::sim;

template <typename Get>
double median(std::vector<Outcome>& outcomes, Get get) {
  std::vector<double> values;
  for (const Outcome& outcome : outcomes) values.push_back(static_cast<double>(get(outcome)));
  std::ranges::nth_element(values, values.begin() + static_cast<long>(values.size() / 2));
  return values[values.size() / 2];
}

void print_row(const Scenario& scenario, std::vector<Outcome>& all, std::FILE* csv) {
  const double rms = median(all, [](auto& o) { return o.rms; });
  const double p99 = median(all, [](auto& o) { return o.p99; });
  const double most = median(all, [](auto& o) { return o.most; });
  const double rate = median(all, [](auto& o) { return o.rate_rms; });
  const double right = median(all, [](auto& o) { return o.within_millisecond; });
  const double known = median(all, [](auto& o) { return o.rate_within_ppm; });
  const double inside = median(all, [](auto& o) { return o.inside_bound; });
  const double sigma = median(all, [](auto& o) { return o.sigma_ratio; });
  const double servo = median(all, [](auto& o) { return o.servo_rms; });
  const double packets = median(all, [](auto& o) { return o.packets; });
  double window[3];
  for (int i = 0; i < 3; ++i) window[i] = median(all, [i](auto& o) { return o.first_window[i]; });
  const double refused = median(all, [](auto& o) { return o.refused; });
  const double changes = median(all, [](auto& o) { return o.poll_changes; });
  fmt::print(
      "{:20} {:9.2e} {:9.2e} {:9.2e} {:9.2e} {:7.0f} {:7.0f} {:7.4f} {:6.2f} {:9.2e} {:7.0f} "
      "{:4.0f} {:5.0f} {:7.1e} {:7.1e} {:7.1e}\n",
      scenario.name, rms, p99, most, rate, right, known, inside, sigma, servo, packets, refused,
      changes, window[0], window[1], window[2]);
  if (csv) {
    fmt::print(csv, "{},{},{:.4e},{:.4e},{:.4e},{:.4e},{},{},{:.5f},{:.3f},{}\n", scenario.name,
               all.size(), rms, p99, most, rate, right, known, inside, sigma, packets);
  }
}

}  // namespace

int main(int argc, char** argv) {
  int seeds = 5;
  std::FILE* csv = nullptr;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "-s" && i + 1 < argc)
      seeds = std::max(1, parse_integer<int>(argv[++i]).value_or(5));
    else if (word == "--csv" && i + 1 < argc) csv = std::fopen(argv[++i], "w");
    else names.push_back(word);
  }
  if (csv)
    fmt::print(csv,
               "world,seeds,rms_s,p99_s,max_s,rate_rms,to_1ms_s,to_1ppm_s,inside_bound,sigma_ratio,"
               "packets\n");
  fmt::print(
      "{:20} {:>9} {:>9} {:>9} {:>9} {:>7} {:>7} {:>7} {:>6} {:>9} {:>7} {:>4} {:>5} {:>7} {:>7} "
      "{:>7}\n",
      "world", "rms s", "p99 s", "max s", "rate rms", "to 1ms", "to 1ppm", "inside", "sigma",
      "servo s", "packets", "ref", "polls", "10-30s", "-100s", "-300s");
  for (const Scenario& world : scenarios()) {
    if (!names.empty() && std::ranges::find(names, world.name) == names.end()) continue;
    std::vector<Outcome> outcomes;
    for (int seed = 1; seed <= seeds; ++seed)
      outcomes.push_back(simulate(world, static_cast<std::uint64_t>(seed)));
    print_row(world, outcomes, csv);
    std::fflush(stdout);
  }
  if (csv) std::fclose(csv);
}
