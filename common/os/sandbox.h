// The doors that a process shuts behind itself: a promise is a constexpr table of the only
// system calls it will make, held by the kernel from then on; a call outside it ends the
// whole process (SIGSYS). Decides nothing about users and capabilities: that is privilege.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace ntp {

// How one argument of a call must look, after `& mask`.
enum class Match : std::uint8_t { anything, equal, not_equal, at_most };

// One line of a promise. Several lines may name the same call: any of them admits it.
//   {"write"}                                            whatever the arguments
//   {"fcntl", 1, Match::equal, F_GET_SEALS}              argument 1 (from 0) equals
//   {"openat", 2, Match::equal, 0, O_ACCMODE}            argument 2 & O_ACCMODE equals 0
struct Allow {
  const char* call = "";
  std::uint8_t argument = 0;
  Match match = Match::anything;
  std::uint64_t value = 0;
  std::uint64_t mask = UINT64_MAX;
};
using Promise = std::span<const Allow>;

// What the operator asked for by -F. `off` is for sanitizer builds and debugging only; the
// sanitizer build is always off.
enum class Filter : std::uint8_t { off = 0, on = 1 };

// True in builds whose instrumentation needs calls that no promise holds.
[[nodiscard]] constexpr bool is_sanitized_build() {
#ifdef MERIDIAN_SANITIZED
  return true;
#else
  return false;
#endif
}

// No new privileges, no memory that is both writable and executable (where the kernel knows
// PR_SET_MDWE), then the filter: everything outside `promise`, and every foreign calling
// convention, is KILL_PROCESS. Cannot be undone. A call name that libseccomp does not know
// is an error; one that this architecture lacks is skipped.
[[nodiscard]] Result<void> confine(Promise promise, Filter filter = Filter::on);

// Landlock: no path can be opened, made, removed or executed any more, no TCP port bound or
// connected, no process outside signalled; descriptors that are open keep working. Kernels
// without Landlock: done as far as they can, never an error. Call before `confine`.
// With `logs`: files in that folder may still be made and written.
[[nodiscard]] Result<void> deny_files(Filter filter = Filter::on, const std::string& logs = {});

// The same two in halves, for a program that prepares them and then becomes another: the filter's
// instructions (struct sock_filter) in memory without a name, and Landlock's rules. Closed where
// `confine` and `deny_files` would do nothing.
[[nodiscard]] Result<Fd> prepare_filter(Promise promise, Filter filter);
[[nodiscard]] Result<Fd> prepare_file_rules(Filter filter);

}  // namespace ntp
