// Two configurations beside each other, line by line: what a reload would change, and which
// program must take it up. Pure; applies nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/conf/grammar.h"

namespace ntp {

// Who takes up a changed line.
enum class Reach : std::uint8_t {
  live,      // ntpd-net, as it runs
  idle,      // nobody: the line has no effect
  restart,   // ntpd-net, only when it starts
  clock,     // clockd
  rtc,       // rtcd
  refclock,  // refclockd and ntpd-net, only when they start
  both,      // clockd and ntpd-net, only when they start
  everyone,  // every program, only when it starts
};

struct LineChange {
  bool added = false;  // else gone
  std::string text{};
  Reach reach = Reach::live;

  bool operator==(const LineChange&) const = default;
};

// In the order of the files; a line that moved is gone in one place and added in another, since
// the order of some lines matters.
[[nodiscard]] std::vector<LineChange> compare_lines(const Configuration& before,
                                                    const Configuration& after);

// "+ server 192.0.2.1 iburst", a change a line; whoever else must take it up is named behind.
[[nodiscard]] std::string describe(const std::vector<LineChange>& changes);

// The same for equal lines, another for almost all others: to see that files are as they were.
[[nodiscard]] std::uint32_t digest_of(const Configuration& configuration);

}  // namespace ntp
