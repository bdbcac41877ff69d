// The roles of the one binary: what each makes of its inheritance before it locks itself in and
// works. The supervisor starts them by name; main.cc dispatches here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace ntp {

inline constexpr std::string_view role_option = "--role";

// Runs "client", "server", "resolver" or "signer" to its end; the exit code.
[[nodiscard]] Result<int> run_role(std::string_view role, std::vector<std::string> inheritance);

}  // namespace ntp
