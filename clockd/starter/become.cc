// Drop, seal, exec.
#include "clockd/starter/become.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clockd/promise.h"
#include "common/os/own_program.h"
#include "common/os/sandbox.h"

namespace ntp::clockd {

namespace {

constexpr const char* steerer_name = "clockd-steerer";

// A descriptor that the steerer will find open under its number.
Result<void> hand_on(const Fd& fd, std::int64_t& field) {
  if (!fd.is_open()) return {};
  if (fcntl(fd.number(), F_SETFD, 0) != 0) return system_failure("F_SETFD");
  field = fd.number();
  return {};
}

Result<void> place_page(const HandOver& page) {
  const Fd memory{memfd_create("clockd-hand-over", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!memory.is_open()) return system_failure("memfd_create");
  if (write(memory.number(), &page, sizeof page) != sizeof page)
    return system_failure("write what is handed over");
  constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  if (fcntl(memory.number(), F_ADD_SEALS, seals) != 0) return system_failure("F_ADD_SEALS");
  if (dup2(memory.number(), hand_over_fd) < 0) return system_failure("dup2");
  return {};
}

Result<void> leave(Leaving& leaving, char** argv) {
  const Fd filter = NTP_TRY(prepare_filter(promise, leaving.filter));
  const Fd rules = NTP_TRY(prepare_file_rules(leaving.filter));
  HandOver page = leaving.started.page;
  page.log_style = std::to_underlying(leaving.log_style);
  NTP_TRY(hand_on(leaving.log, page.log));
  NTP_TRY(hand_on(leaving.started.listener, page.listener));
  NTP_TRY(hand_on(leaving.started.store, page.store));
  NTP_TRY(hand_on(leaving.notifier, page.notifier));
  NTP_TRY(hand_on(leaving.parent, page.parent));
  NTP_TRY(hand_on(leaving.leaps, page.leaps));
  NTP_TRY(hand_on(rules, page.file_rules));
  NTP_TRY(hand_on(filter, page.filter));
  NTP_TRY(place_page(page));
  NTP_TRY(drop_to(leaving.started.identity,
                  page.is_dry_run != 0 ? Keep::nothing : Keep::sys_time_by_exec));
  // By descriptor: our new user need not be able to reach the file. No environment goes along.
  char* nothing[] = {nullptr};
  fexecve(leaving.steerer.number(), argv, nothing);
  return system_failure(std::string{"become "} + steerer_name);
}

}  // namespace

Result<Fd> open_steerer() {
  const std::string path = NTP_TRY(find_own_program(steerer_name));
  Fd program{::open(path.c_str(), O_PATH | O_CLOEXEC)};
  if (!program.is_open()) return system_failure("open " + path);
  return program;
}

Result<Fd> reserve_descriptors() {
  for (int stream = 0; stream <= hand_over_fd; ++stream) {
    if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
      return system_failure("open /dev/null");
  }
  syscall(SYS_close_range, hand_over_fd + 1, UINT_MAX, 0);  // kernels before 5.9 do not know it
  return Fd{hand_over_fd};
}

Error become_steerer(Leaving leaving, char** argv) { return leave(leaving, argv).error(); }

}  // namespace ntp::clockd
