// A scenario file: a world in a few lines and the claims about it (scenarios/README.md has the
// words). Reads them; judges nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "tests/sim/world.h"

namespace ntp::sim {

// `claim [every] FIGURE OP LIMIT [of chrony]`: about the median over seeds, or every one.
struct Claim {
  std::string text;    // as written
  std::string figure;  // a name from figures()
  std::string op;      // < <= > >=
  double limit = 0;
  bool every = false;
  bool of_chrony = false;
};

struct ScenarioFile {
  Scenario scenario;
  std::vector<Claim> claims;
};

[[nodiscard]] Result<ScenarioFile> read_scenario(const std::filesystem::path& path);
// All `*.scenario` of a folder, by name, each also with the claims of its `every.claims`.
[[nodiscard]] Result<std::vector<ScenarioFile>> read_scenarios(const std::filesystem::path& folder);

}  // namespace ntp::sim
