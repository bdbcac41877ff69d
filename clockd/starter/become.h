// The last steps of the starter: gives up all rights but one, and becomes the steerer in the same
// process. Opens nothing and decides nothing.
#pragma once

#include "clockd/starter/start.h"
#include "common/os/sandbox.h"

namespace ntp::clockd {

// The steerer's program, beside this one or in its libexec: opened while we still may.
[[nodiscard]] Result<Fd> open_steerer();

// `hand_over_fd` is kept free for the page, and nothing that we inherited stays open.
[[nodiscard]] Result<Fd> reserve_descriptors();

struct Leaving {
  Started started;
  Fd steerer;
  Fd log;  // where the lines go; closed: standard error
  LogStyle log_style{};
  Fd notifier;
  Fd parent;
  Fd leaps;  // leap_reader's channel; closed: there is none
  Filter filter = Filter::on;
};
// Returns only what went wrong.
[[nodiscard]] Error become_steerer(Leaving leaving, char** argv);

}  // namespace ntp::clockd
