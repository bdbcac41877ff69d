// Waits for descriptors with poll(2) and reports them by role, so that a program's loop is one
// switch over its own roles. Plain poll on purpose: it is what the simulator of system calls
// offers. Owns no descriptor, calls nothing back, knows no timer but the timeout it is given.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "common/base/result.h"
#include "common/time/instants.h"

namespace ntp {

// What woke us. `error` is POLLERR or POLLPRI (a socket's error queue: transmit stamps),
// `hangup` the other end gone.
struct Wake {
  int fd = -1;
  std::uint8_t role = 0;
  int index = 0;
  bool readable = false;
  bool error = false;
  bool hangup = false;
};

namespace detail {

// The part of `Poller` that does not depend on the program's roles.
class PollSet {
 public:
  static constexpr int capacity = 256;

  // Also asks for the error queue. REQUIRES: `fd` is open and not yet watched, room left.
  void watch(int fd, std::uint8_t role, int index);
  void clear() { count_ = 0; }
  [[nodiscard]] bool is_full() const { return count_ == capacity; }

  // Blocks until something happens or `timeout` has passed (rounded up to a millisecond; negative
  // = for ever). A signal ends the wait with nothing. The span is valid until the next call.
  [[nodiscard]] Result<std::span<const Wake>> wait(Nanos timeout);

 private:
  struct Watched {
    int fd;
    std::uint8_t role;
    int index;
  };
  std::array<Watched, capacity> watched_{};
  std::array<Wake, capacity> woken_{};
  int count_ = 0;
};

}  // namespace detail

// REQUIRES: `Role` is an enumeration over std::uint8_t.
template <typename Role>
class Poller {
 public:
  void watch(int fd, Role role, int index = 0) {
    set_.watch(fd, static_cast<std::uint8_t>(role), index);
  }
  // Watches nothing any more: a loop may say anew before each wait what it watches, so that a
  // closed descriptor is never among it.
  void clear() { set_.clear(); }
  [[nodiscard]] bool is_full() const { return set_.is_full(); }
  [[nodiscard]] Result<std::span<const Wake>> wait(Nanos timeout) { return set_.wait(timeout); }
  [[nodiscard]] static Role role_of(const Wake& wake) { return static_cast<Role>(wake.role); }

 private:
  detail::PollSet set_;
};

}  // namespace ntp
