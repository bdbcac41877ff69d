// See role_start.h.
#include "ntpd-net/role_start.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/log.h"

namespace ntp {

void begin_role(const Inheritance& given) {
  const int fd = given.word("log").empty() ? 2 : static_cast<int>(given.number("log"));
  open_log(fd, static_cast<LogStyle>(given.number("log_style")),
           static_cast<Severity>(given.number("log_least")), "ntpd-net");
  // Control-C reaches the whole group, and service managers end every process of a service at
  // once: the supervisor alone decides what it means, and waits for what is to be kept.
  for (const int number : {SIGINT, SIGHUP, SIGQUIT, SIGTERM, SIGPIPE}) ::signal(number, SIG_IGN);
  if (given.is("lock_memory") && ::mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
    log_warning("Could not lock memory");
}

Result<std::string> read_whole(const Fd& fd) {
  struct stat about {};
  if (::fstat(fd.number(), &about) != 0) return system_failure("fstat of an inherited file");
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  if (::pread(fd.number(), text.data(), text.size(), 0) != about.st_size)
    return system_failure("read of an inherited file");
  return text;
}

}  // namespace ntp
