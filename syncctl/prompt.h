// Where command lines come from: the command line itself, a file or pipe, or a person with
// history and the tab key (libedit). Runs them until there are no more; knows no command.
#pragma once

#include <span>
#include <string>

#include "syncctl/session.h"

namespace ntp::syncctl {

// The exit status: 0 when the last command succeeded. With -m the first failure ends it.
[[nodiscard]] int run_words(Session& session, std::span<const std::string> words);
[[nodiscard]] int run_stream(Session& session);  // standard input
[[nodiscard]] int run_prompt(Session& session);  // a terminal

}  // namespace ntp::syncctl
