// chrony.conf(5)'s grammar: lines become Settings, or an error that names file, line, directive
// and what would be right. Reads files only through common/conf/lines; resolves no name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/conf/lines.h"
#include "common/conf/settings.h"

namespace ntp {

// A configuration and the lines it was made of.
struct Configuration {
  Settings settings{};
  std::vector<ConfLine> lines{};        // in force, in order; include and confdir followed and gone
  std::vector<ConfLine> sourced{};      // lines of the .sources files
  std::vector<std::string> warnings{};  // "FILE:LINE: NAME: …": not obeyed, and that may be missed
  std::vector<std::string> notes{};     // the same, but nobody will miss it: for --check
};

// The file and all it includes, and the sources in its source directories.
[[nodiscard]] Result<Configuration> read_configuration(const std::string& path,
                                                       Vetting vetting = default_vetting());
// Lines of a command line instead of a file.
[[nodiscard]] Result<Configuration> read_configuration(std::span<const std::string> arguments,
                                                       Vetting vetting = default_vetting());
// Pure: lines already read; opens nothing.
[[nodiscard]] Result<Configuration> parse_configuration(std::vector<ConfLine> lines);

// One `server`, `pool` or `peer` line, for run-time additions: "server 192.0.2.1 iburst". A
// source that asks for NTS is refused: without it, it would be somebody else.
[[nodiscard]] Result<SourceSettings> parse_source(std::string_view line);

// What is in the source directories now. Wrong lines and files that may not be trusted are
// left out, each with a line in `warnings`.
[[nodiscard]] std::vector<SourceSettings> read_source_directories(
    std::span<const std::string> directories, Vetting vetting, std::vector<std::string>& warnings);

// For -p: one directive a line, as written, includes followed.
[[nodiscard]] std::string effective_text(const Configuration& configuration);

// For a role that opens no file: everything above with the sources of the source directories
// written out. `parse_handover` gives the same Settings back.
[[nodiscard]] std::string handover_text(const Configuration& configuration);
[[nodiscard]] Result<Configuration> parse_handover(std::string_view text);

// For --check: what the file says in plain sentences, one a line; ends with the warnings.
[[nodiscard]] std::string explain(const Configuration& configuration);

}  // namespace ntp
