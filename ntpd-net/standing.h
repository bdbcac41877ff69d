// What the supervisor is to the machine: as whom it runs, with what priority and memory, before it
// gives up the right to choose. Roles inherit it.
#pragma once

#include "common/base/result.h"
#include "common/conf/settings.h"
#include "common/os/privilege.h"
#include "ntpd-net/options.h"

namespace ntp {

[[nodiscard]] bool locks_memory(const Options& options, const Settings& settings);
// Whom to become: -u, the `user` line, or ntpd-net; ourselves where we are not root.
[[nodiscard]] Result<Identity> identity_of(const Options& options, const Settings& settings);
// While we still may: -P, sched_priority, and room for locked memory.
void take_priority(const Options& options, const Settings& settings);

}  // namespace ntp
