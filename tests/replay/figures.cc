// See figures.h.
#include "tests/replay/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "common/base/text.h"

namespace ntp::replay {
namespace {

constexpr double cpu_budget = 20e-6;  // s a sample

Result<Peer> parse_peer(std::string line) {
  std::ranges::replace(line, ',', ' ');
  const auto words = split_words(line);
  if (words.size() != 7) return failure("peers.csv: seven columns wanted: " + line);
  std::array<double, 6> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = parse_real(words[i + 1]);
    if (!value || *value <= 0) return failure("peers.csv: bad figure: " + line);
    values[i] = *value;
  }
  return Peer{.recording = std::string{words[0]},
              .chrony = {values[0], values[1], values[2]},
              .prototype = {values[3], values[4], values[5]}};
}

// What the bench holds us to, as ratios to chrony.
struct Limits {
  const char* what;
  bool queues;
  double rms, p99, rate;
};
constexpr Limits limits[] = {{"plain worlds", false, 0.45, 0.50, 0.55},
                             {"queues", true, 0.25, 0.25, 0.55}};
constexpr double worst_rms = 0.95;
constexpr double most_outside_bound = 0.001;

bool is_within(const char* what, const char* figure, double value, double limit) {
  if (value <= limit) return true;
  fmt::print("BROKEN: {}: {} {:.3f} is above {:.3f}\n", what, figure, value, limit);
  return false;
}

}  // namespace

Result<std::vector<Peer>> read_peers(const std::filesystem::path& csv) {
  std::ifstream file{csv};
  if (!file) return system_failure("open " + csv.string());
  std::vector<Peer> peers;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) peers.push_back(NTP_TRY(parse_peer(line)));
  return peers;
}

Result<void> write_csv(const std::filesystem::path& path, const std::vector<Row>& rows) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (!file) return system_failure("open " + path.string());
  fmt::print(file,
             "recording,rms_s,p99_s,most_s,rate_rms,chrony_rms_s,chrony_p99_s,chrony_rate_rms,"
             "prototype_rms_s,prototype_p99_s,prototype_rate_rms,deviation_ratio,outside_bound\n");
  for (const auto& [peer, s] : rows) {
    const auto& [name, c, p] = peer;
    fmt::print(file, "{},{:e},{:e},{:e},{:e},{:e},{:e},{:e},{:e},{:e},{:e},{:.3f},{:.5f}\n", name,
               s.rms, s.p99, s.most, s.rate_rms, c.rms, c.p99, c.rate_rms, p.rms, p.p99, p.rate_rms,
               s.deviation_ratio, s.outside_bound);
  }
  if (std::fclose(file) != 0) return system_failure("write " + path.string());
  return {};
}

void print_head() {
  fmt::print("{:26} {:>10} {:>10} {:>10} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}\n", "recording",
             "chrony us", "prototype", "ours us", "rms", "p99", "rate", "outside", "sigma",
             "cpu us");
}

void print_row(const Row& row) {
  const auto& [name, c, p] = row.peer;
  const Score& s = row.score;
  fmt::print("{:26} {:10.3f} {:10.3f} {:10.3f} {:7.3f} {:7.3f} {:7.3f} {:7.4f} {:7.2f} {:7.1f}\n",
             name, c.rms * 1e6, p.rms * 1e6, s.rms * 1e6, s.rms / c.rms, s.p99 / c.p99,
             s.rate_rms / c.rate_rms, s.outside_bound, s.deviation_ratio, s.cpu_per_sample * 1e6);
  std::fflush(stdout);
}

Summary summarise(const std::vector<Row>& rows, bool queues) {
  Summary sum;
  for (const auto& [peer, score] : rows) {
    if (peer.is_queue() != queues) continue;
    ++sum.rows;
    sum.rms += std::log(score.rms / peer.chrony.rms);
    sum.p99 += std::log(score.p99 / peer.chrony.p99);
    sum.rate += std::log(score.rate_rms / peer.chrony.rate_rms);
    sum.prototype_rms += std::log(peer.prototype.rms / peer.chrony.rms);
    sum.worst_rms = std::max(sum.worst_rms, score.rms / peer.chrony.rms);
  }
  for (double* mean : {&sum.rms, &sum.p99, &sum.rate, &sum.prototype_rms}) {
    *mean = sum.rows > 0 ? std::exp(*mean / sum.rows) : 0;
  }
  return sum;
}

void print_summary(const char* what, const Summary& s) {
  if (s.rows == 0) return;
  fmt::print(
      "{:2} {:13} ours over chrony, geometric mean: rms {:.4f}  p99 {:.4f}  rate {:.4f}  "
      "worst rms {:.3f}  (prototype's rms {:.4f})\n",
      s.rows, what, s.rms, s.p99, s.rate, s.worst_rms, s.prototype_rms);
}

bool check_limits(const std::vector<Row>& rows) {
  bool is_good = true;
  for (const Limits& limit : limits) {
    const Summary sum = summarise(rows, limit.queues);
    is_good &= is_within(limit.what, "rms", sum.rms, limit.rms);
    is_good &= is_within(limit.what, "p99", sum.p99, limit.p99);
    is_good &= is_within(limit.what, "rate", sum.rate, limit.rate);
  }
  for (const auto& [peer, score] : rows) {
    const char* name = peer.recording.c_str();
    is_good &= is_within(name, "rms", score.rms / peer.chrony.rms, worst_rms);
    is_good &= is_within(name, "share outside the bound", score.outside_bound, most_outside_bound);
  }
  const double cpu = [&] {
    double sum = 0;
    for (const Row& row : rows) sum += row.score.cpu_per_sample / static_cast<double>(rows.size());
    return sum;
  }();
  fmt::print("cpu {:.1f} us a sample: {:.2f} of the budget of {:.0f} us\n", cpu * 1e6,
             cpu / cpu_budget, cpu_budget * 1e6);
  return is_good;
}

}  // namespace ntp::replay
