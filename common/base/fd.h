// Ownership of one file descriptor. Closes it, moves it, never copies it.
// Does not open anything: that is common/os.
#pragma once

#include <unistd.h>

#include <utility>

namespace ntp {

class Fd {
 public:
  constexpr Fd() = default;
  constexpr explicit Fd(int number) : number_{number} {}
  Fd(Fd&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }

  [[nodiscard]] constexpr int number() const { return number_; }
  [[nodiscard]] constexpr bool is_open() const { return number_ >= 0; }

  void reset() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }
  // Gives the descriptor away; the caller closes it.
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

}  // namespace ntp
