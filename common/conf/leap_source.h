// Root's word on leap seconds, read for whoever needs it: the file of `leapseclist` or the zone of
// `leapsectz`, at the start and again while a daemon runs, for tzdata is upgraded under daemons
// that stay up for years. What is in it is common/time/leap_table; what becomes of a leap is its
// readers'.
#pragma once

#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/conf/clock_settings.h"
#include "common/time/leap_table.h"

namespace ntp {

// The file as it is; "" when none is configured, or when the zone is not installed here (which is
// logged). A list that cannot be read is an error of root's.
[[nodiscard]] Result<std::string> read_leap_source(const ClockSettings& settings);
// The table of either form; an empty one of "".
[[nodiscard]] Result<LeapTable> parse_leap_source(const std::string& text);

// The same file, looked at again. What is wrong with it is logged when it begins to be, not with
// every look.
class LeapFile {
 public:
  static constexpr Nanos interval = 12h;  // between looks

  LeapFile() = default;
  explicit LeapFile(const ClockSettings& settings)
      : list_{settings.leapseclist}, zone_{settings.leapsectz} {}

  [[nodiscard]] bool is_configured() const { return !list_.empty() || !zone_.empty(); }

  struct Content {
    std::string text{};
    LeapTable table{};
  };
  // nullopt: it cannot be read or parsed, and what was known stays in force.
  [[nodiscard]] std::optional<Content> look(UtcTime now);

 private:
  void complain(const std::string& about);
  [[nodiscard]] Result<Content> read() const;

  std::string list_{}, zone_{};
  std::string complaint_{};  // the last one; "" while all is well
};

}  // namespace ntp
