// A record of every sample on its way into the estimator, one line each, so that a run can be
// replayed to the same estimates bit for bit (`--trace FILE`). Writes to a descriptor that was
// opened before the role was confined; a write that fails ends the trace, never the daemon.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "common/sync/sample.h"

namespace ntp {

class Trace {
 public:
  Trace() = default;
  explicit Trace(Fd file) : file_{std::move(file)} {}
  [[nodiscard]] bool is_on() const { return file_.is_open(); }

  void sample(int place, const Sample& sample);
  // "+" a source came to `place`, "-" it went, "/" the raw clock began anew.
  void source_came(int place, std::string_view name);
  void source_went(int place);
  void epoch();

 private:
  void line(std::string_view text);
  Fd file_;
};

struct TracedSample {
  int place = 0;
  Sample sample{};
};
// "S place t1 t2 t3 t4 root_delay root_dispersion precision leap stratum", times in ns.
[[nodiscard]] std::string to_line(const TracedSample& traced);
[[nodiscard]] std::optional<TracedSample> parse_traced(std::string_view line);

}  // namespace ntp
