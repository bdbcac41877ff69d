// refclockd inside ntpd-sim: the production drivers and filter of the configuration's `refclock`
// lines, in the one poll loop, for simulators that stand in for the devices. No process of its
// own, no socket, no system call filter.
#pragma once

#include <optional>

#include "ntpd-net/daemon.h"
#include "refclockd/daemon.h"

namespace ntp::sim {

class ReferenceSide {
 public:
  // Nothing to do without `refclock` lines; an error when one cannot be opened. Gives `passage`
  // the ring.
  [[nodiscard]] static Result<ReferenceSide> open(const Settings& settings, Passage& passage);

  // Looks where a look is due and feeds what came of it; how long until the next one, negative:
  // never.
  [[nodiscard]] Nanos serve(Daemon& network);

 private:
  std::optional<refclockd::Daemon> daemon_{};
};

}  // namespace ntp::sim
