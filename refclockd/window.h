// Many looks become one sample: the looks of one poll interval, freed of outliers and averaged
// along a straight line over the raw clock. Pure arithmetic; knows no driver.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "common/time/instants.h"

namespace ntp::refclockd {

struct Placed {
  RawTime raw{};
  UtcTime utc{};
};

struct Filtered {
  Placed mean{};       // on the line, at the mean time of the looks that counted
  Nanos deviation{0};  // one standard deviation of those looks
  Nanos spread{0};     // see spread_least_used; 0 with fewer looks
  std::size_t used = 0, left_out = 0;
};

// From so many looks on `spread` is a draw of the noise in `mean`: half of what the mean of every
// other look differs from that of the rest. As large as the mean's own error, and independent.
inline constexpr std::size_t spread_least_used = 4;

class Window {
 public:
  static constexpr std::size_t most = 256;

  // `length`: chrony's `filter`; the last so many looks count. At least 1.
  explicit Window(std::size_t length);

  void take(const Placed& look);
  [[nodiscard]] std::size_t count() const { return count_; }
  // What the window says; it is empty afterwards. nullopt without a look.
  [[nodiscard]] std::optional<Filtered> drain();

 private:
  std::array<Placed, most> ring_{};
  std::size_t length_, count_ = 0, next_ = 0;
};

}  // namespace ntp::refclockd
