// See supervision.h.
#include "ntpd-net/supervision.h"

#include <unistd.h>

#include "common/base/log.h"
#include "common/board/estimate_board.h"
#include "common/conf/leap_source.h"
#include "ntpd-net/keeping.h"
#include "ntpd-net/reload.h"
#include "ntpd-net/served_time.h"

namespace ntp {
namespace {

void take_sources(Daemon& daemon, const Fd& file) {
  auto configuration = parse_handover(read_attached(file));
  if (!configuration)
    return log_error("Could not reload sources: {}", configuration.error().message);
  std::vector<SourceSettings> wanted;
  for (const SourceSettings& source : configuration->settings.sources)
    if (source.from_sourcedir) wanted.push_back(source);
  daemon.pool.reload(wanted, daemon.clocks.monotonic_now());
  daemon.settings.sources = std::move(configuration->settings.sources);
  daemon.changed = true;
  log_info("Reloaded sources");
}

void take_leaps(Daemon& daemon, const Fd& file) {
  const auto table = parse_leap_source(read_attached(file));
  if (!table) return log_error("Leap seconds: {}", table.error().message);
  daemon.leaps.learn(*table);
  mind_leaps(daemon);
  daemon.changed = true;  // what is served says so at once
}

}  // namespace

void hear_office(Daemon& daemon) {
  while (auto heard = daemon.passage.office.hear()) {
    switch (heard->message.word) {
      case OfficeWord::read_sources: take_sources(daemon, heard->attached); break;
      case OfficeWord::leaps: take_leaps(daemon, heard->attached); break;
      case OfficeWord::keys: take_keys(daemon, heard->attached); break;
      case OfficeWord::configuration: take_reading(daemon, heard->message, heard->attached); break;
      case OfficeWord::log_file:
        if (const auto number = heard->message.first;
            number >= 0 && number < static_cast<std::int64_t>(log_names.size()))
          daemon.passage.logs.adopt(static_cast<LogName>(number), std::move(heard->attached));
        break;
      case OfficeWord::finish: finish(daemon, 0); break;
      case OfficeWord::ready:
      case OfficeWord::cycle_logs:
      case OfficeWord::dump:
      case OfficeWord::keep_drift:
      case OfficeWord::read_keys:
      case OfficeWord::read_all:
      case OfficeWord::adopted: break;
    }
  }
  if (daemon.passage.office.is_gone()) finish(daemon, 0);
}

void leave(Daemon& daemon) {
  dump_all(daemon);
  if (has_drift(daemon)) {
    const Drift drift = drift_of(*daemon.reference.combined);
    daemon.passage.office.say({.word = OfficeWord::keep_drift,
                               .first = rate_to_e15(drift.frequency),
                               .second = rate_to_e15(drift.skew)});
  }
  daemon.passage.office.say({.word = OfficeWord::finish, .first = daemon.exit_code});
}

}  // namespace ntp
