// See orphans.h.
#include "ntpd-net/orphans.h"

#include <algorithm>

#include "common/wire/refid.h"

namespace ntp {
namespace {

std::uint32_t refid_of(const Address& address) {
  const auto octets = std::as_bytes(std::span{address.octets});
  return refid_of_address(address.family == Family::ipv4 ? octets.first(4) : octets);
}

int stratum_of(const Source& source) {
  return std::max<int>(source.last->header.stratum, source.settings.minstratum);
}

bool may_be_orphan(const Source& source, int orphan_stratum) {
  return source.last && source.counts.good > 0 && stratum_of(source) >= orphan_stratum;
}

bool serves_real_time(const Daemon& daemon, const Source& source, RawTime now) {
  switch (daemon.ensemble.statistics(source.index, now).standing) {
    case Standing::selected:
    case Standing::combined:
    case Standing::outlier:
    case Standing::not_preferred: return true;
    default: return false;
  }
}

// The place of the orphan to follow; -1: nobody, we lead or there is real time.
int choose_orphan(const Daemon& daemon, int orphan_stratum) {
  const RawTime now = daemon.clocks.raw_now();
  int chosen = -1;
  for (const int place : daemon.pool.order()) {
    const Source& source = daemon.pool.at(place);
    if (!may_be_orphan(source, orphan_stratum)) {
      if (serves_real_time(daemon, source, now)) return -1;
      continue;
    }
    const std::uint32_t id = refid_of(source.remote.address);
    if (stratum_of(source) != orphan_stratum || !source.is_reachable()) continue;
    if (!source.last->local.is_set() || id >= refid_of(source.last->local)) continue;
    if (chosen < 0 || id < refid_of(daemon.pool.at(chosen).remote.address)) chosen = place;
  }
  return chosen;
}

}  // namespace

void sort_orphans(Daemon& daemon) {
  const LocalSettings& local = daemon.local.settings;
  const bool elects = local.enabled && local.orphan;
  const int chosen = elects ? choose_orphan(daemon, local.stratum) : -1;
  for (const int place : daemon.pool.order()) {
    Source& source = daemon.pool.at(place);
    const bool is_orphan = elects && place != chosen && may_be_orphan(source, local.stratum);
    if (is_orphan == source.is_orphan) continue;
    source.is_orphan = is_orphan;
    daemon.ensemble.change(source.index, selection_of(source));
  }
}

}  // namespace ntp
