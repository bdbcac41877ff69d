// The programs that belong to a program and that nobody calls by hand: where they are, as built
// (in the same folder) and as installed (libexec/meridian beside our bin or sbin). PATH has no say.
#pragma once

#include <string>

#include "common/base/result.h"

namespace ntp {

// The path of our program `name`; an error names the two places that were looked at.
[[nodiscard]] Result<std::string> find_own_program(const std::string& name);

}  // namespace ntp
