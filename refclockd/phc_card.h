// A network card's clock as the kernel shows it: compared with our clocks, and stamping pulses on
// one of its pins. Decides nothing about the time.
#pragma once

#include <optional>
#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/os/phc.h"

namespace ntp::refclockd {

class PhcCard {
 public:
  // `parameter`: a device, or an interface whose card has one. An error names what is wrong.
  [[nodiscard]] static Result<PhcCard> open(const std::string& parameter, bool may_cross);

  // What the card shows and when. nullopt: the card failed.
  [[nodiscard]] std::optional<PhcLook> compare() { return comparison_.compare(fd_.number()); }

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
  PhcCard(Fd fd, bool may_cross, int pins)
      : fd_{std::move(fd)}, comparison_{may_cross}, pins_{pins} {}

  Fd fd_;
  PhcComparison comparison_;
  int pins_;
};

}  // namespace ntp::refclockd
