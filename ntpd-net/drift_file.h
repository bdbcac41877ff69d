// chrony's drift file: one line, frequency and skew in ppm. Read once at start, replaced whole
// (written beside, then renamed) while running. A file that cannot be written costs one log
// line and a worse start next time.
#pragma once

#include <optional>
#include <string>

#include "ntpd-net/publisher.h"

namespace ntp {

class DriftFile {
 public:
  DriftFile() = default;
  // Writes to `path`; reads `path`, or `fallback` when there is no such file yet.
  DriftFile(std::string path, std::string fallback)
      : path_{std::move(path)}, fallback_{std::move(fallback)} {}

  [[nodiscard]] std::optional<Drift> read();
  // One was there and not believed.
  [[nodiscard]] bool is_refused() const { return is_refused_; }
  void write(const Drift& drift);

 private:
  std::string path_;
  std::string fallback_;
  bool complained_ = false;
  bool is_refused_ = false;
};

}  // namespace ntp
