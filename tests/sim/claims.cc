// Medians, worst seeds, and the sentence when a claim is false.
#include "tests/sim/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

#include "common/base/ensure.h"
#include "common/base/text.h"

namespace ntp::sim {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

Result<Outcome> parse_outcome(const std::vector<std::string_view>& words) {
  std::array<double, peer_figures> values{};
  for (std::size_t i = 0; i < peer_figures; ++i) {
    const auto value = parse_real(words[i + 2]);
    if (!value && words[i + 2] != "-") return failure("bad figure");
    values[i] = value.value_or(unknown);
  }
  Outcome out{.rms = values[0], .p99 = values[1], .most = values[2], .rate_rms = values[3]};
  out.within_millisecond = values[4];
  out.rate_within_ppm = values[5];
  std::copy_n(values.begin() + 6, 4, out.first_window.begin());
  out.packets = values[10];
  out.root_distance = values[11];
  return out;
}

bool holds(double value, const Claim& claim) {
  if (claim.op == "<") return value < claim.limit;
  if (claim.op == "<=") return value <= claim.limit;
  if (claim.op == ">") return value > claim.limit;
  return value >= claim.limit;
}

}  // namespace

Result<PeerFigures> PeerFigures::read(const std::filesystem::path& csv) {
  std::ifstream in{csv};
  if (!in) return system_failure("open " + csv.string());
  PeerFigures peers;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::ranges::replace(line, ',', ' ');
    const auto words = split_words(line);
    const auto seed =
        words.size() == 2 + peer_figures ? parse_integer<std::uint64_t>(words[1]) : std::nullopt;
    const auto outcome = seed ? parse_outcome(words) : failure("bad line");
    if (!outcome) return failure(csv.string() + ": " + line);
    peers.all_[{std::string{words[0]}, *seed}] = *outcome;
  }
  return peers;
}

std::optional<Outcome> PeerFigures::of(const std::string& scenario, std::uint64_t seed) const {
  const auto found = all_.find({scenario, seed});
  return found == all_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<Spread> spread_of(const std::vector<Run>& runs, std::string_view figure,
                                bool of_chrony) {
  ENSURE(!runs.empty());
  std::vector<double> values;
  for (const Run& run : runs) {
    double value = figure_of(run.ours, figure).value();
    if (of_chrony) {
      const double peers = run.chrony ? figure_of(*run.chrony, figure).value() : unknown;
      if (std::isnan(peers)) return std::nullopt;
      value /= std::max(1e-12, peers);
    }
    values.push_back(value);
  }
  std::ranges::sort(values);
  return Spread{values[values.size() / 2], values.back(), values.front()};
}

std::string broken(const Claim& claim, const std::vector<Run>& runs) {
  const auto spread = spread_of(runs, claim.figure, claim.of_chrony);
  if (!spread) return "no figure of chrony";
  if (claim.every) {
    const double worst = claim.op.starts_with('<') ? spread->most : spread->least;
    return holds(worst, claim) ? "" : fmt::format("the worst seed has {:.4g}", worst);
  }
  return holds(spread->median, claim) ? "" : fmt::format("the median is {:.4g}", spread->median);
}

}  // namespace ntp::sim
