// What every role does first with its inheritance, whichever program it is. Confines nobody: each
// role knows when it is ready for that.
#pragma once

#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "ntpd-net/inheritance.h"

namespace ntp {

// The log as the supervisor writes it, no signals of the terminal, memory locked if so ordered.
void begin_role(const Inheritance& given);

// All of an inherited file or memory, from its beginning.
[[nodiscard]] Result<std::string> read_whole(const Fd& fd);

}  // namespace ntp
