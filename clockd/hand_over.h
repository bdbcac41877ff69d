// What the starter gives the steerer: root's policy as a page of integers in a sealed memfd, and
// open descriptors, which the page names. The steerer finds it at `hand_over_fd`, judges every
// field, and afterwards knows nothing else: no option, no file, no environment.
#pragma once

#include <cstdint>

#include "clockd/daemon.h"
#include "clockd/doors.h"

namespace ntp::clockd {

inline constexpr int hand_over_fd = 3;
inline constexpr std::int64_t hand_over_format = 0x3145'4f48'4b43'4c43;  // "CLCKHOE1"

// Times in nanoseconds, rates in 1e-15, descriptors -1 where there is none.
struct HandOver {
  std::int64_t format = hand_over_format;

  std::int64_t step_threshold = -1;  // -1: no makestep
  std::int64_t step_updates = 0;
  std::int64_t first_step = -1;       // -1: no initstepslew
  std::int64_t correction_ratio = 0;  // 1e-6
  std::int64_t fallback_least = 0;    // log2 s
  std::int64_t fallback_most = -1;    // less than the least: no fallbackdrift
  std::int64_t change_offset = -1;    // -1: no maxchange
  std::int64_t change_start = 0;
  std::int64_t change_ignore = 0;
  std::int64_t most_rate = 0;
  std::int64_t most_slew_rate = 0;
  std::int64_t may_write_rtc = 0;
  std::int64_t leap_mode = 0;    // LeapMode
  std::int64_t leap_change = 0;  // +1, -1; 0: none is announced
  std::int64_t leap_at = 0;
  std::int64_t tai = 0;

  std::int64_t feeder = 0;  // uid
  std::int64_t is_dry_run = 0;
  std::int64_t run_for = 0;    // 0: for ever
  std::int64_t boot_high = 0;  // the boot's id
  std::int64_t boot_low = 0;
  std::int64_t session = 0;     // random, of the status board
  std::int64_t generation = 0;  // random, of this start
  std::int64_t log_style = 0;   // LogStyle

  std::int64_t log = 2;
  std::int64_t listener = -1;
  std::int64_t store = -1;
  std::int64_t notifier = -1;
  std::int64_t parent = -1;      // waits for one octet that says "started"
  std::int64_t leaps = -1;       // the channel of the starter's leap_reader
  std::int64_t file_rules = -1;  // Landlock
  std::int64_t filter = -1;      // system calls
};

struct Taken {
  Daemon daemon;
  Doors doors;
  Fd parent;
};

// Reads, judges, opens the log, makes the status board. REQUIRES: called once: the descriptors
// have one owner.
[[nodiscard]] Result<Taken> take_hand_over(int fd);

}  // namespace ntp::clockd
