// libseccomp for the filter, three raw calls for Landlock. The library is only used while
// the program starts: the finished filter lives in the kernel.
#include "common/os/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace ntp {

namespace {

// Newer than Debian 12's headers.
constexpr int pr_set_mdwe = 65;  // PR_SET_MDWE, kernel 6.3
constexpr unsigned long mdwe_refuse_exec_gain = 1;
struct LandlockRuleset {  // struct landlock_ruleset_attr of kernel 6.12
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scoped = 0;
};

scmp_arg_cmp compare(const Allow& allow) {
  const scmp_datum_t value = allow.value;
  switch (allow.match) {
    case Match::anything: break;
    case Match::equal: return {allow.argument, SCMP_CMP_MASKED_EQ, allow.mask, value};
    case Match::not_equal: return {allow.argument, SCMP_CMP_NE, value, 0};
    case Match::at_most: return {allow.argument, SCMP_CMP_LE, value, 0};
  }
  return {allow.argument, SCMP_CMP_GE, 0, 0};
}

Result<void> add(scmp_filter_ctx filter, const Allow& allow) {
  const int number = seccomp_syscall_resolve_name(allow.call);
  if (number == __NR_SCMP_ERROR) return failure(std::string{"no such system call: "} + allow.call);
  if (number < 0) return {};  // known, but not to this architecture
  const scmp_arg_cmp argument = compare(allow);
  const unsigned count = allow.match == Match::anything ? 0 : 1;
  const int refused = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, count, &argument);
  if (refused != 0 && refused != -EEXIST) {
    return system_failure(std::string{"filter rule for "} + allow.call, -refused);
  }
  return {};
}

// What each ABI of Landlock can hold; asking for more than the kernel knows is an error.
LandlockRuleset everything_known_to(int abi) {
  LandlockRuleset all{.files = (1ULL << 13) - 1};  // ABI 1: execute .. make_sym
  if (abi >= 2) all.files |= 1ULL << 13;           // refer
  if (abi >= 3) all.files |= 1ULL << 14;           // truncate
  if (abi >= 4) all.network = 3;                   // TCP bind, connect
  if (abi >= 5) all.files |= 1ULL << 15;           // ioctl on devices opened later
  if (abi >= 6) all.scoped = 3;                    // abstract sockets and signals outside
  return all;
}

Result<void> promise_no_gain() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_failure("PR_SET_NO_NEW_PRIVS");
  prctl(pr_set_mdwe, mdwe_refuse_exec_gain, 0, 0, 0);  // older kernels do not know it
  return {};
}

// Where that cannot be done the folder is shut like all others.
void spare_folder(const Fd& rules, const std::string& folder) {
  const Fd place{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  const landlock_path_beneath_attr beneath{
      .allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG,
      .parent_fd = place.number()};
  syscall(SYS_landlock_add_rule, rules.number(), LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
}

using Context = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

Result<Context> compile(Promise promise) {
  Context context{seccomp_init(SCMP_ACT_KILL_PROCESS), seccomp_release};
  if (!context) return failure("libseccomp cannot make a filter");
  // A foreign calling convention (i386, x32) would end one thread only by default.
  if (const int refused =
          seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
      refused != 0) {
    return system_failure("filter for foreign calls", -refused);
  }
  for (const Allow& allow : promise) NTP_TRY(add(context.get(), allow));
  return context;
}

}  // namespace

Result<void> confine(Promise promise, Filter filter) {
  if (is_sanitized_build()) return {};
  NTP_TRY(promise_no_gain());
  if (filter == Filter::off) return {};
  const auto context = NTP_TRY(compile(promise));
  if (const int refused = seccomp_load(context.get()); refused != 0) {
    return system_failure("load the system call filter", -refused);
  }
  return {};
}

Result<Fd> prepare_filter(Promise promise, Filter filter) {
  if (is_sanitized_build() || filter == Filter::off) return Fd{};
  const auto context = NTP_TRY(compile(promise));
  Fd memory{memfd_create("filter", MFD_CLOEXEC)};
  if (!memory.is_open()) return system_failure("memfd_create");
  if (const int refused = seccomp_export_bpf(context.get(), memory.number()); refused != 0)
    return system_failure("write the system call filter", -refused);
  return memory;
}

Result<Fd> prepare_file_rules(Filter filter) {
  if (is_sanitized_build() || filter == Filter::off) return Fd{};
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) return Fd{};  // no Landlock in this kernel, or not switched on
  const LandlockRuleset all = everything_known_to(static_cast<int>(abi));
  const std::size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
  Fd rules{static_cast<int>(syscall(SYS_landlock_create_ruleset, &all, size, 0))};
  if (!rules.is_open()) return system_failure("Landlock rules");
  return rules;
}

Result<void> deny_files(Filter filter, const std::string& logs) {
  const Fd rules = NTP_TRY(prepare_file_rules(filter));
  if (!rules.is_open()) return {};
  if (!logs.empty()) spare_folder(rules, logs);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_failure("PR_SET_NO_NEW_PRIVS");
  if (syscall(SYS_landlock_restrict_self, rules.number(), 0) != 0)
    return system_failure("Landlock");
  return {};
}

}  // namespace ntp
