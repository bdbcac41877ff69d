// Peers' figures for the recordings, and the table that sets ours beside them: ratios,
// geometric means, CSV, and the limits that the bench holds us to.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "tests/replay/score.h"

namespace ntp::replay {

struct Figures {
  double rms = 0, p99 = 0;  // s
  double rate_rms = 0;
};

struct Peer {
  std::string recording;
  Figures chrony, prototype;
  [[nodiscard]] bool is_queue() const { return recording.starts_with("queue_"); }
};

struct Row {
  Peer peer;
  Score score;
};

// Geometric means of our figures over chrony's.
struct Summary {
  int rows = 0;
  double rms = 0, p99 = 0, rate = 0, prototype_rms = 0;
  double worst_rms = 0;
};

[[nodiscard]] Result<std::vector<Peer>> read_peers(const std::filesystem::path& csv);
[[nodiscard]] Result<void> write_csv(const std::filesystem::path& path,
                                     const std::vector<Row>& rows);
void print_head();
void print_row(const Row& row);
[[nodiscard]] Summary summarise(const std::vector<Row>& rows, bool queues);
void print_summary(const char* what, const Summary& summary);
// Prints each broken limit; true when there is none. Meaningful for all recordings only.
[[nodiscard]] bool check_limits(const std::vector<Row>& rows);

}  // namespace ntp::replay
