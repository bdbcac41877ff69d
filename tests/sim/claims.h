// Runs a scenario over its seeds, sets chrony's figures beside, and says which claims hold.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/scenario.h"

namespace ntp::sim {

// What a chronyd did in the same worlds: facts, recorded (README.md says how). Only the first
// `peer_figures` of an Outcome are known.
class PeerFigures {
 public:
  [[nodiscard]] static Result<PeerFigures> read(const std::filesystem::path& csv);
  [[nodiscard]] std::optional<Outcome> of(const std::string& scenario, std::uint64_t seed) const;

 private:
  std::map<std::pair<std::string, std::uint64_t>, Outcome> all_;
};

struct Run {
  std::uint64_t seed = 0;
  Outcome ours{};
  std::optional<Outcome> chrony{};
};

// REQUIRES: runs is not empty. nullopt: some seed has no figure of chrony.
struct Spread {
  double median = 0, most = 0, least = 0;
};
[[nodiscard]] std::optional<Spread> spread_of(const std::vector<Run>& runs, std::string_view figure,
                                              bool of_chrony);

// Empty when the claim holds, else what was found instead.
[[nodiscard]] std::string broken(const Claim& claim, const std::vector<Run>& runs);

}  // namespace ntp::sim
