// clockd-steerer: what clockd(8) becomes once everything is open. The one program of the suite
// that moves the clock while it runs: takes what the starter handed over, keeps CAP_SYS_TIME and
// fourteen system calls, and obeys what the judge lets pass. Parses no packet, no name, no file.
#include <sys/prctl.h>

#include "clockd/hand_over.h"
#include "common/base/log.h"

namespace {

using namespace ntp;

constexpr int done = 0, failed = 1;

Result<void> live(clockd::Taken& taken) {
  clockd::Daemon& daemon = taken.daemon;
  take_signals();
  NTP_TRY(clockd::shut(taken.doors));
  taken.doors = {};
  NTP_TRY(clockd::begin(daemon));
  if (taken.parent.is_open()) [[maybe_unused]]
    const auto told = write(taken.parent.number(), "1", 1);
  taken.parent.reset();
  daemon.with.notifier.ready();
  return clockd::run(daemon);
}

}  // namespace

int main() {
  prctl(PR_SET_NAME, "clockd", 0, 0, 0);  // we were started by descriptor, which has no name
  auto taken = clockd::take_hand_over(clockd::hand_over_fd);
  const auto ended = taken ? live(*taken) : std::unexpected{taken.error()};
  if (ended) log_info("clockd exiting");
  else log_error("{}", ended.error().message);
  // At once: unmapping and freeing are calls that the filter does not know.
  _exit(ended ? done : failed);
}
