// From root to a user who may do one thing or nothing. Every change is checked afterwards; a
// change that did not hold is an error, never a warning. Filters are sandbox.h.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "common/base/result.h"

namespace ntp {

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  constexpr bool operator==(const Identity&) const = default;
};

// A name from passwd, or a number; a number that passwd does not know gets gid = uid.
// REQUIRES: before confinement (reads files).
[[nodiscard]] Result<Identity> resolve_user(std::string_view name_or_uid);

// What is left to the process; `sys_time_by_exec`: to it and, as ambient, to what it becomes.
enum class Keep : std::uint8_t { nothing, sys_time, sys_time_by_exec };

// Whether CAP_SYS_TIME is in effect now.
[[nodiscard]] bool may_set_time();

// As root: becomes `who` with no supplementary group, an empty bounding set and only `keep`.
// As anybody else: stays who we are and gives up every capability but `keep`; a capability
// that we never had is not an error (ask may_set_time() afterwards). In both cases the
// process is not dumpable and gains no privilege by exec.
[[nodiscard]] Result<void> drop_to(Identity who, Keep keep);

}  // namespace ntp
