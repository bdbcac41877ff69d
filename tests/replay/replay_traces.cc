// replay-traces: the recorded worlds through the production estimator, a table of our errors
// beside chrony's and the prototype's on the very same packets. Touches no clock and no network.
#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/replay/figures.h"
#include "tests/replay/replay.h"

namespace ntp::replay {
namespace {

constexpr const char* usage =
    "usage: replay-traces [--csv FILE] [--check] [--folder DIR] --all | NAME...\n"
    "  --all     every recording; NAME: those whose name contains it\n"
    "  --csv     writes the table to FILE as well\n"
    "  --check   exit 1 when a limit is broken (with --all)\n"
    "  --folder  peers.csv and recordings/ are in DIR\n";

struct Options {
  bool all = false, check = false;
  std::string csv, folder = REPLAY_FOLDER;
  std::vector<std::string> names;

  [[nodiscard]] bool wants(std::string_view recording) const {
    if (all) return true;
    for (const std::string& name : names) {
      if (recording.find(name) != std::string_view::npos) return true;
    }
    return false;
  }
};

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--all") {
      options.all = true;
    } else if (word == "--check") {
      options.check = true;
    } else if ((word == "--csv" || word == "--folder") && i + 1 < argc) {
      (word == "--csv" ? options.csv : options.folder) = argv[++i];
    } else if (word.starts_with("-")) {
      return std::nullopt;
    } else {
      options.names.emplace_back(word);
    }
  }
  if (!options.all && (options.names.empty() || options.check)) return std::nullopt;
  return options;
}

// The production estimator as the replay wants it.
class Ours {
 public:
  explicit Ours(int servers) : ensemble_{EnsembleOptions{}} {
    for (int i = 0; i < servers; ++i) places_.push_back(ensemble_.add({}).value());
  }
  const std::optional<Combined>& take(int server, const Sample& sample) {
    ensemble_.take(places_[static_cast<std::size_t>(server)], sample);
    const auto& combined = ensemble_.combined();
    is_news_ = combined && combined->line.anchor != anchor_;
    if (is_news_) anchor_ = combined->line.anchor;
    return combined;
  }
  [[nodiscard]] bool is_news() const { return is_news_; }

 private:
  Ensemble ensemble_;
  std::vector<SourceIndex> places_;
  RawTime anchor_{};
  bool is_news_ = false;
};

Result<std::vector<Row>> replay_all(const Options& options) {
  const std::filesystem::path folder{options.folder};
  std::vector<Row> rows;
  for (const Peer& peer : NTP_TRY(read_peers(folder / "peers.csv"))) {
    if (!options.wants(peer.recording)) continue;
    const auto world =
        NTP_TRY(read_recording(folder / "recordings" / (peer.recording + ".mtr.xz")));
    Ours ours{world.servers};
    rows.push_back({peer, Replay{world, ours}.run()});
    print_row(rows.back());
  }
  if (rows.empty()) return failure("no recording has such a name");
  return rows;
}

int run(const Options& options) {
  print_head();
  const auto rows = replay_all(options);
  if (!rows) {
    fmt::print(stderr, "replay-traces: {}\n", rows.error().message);
    return 2;
  }
  print_summary("plain worlds", summarise(*rows, false));
  print_summary("queues", summarise(*rows, true));
  if (!options.csv.empty()) {
    if (const auto written = write_csv(options.csv, *rows); !written) {
      fmt::print(stderr, "replay-traces: {}\n", written.error().message);
      return 2;
    }
  }
  return options.check && !check_limits(*rows) ? 1 : 0;
}

}  // namespace
}  // namespace ntp::replay

int main(int argc, char** argv) {
  const auto options = ntp::replay::parse_options(argc, argv);
  if (!options) {
    fmt::print(stderr, "{}", ntp::replay::usage);
    return 2;
  }
  return ntp::replay::run(*options);
}
