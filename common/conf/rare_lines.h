// Lines with an inner grammar that few machines have: hardware stamps, temperature, NTS
// certificates, logs. Opens none of the files they name.
#pragma once

#include "common/conf/lines.h"
#include "common/conf/settings.h"

namespace ntp {

[[nodiscard]] Result<HardwareTimestamp> take_hwtimestamp(Directive& in);
[[nodiscard]] Result<TemperatureCompensation> take_tempcomp(Directive& in);
[[nodiscard]] Result<TrustedCertificates> take_trusted_certificates(Directive& in);
[[nodiscard]] Result<std::vector<int>> take_aeads(Directive& in);
// Adds to what earlier `log` lines asked for.
[[nodiscard]] Result<void> take_log(LogSettings& log, Directive& in);

// `log`, `logdir` and `logbanner` alone, for programs that read no more; the other lines are
// theirs.
[[nodiscard]] Result<LogSettings> read_log_settings(std::span<const ConfLine> lines);

}  // namespace ntp
