// A recorded world: what an oscillator did, when requests left and how long each direction
// took, with the truth. Made of a `.mtr.xz` file (layout in README.md beside this); turns
// requests into the samples that a client would have measured. Judges nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/sync/sample.h"

namespace ntp::replay {

struct Request {
  int server = 0;
  double sent = 0;  // true time, s
  double up = 0;    // one-way delays, s; <= 0: lost
  double down = 0;
  [[nodiscard]] bool is_answered() const { return up > 0 && down > 0; }
  [[nodiscard]] double answered_at() const { return sent + up + down; }
};

struct Recording {
  std::string name;
  int seconds = 0;
  int servers = 0;
  int warm = 0;                      // seconds before scores count
  std::vector<float> rate_error;     // of the raw clock in each second
  std::vector<double> gained;        // raw minus true time at the start of each second, s
  std::vector<double> server_error;  // constant error of each server's clock, s
  std::vector<Request> requests;     // in the order of their answers

  // Raw minus true time at the true time `t`, s.
  [[nodiscard]] double gained_at(double t) const;
  // The sample that an answered request yields. Raw time and true time share zero.
  [[nodiscard]] Sample sample(const Request& request) const;
};

[[nodiscard]] Result<Recording> read_recording(const std::filesystem::path& path);

}  // namespace ntp::replay
