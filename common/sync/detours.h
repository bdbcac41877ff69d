// The other ways that a source's packets take: a route that flaps or was laid anew, a box that
// holds one direction. On each of them delays are as sharp as on the known path, at a level of
// their own. So many samples at one level are a way; from then on a sample of that level, with the
// level taken off its delays, is as good as any other. A queue is not sharp, and no way.
// Knows no filter; what a level gives to each direction is as good as the line it is told by.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "common/sync/delays.h"
#include "common/sync/detour_params.h"
#include "common/sync/first_exchanges.h"

namespace ntp {

// Delays of a sample beyond the known path's base, by the line, s.
struct Excess {
  double up = 0, down = 0;
  double time = 0;       // of the sample, s since any zero
  double deviation = 0;  // of the line's offset: so much may be in the wrong direction
  [[nodiscard]] double both() const { return up + down; }
  [[nodiscard]] double uneven() const { return (up - down) / 2; }
};

class Detours {
 public:
  // One way, as against the known path.
  struct Known {
    double least = 0;         // round trip seen beyond the known path's, s
    double first = 0;         // ... when the way was learnt
    double uneven = 0;        // half of what up has more than down, s
    double variance = 0;      // of it, s^2
    double wait = 0;          // noise scale, s
    int samples = 0;          // that `least` rests on
    int age = 0;              // samples since it was taken
    bool is_settled = false;  // `uneven` is more than what the line said at first

    [[nodiscard]] double up() const { return both() / 2 + uneven; }
    [[nodiscard]] double down() const { return both() / 2 - uneven; }
    [[nodiscard]] double both() const;
    [[nodiscard]] TimedDelays taken_off(TimedDelays exchange) const;
    // Both directions alike, or one alone: what is so within the doubt (s) is taken to be so.
    void believe_simplest(double doubt);

    [[nodiscard]] bool has_made(const Excess& seen) const;
    [[nodiscard]] bool fits(const Excess& seen) const;
    // The sample, which is none of the known path's, came before any can by this way.
    [[nodiscard]] bool is_undercut_by(const Excess& seen, double path_wait) const;
    [[nodiscard]] double doubt(const Excess& seen) const;
  };

  // The way that a sample took; nothing: the known path, or one that is not known yet, or a queue
  // that hides which. `wait`: the known path's noise scale, s.
  const Known* way_of(const Excess& seen, double wait);
  // What the last samples took; of the index only that it names the way.
  [[nodiscard]] const Known* way() const { return way_ ? &known_[*way_] : nullptr; }
  [[nodiscard]] std::optional<std::size_t> way_index() const { return way_; }
  // The last samples took this way, which is new: beyond the one that they seemed to take.
  const Known* take(Known known);
  // What the line found out about a way's division: a correction and its variance.
  void settle(std::size_t index, double uneven, double variance);
  // The known path's base delay changed by so much, s: the ways stay where they are.
  void shift(double base);

 private:
  // Samples of no known level, the newest first, so far apart that each has its own queue.
  struct Strange {
    std::array<Excess, detour::kept> kept{};
    std::size_t count = 0;
    bool note(const Excess& seen);
    [[nodiscard]] std::span<const Excess> all() const { return std::span{kept}.first(count); }
  };

  const Known* on(std::size_t index, const Excess& seen);
  void forget(std::size_t index);
  const Known* hear_of(const Excess& seen, double wait, bool is_late);
  [[nodiscard]] std::optional<Known> learn_late(double wait) const;
  [[nodiscard]] std::optional<Known> learn_two_groups() const;
  [[nodiscard]] int turns_about(double border) const;
  static std::optional<Known> judge(std::span<Excess> alike, double wait);
  [[nodiscard]] Known* near(const Known& level);
  Known& free_place();
  std::size_t put(const Known& known, Known& place);

  std::array<Known, 4> known_{};
  std::size_t known_count_ = 0;
  Strange late_{};    // of any time
  Strange recent_{};  // the last ones, late or not
  std::optional<std::size_t> way_{};
  int in_a_row_ = 0;  // samples of a known level
};

}  // namespace ntp
