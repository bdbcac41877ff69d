// The client role's log files with chrony's columns: what was measured of each source, what the
// estimator makes of it, what was selected, where the clock stands, how warm it is. Makes rows and
// hands them to common/os/log_file; opens nothing (the supervisor does, and again for cyclelogs).
#pragma once

#include <array>
#include <string>

#include "common/conf/settings.h"
#include "common/os/log_file.h"
#include "ntpd-net/publisher.h"
#include "ntpd-net/source.h"

namespace ntp {

// In the order of their numbers between supervisor and client role.
enum class LogName : std::uint8_t { measurements, statistics, tracking, selection, tempcomp };
inline constexpr std::array<std::string_view, 5> log_names = {"measurements", "statistics",
                                                              "tracking", "selection", "tempcomp"};
// Whether the configuration asks for it (rawmeasurements go into measurements.log).
[[nodiscard]] bool is_wanted(const LogSettings& settings, LogName name);

class Logs {
 public:
  Logs() = default;
  explicit Logs(const LogSettings& settings);

  void adopt(LogName name, Fd file) { at(name).adopt(std::move(file)); }
  [[nodiscard]] bool is_on(LogName name) const {
    return files_[static_cast<std::size_t>(name)].is_on();
  }
  [[nodiscard]] LogFile& at(LogName name) { return files_[static_cast<std::size_t>(name)]; }
  // Answers that failed a test are logged too.
  [[nodiscard]] bool takes_raw() const { return takes_raw_; }

 private:
  std::array<LogFile, log_names.size()> files_{};
  bool takes_raw_ = false;
};

// An answer as it was judged. Offset: positive, our clock is slow.
[[nodiscard]] std::string measurement_row(const Source& source, const Taken& taken,
                                          SystemTime when);

struct StatisticsRow {
  std::string name;  // address or reference id
  SystemTime when{};
  double stress = 0;  // how much the sample surprised, in standard deviations
};
// Offset: positive, our clock is fast.
[[nodiscard]] std::string statistics_row(const StatisticsRow& row, const SourceStatistics& known);

struct SelectionRow {
  std::string name;
  SystemTime when{};
  SelectionOptions options{};
  std::uint8_t reachability = 0;
  Nanos since_sample{0};
};
[[nodiscard]] std::string selection_row(const SelectionRow& row, const SourceStatistics& known);

struct TrackingRow {
  std::string name;
  SystemTime when{};
  Nanos remaining{0};        // system clock minus estimate: positive, fast
  Nanos root_dispersion{0};  // now
};
// Offset: positive, our clock was fast.
[[nodiscard]] std::string tracking_row(const TrackingRow& row, const Reference& reference);
// What the sensor said and how much faster, in ppm, the clock runs for it.
[[nodiscard]] std::string temperature_row(double temperature, Rate compensation, SystemTime when);
// Nothing can be selected any more.
[[nodiscard]] std::string tracking_row_lost(SystemTime when);

}  // namespace ntp
