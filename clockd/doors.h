// The doors that clockd shuts behind itself once it runs, with what its starter prepared: no path,
// no capability but CAP_SYS_TIME, no system call outside clockd/promise.h. Decides nothing.
#pragma once

#include "common/base/fd.h"
#include "common/base/result.h"

namespace ntp::clockd {

struct Doors {
  Fd file_rules;  // a Landlock ruleset that allows no path; closed where there is none
  Fd filter;      // sock_filter instructions; closed with -F 0
};

// Cannot be undone. REQUIRES: no_new_privs is set.
[[nodiscard]] Result<void> shut(const Doors& doors);

}  // namespace ntp::clockd
