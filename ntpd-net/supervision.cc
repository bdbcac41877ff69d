// See supervision.h.
#include "ntpd-net/supervision.h"

#include <unistd.h>

#include "common/base/log.h"
#include "common/board/estimate_board.h"

namespace ntp {
namespace {

constexpr std::size_t most_handed = 1 << 20;

// The whole of a descriptor that the supervisor attached.
std::string read_all(const Fd& fd) {
  std::string text(most_handed, '\0');
  const ssize_t length = ::pread(fd.number(), text.data(), text.size(), 0);
  text.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return text;
}

void take_sources(Daemon& daemon, const Fd& file) {
  const auto configuration = parse_handover(read_all(file));
  if (!configuration)
    return log_error("Could not reload sources: {}", configuration.error().message);
  std::vector<SourceSettings> wanted;
  for (const SourceSettings& source : configuration->settings.sources)
    if (source.from_sourcedir) wanted.push_back(source);
  daemon.pool.reload(wanted, daemon.clocks.monotonic_now());
  daemon.changed = true;
  log_info("Reloaded sources");
}

}  // namespace

void hear_office(Daemon& daemon) {
  while (const auto heard = daemon.passage.office.hear()) {
    switch (heard->message.word) {
      case OfficeWord::read_sources: take_sources(daemon, heard->attached); break;
      case OfficeWord::finish: finish(daemon, 0); break;
      case OfficeWord::ready:
      case OfficeWord::keep_drift: break;
    }
  }
  if (daemon.passage.office.is_gone()) finish(daemon, 0);
}

void leave(Daemon& daemon) {
  if (has_drift(daemon)) {
    const Drift drift = drift_of(*daemon.reference.combined);
    daemon.passage.office.say({.word = OfficeWord::keep_drift,
                               .first = rate_to_e15(drift.frequency),
                               .second = rate_to_e15(drift.skew)});
  }
  daemon.passage.office.say({.word = OfficeWord::finish, .first = daemon.exit_code});
}

}  // namespace ntp
