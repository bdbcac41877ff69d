// ENSURE: our own mistakes stop the program, in release builds too; a supervisor
// starts it again. Never for what a peer, the operator or the world did.
#pragma once

namespace ntp {

[[noreturn]] void ensure_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace ntp

#define ENSURE(condition) \
  (static_cast<bool>(condition) ? void(0) : ::ntp::ensure_failed(#condition, __FILE__, __LINE__))
