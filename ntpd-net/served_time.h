// What our clients are told, as time passes: the line of the reference, or our own (`local`), a
// leap second when its moment comes, and the smoothing of either. The page of the server role is
// rewritten here and nowhere else.
#pragma once

#include "common/control/messages.h"
#include "ntpd-net/daemon.h"

namespace ntp {

// What we would tell a client now.
[[nodiscard]] ServedState state_to_serve(const Daemon& daemon, const Reading& pair);
// The server role's page alone.
void refresh_served(Daemon& daemon);

// Looks whether a leap second is due: then every line jumps. Arms itself for the next look.
void mind_leaps(Daemon& daemon);
// A time so near to a leap second that nobody can say which side it is of.
[[nodiscard]] bool is_near_leap(const Daemon& daemon, UtcTime time);

// The true line was replaced: what is served may not jump, if that is wanted.
void smooth_update(Daemon& daemon, const std::optional<Combined>& before, RawTime now);
[[nodiscard]] control::Status switch_smoothing(Daemon& daemon, const control::Option& option);
[[nodiscard]] std::optional<control::Smoothing> report_smoothing(Daemon& daemon);

}  // namespace ntp
