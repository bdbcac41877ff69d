// The lines that say who is served and who may ask: access rules, local, rate limits, bound
// addresses, open commands. Decides nothing about a packet.
#pragma once

#include "common/conf/lines.h"
#include "common/conf/settings.h"

namespace ntp {

// `allow`, `deny`, `cmdallow`, `cmddeny` with their arguments.
[[nodiscard]] Result<AccessRule> take_access_rule(Directive& in);
[[nodiscard]] Result<LocalSettings> take_local(Directive& in);
// ratelimit, ntsratelimit, cmdratelimit; `limit` comes with the directive's own defaults.
[[nodiscard]] Result<void> take_rate_limit(RateLimit& limit, Directive& in);
[[nodiscard]] Result<SmoothTime> take_smoothtime(Directive& in);
[[nodiscard]] Result<Broadcast> take_broadcast(Directive& in);
[[nodiscard]] Result<Address> take_address(Directive& in);
[[nodiscard]] Result<FastPathSettings> take_fastpath(Directive& in);
[[nodiscard]] Result<void> take_bindcmdaddress(ControlSettings& control, Directive& in);
[[nodiscard]] Result<void> take_opencommands(ControlSettings& control, Directive& in);

}  // namespace ntp
