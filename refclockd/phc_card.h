// A network card's clock as the kernel shows it: compared with our clocks, and stamping pulses on
// one of its pins. Decides nothing about the time.
#pragma once

#include <optional>
#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "refclockd/look.h"

namespace ntp::refclockd {

class PhcCard {
 public:
  // `parameter`: a device, or an interface whose card has one. An error names what is wrong.
  [[nodiscard]] static Result<PhcCard> open(const std::string& parameter, bool may_cross);

  // What the card shows and when; the best way that works is kept. nullopt: the card failed.
  [[nodiscard]] std::optional<Look> compare();

  struct Pulses {
    unsigned pin = 0, channel = 0;
    bool on_clear = false;
  };
  // Makes the pin stamp pulses.
  [[nodiscard]] Result<void> stamp_pulses(const Pulses& wish);
  // The card's time of the next pulse on that channel; nullopt: none so far.
  [[nodiscard]] std::optional<Nanos> take_pulse(unsigned channel);
  [[nodiscard]] int fd() const { return fd_.number(); }

 private:
  enum class Way : std::uint8_t { precise, extended, plain, none };

  PhcCard(Fd fd, Way way, int pins) : fd_{std::move(fd)}, way_{way}, pins_{pins} {}
  [[nodiscard]] std::optional<Look> precise() const;
  [[nodiscard]] std::optional<Look> extended() const;
  [[nodiscard]] std::optional<Look> plain() const;

  Fd fd_;
  Way way_;
  int pins_;
  bool works_ = false;
};

}  // namespace ntp::refclockd
