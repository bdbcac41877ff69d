// See keeping.h.
#include "ntpd-net/keeping.h"

#include <algorithm>

#include "common/base/log.h"

namespace ntp {

RawIdentity raw_identity(Daemon& daemon) {
  const Nanos system = daemon.clocks.read().system.since_zero;
  return {daemon.passage.boot + " " + daemon.passage.continuity.identity(),
          system - daemon.clocks.monotonic_now().since_zero};
}

namespace {

std::string measurements(Daemon& daemon) {
  std::vector<DumpedSource> sources;
  for (const int place : daemon.pool.order()) {
    const Source& source = daemon.pool.at(place);
    if (source.kept.empty()) continue;
    sources.push_back({.address = source.remote.address,
                       .reachability = source.reachability,
                       .samples = {source.kept.begin(), source.kept.end()}});
  }
  for (const ReferenceClock& clock : daemon.reference_clocks.all())
    if (!clock.kept.empty())
      sources.push_back({.refid = clock.refid,
                         .reachability = clock.reachability,
                         .samples = {clock.kept.begin(), clock.kept.end()}});
  return dump_text(raw_identity(daemon), sources);
}

std::string nts_keys(Daemon& daemon) {
  const MonotonicTime now = daemon.clocks.monotonic_now();
  std::vector<KeptKeys> sources;
  for (const int place : daemon.pool.order()) {
    const Source& source = daemon.pool.at(place);
    if (!source.nts || !source.nts->has_keys() || source.nts->cookies() == 0) continue;
    const auto& cookies = source.nts->all_cookies();
    sources.push_back({.maker = source.nts->server(),
                       .server = source.remote,
                       .name = source.settings.name,
                       .age = now - source.nts->established().value_or(now),
                       .keys = source.nts->keys(),
                       .cookies = {cookies.begin(), cookies.end()}});
  }
  return keys_text(sources, daemon.clocks.read().system);
}

void take_measurements(Daemon& daemon, const std::string& text) {
  auto dump = parse_dump(text, raw_identity(daemon), daemon.clocks.raw_now());
  if (!dump)
    return log_warning("Measurements of the last run are not used: {}", dump.error().message);
  log_info("Measurements of the last run, for {} sources", dump->size());
  daemon.reference_clocks.resume(*dump, daemon.ensemble);
  std::erase_if(*dump, [](const DumpedSource& source) { return source.refid.has_value(); });
  daemon.pool.keep_dump(*std::move(dump));
  daemon.changed = true;
}

void take_kept_keys(Daemon& daemon, const std::string& text) {
  auto keys = parse_keys_text(text, daemon.clocks.read().system);
  if (!keys) return log_warning("NTS keys of the last run are not used: {}", keys.error().message);
  daemon.pool.keep_keys(*std::move(keys));
}

}  // namespace

void dump_all(Daemon& daemon) {
  DumpRoom* room = daemon.passage.dump_room.get();
  if (room == nullptr) return;
  const std::string samples = measurements(daemon), keys = nts_keys(daemon);
  std::ranges::copy(keys, std::ranges::copy(samples, room->text.begin()).out);
  daemon.passage.office.say({.word = OfficeWord::dump,
                             .first = static_cast<std::int64_t>(samples.size()),
                             .second = static_cast<std::int64_t>(keys.size())});
}

void keep_sample(const Daemon& daemon, std::optional<int> minsamples, std::deque<Sample>& kept,
                 const Sample& sample) {
  if (daemon.passage.dump_room.get() == nullptr) return;
  const int wanted = minsamples.value_or(daemon.settings.selection.minsamples);
  const auto room = std::clamp(static_cast<std::size_t>(wanted), usually_kept, most_kept);
  while (kept.size() >= room) kept.pop_front();
  kept.push_back(sample);
}

void take_dump(Daemon& daemon) {
  const std::string dump = std::exchange(daemon.passage.dump, {});
  const std::string keys = std::exchange(daemon.passage.kept_keys, {});
  if (!dump.empty()) take_measurements(daemon, dump);
  if (!keys.empty()) take_kept_keys(daemon, keys);
}

void forget_kept(Daemon& daemon) {
  daemon.pool.keep_dump({});
  for (const int place : daemon.pool.order()) daemon.pool.at(place).kept.clear();
  daemon.reference_clocks.forget_kept();
}

}  // namespace ntp
