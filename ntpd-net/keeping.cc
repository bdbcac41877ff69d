// See keeping.h.
#include "ntpd-net/keeping.h"

#include <algorithm>

#include "common/base/log.h"

namespace ntp {

RawIdentity raw_identity(const Daemon& daemon) {
  return daemon.passage.boot + " " + daemon.passage.continuity.identity();
}

void dump_measurements(Daemon& daemon) {
  DumpRoom* room = daemon.passage.dump_room.get();
  if (room == nullptr) return;
  std::vector<DumpedSource> sources;
  for (const int place : daemon.pool.order()) {
    const Source& source = daemon.pool.at(place);
    if (source.kept.empty()) continue;
    sources.push_back(
        {source.remote.address, source.reachability, {source.kept.begin(), source.kept.end()}});
  }
  const std::string text = dump_text(raw_identity(daemon), sources);
  std::ranges::copy(text, room->text.begin());
  daemon.passage.office.say(
      {.word = OfficeWord::dump, .first = static_cast<std::int64_t>(text.size())});
}

void keep_sample(const Daemon& daemon, Source& source, const Sample& sample) {
  if (daemon.passage.dump_room.get() == nullptr) return;
  if (source.kept.size() == most_kept) source.kept.pop_front();
  source.kept.push_back(sample);
}

void take_dump(Daemon& daemon, std::string_view text) {
  if (text.empty()) return;
  auto dump = parse_dump(text, raw_identity(daemon), daemon.clocks.raw_now());
  if (!dump)
    return log_warning("Measurements of the last run are not used: {}", dump.error().message);
  log_info("Measurements of the last run, for {} sources", dump->size());
  daemon.pool.keep_dump(*std::move(dump));
  daemon.changed = true;
}

void forget_kept(Daemon& daemon) {
  daemon.pool.keep_dump({});
  for (const int place : daemon.pool.order()) daemon.pool.at(place).kept.clear();
}

}  // namespace ntp
