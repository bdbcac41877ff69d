// See mixing.h.
#include "ntpd-net/mixing.h"

namespace ntp {
namespace {

template <typename Each>
void follow(Daemon& daemon, const AuthSelection& mixture, Each& source) {
  const SelectionOptions effective = mixture.of(source.settings);
  if (effective == source.effective) return;
  source.effective = effective;
  daemon.ensemble.change(source.index, selection_of(source));
  daemon.changed = true;
}

}  // namespace

AuthSelection mixture_of(const Daemon& daemon) {
  AuthSelection mixture{daemon.settings.selection.authselectmode};
  for (const int place : daemon.pool.order()) mixture.count(daemon.pool.at(place).settings);
  for (const Entry& entry : daemon.pool.entries())
    if (!entry.owed.empty()) mixture.count(entry.settings);
  return mixture;
}

void mix_sources(Daemon& daemon) {
  const AuthSelection mixture = mixture_of(daemon);
  for (ReferenceClock& clock : daemon.reference_clocks.all()) follow(daemon, mixture, clock);
  for (const int place : daemon.pool.order()) follow(daemon, mixture, daemon.pool.at(place));
}

}  // namespace ntp
