// The commands `manual` and `settime`, and what becomes of them: while no source is selected,
// the line through what people said is the estimate that clockd is handed, and what is kept as
// drift. It does not make this machine a synchronised server: clients see `local`, or nothing.
#pragma once

#include "common/control/messages.h"
#include "ntpd-net/daemon.h"

namespace ntp {

[[nodiscard]] control::Status switch_manual(Daemon& daemon, const control::Option& option);
[[nodiscard]] control::Status delete_manual(Daemon& daemon, const control::Index& index);
// nullopt: manual input is not enabled.
[[nodiscard]] std::optional<control::ManualTimestamp> set_time(Daemon& daemon,
                                                               const control::SetTime& said);
[[nodiscard]] std::optional<control::ManualList> report_manual(Daemon& daemon);

// Hands clockd the manual line if it is in force; called when no source is selected.
void publish_manual(Daemon& daemon, const Now& now);

}  // namespace ntp
