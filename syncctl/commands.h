// One line from an operator to one command: the dispatch table, and what `help` says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "syncctl/session.h"

namespace ntp::syncctl {

struct CommandEntry {
  std::string_view name;
  Done (*run)(Session& session, Words words);
};
[[nodiscard]] std::span<const CommandEntry> command_entries();

struct HelpLine {
  std::string_view usage;  // empty: `text` heads a group
  std::string_view text;
};
[[nodiscard]] std::span<const HelpLine> help_lines();

// Runs one line and prints what it has to say; true when it succeeded. Blank lines and comments
// (! ; # %) succeed.
[[nodiscard]] bool run_line(Session& session, std::string_view line);

// What may stand in the place of the last word of `line`, for the tab key: commands first, then
// the words that follow them.
[[nodiscard]] std::vector<std::string> completions(std::string_view line);

}  // namespace ntp::syncctl
