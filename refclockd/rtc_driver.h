// The driver of a hardware clock, apart from its device, so that a fake world can stand in.
#pragma once

#include <utility>

#include "common/os/rtc_device.h"
#include "refclockd/look.h"

namespace ntp::refclockd {

class RtcDriver final : public Driver {
 public:
  explicit RtcDriver(std::unique_ptr<RtcDevice> device)
      : device_{std::move(device)}, fd_{device_->hear_ticks()} {}

  [[nodiscard]] Result<Look, Nothing> look(Clocks& clocks) override;
  [[nodiscard]] int fd() const override { return fd_; }

 private:
  struct Shown {
    RawTime raw{};
    UtcTime utc{};
  };
  std::unique_ptr<RtcDevice> device_;
  int fd_;
  std::optional<Shown> last_;
};

}  // namespace ntp::refclockd
