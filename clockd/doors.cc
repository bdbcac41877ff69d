// Five calls to the kernel, raw: the libraries that know them stayed behind in the starter.
#include "clockd/doors.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>

namespace ntp::clockd {

namespace {

constexpr int pr_set_mdwe = 65;  // PR_SET_MDWE, kernel 6.3: no memory becomes executable
constexpr unsigned long mdwe_refuse_exec_gain = 1;

// The one that came through exec as ambient stays, and can be handed on no further.
Result<void> keep_sys_time_alone() {
  __user_cap_header_struct head{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> held{};
  if (syscall(SYS_capget, &head, held.data()) != 0) return system_failure("capget");
  const auto kept = held[0].permitted & CAP_TO_MASK(CAP_SYS_TIME);
  held = {{{.effective = kept, .permitted = kept, .inheritable = 0}, {}}};
  if (syscall(SYS_capset, &head, held.data()) != 0) return system_failure("capset");
  return {};
}

Result<void> load(const Fd& filter) {
  std::array<sock_filter, 512> code{};
  const ssize_t size = pread(filter.number(), code.data(), sizeof code, 0);
  if (size <= 0 || size == sizeof code) return failure("the system call filter is not one");
  const sock_fprog program{.len = static_cast<unsigned short>(size / sizeof(sock_filter)),
                           .filter = code.data()};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
    return system_failure("load the system call filter");
  return {};
}

}  // namespace

Result<void> shut(const Doors& doors) {
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return system_failure("PR_SET_DUMPABLE");
  NTP_TRY(keep_sys_time_alone());
  if (doors.file_rules.is_open() &&
      syscall(SYS_landlock_restrict_self, doors.file_rules.number(), 0) != 0)
    return system_failure("Landlock");
  if (!doors.filter.is_open()) return {};
  prctl(pr_set_mdwe, mdwe_refuse_exec_gain, 0, 0, 0);  // older kernels do not know it
  return load(doors.filter);
}

}  // namespace ntp::clockd
