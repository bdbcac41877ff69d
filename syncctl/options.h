// The command line of syncctl: chronyc's options, scanning stops at the first command word.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "syncctl/session.h"
#include "syncctl/sockets.h"

namespace ntp::syncctl {

struct Options {
  Settings settings{};
  Patience patience{};
  std::string hosts{};  // -h: a comma list
  std::uint16_t port = control::control_port;
  std::string user{};                  // -u
  std::optional<std::string> begun{};  // --complete: a line that the shell wants to go on with
  std::vector<std::string> words{};    // the command; with -m one command each
};

// The exit status instead, when there is nothing to do (help, version, an error already told).
[[nodiscard]] std::expected<Options, int> parse_options(int argc, const char* const* argv);

// Where to look for the daemon, in order. Names are resolved here.
[[nodiscard]] std::vector<Place> places_of(const Options& options);

}  // namespace ntp::syncctl
