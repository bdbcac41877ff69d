// See second_look.h.
#include "common/sync/second_look.h"

#include <algorithm>
#include <cmath>

#include "common/sync/regression.h"

namespace ntp {
namespace {

struct Straight {
  double offset = 0;    // now, s
  double variance = 0;  // of it, s^2
  bool is_straight = false;
};

// Through the quick ones, in order of time, to `now`; each is known to their spread.
Straight line_through(std::span<const TimedDelays> quick, double now, double spread) {
  std::array<Point, second_look::kept> points;
  double middle = 0, lever = 0;
  for (std::size_t i = 0; i < quick.size(); ++i) {
    points[i] = {quick[i].time - now, quick[i].delays.offset()};
    middle += points[i].time / static_cast<double>(quick.size());
  }
  for (std::size_t i = 0; i < quick.size(); ++i) lever += square(points[i].time - middle);
  const LineFit fit =
      fit_newest(std::span{points}.first(quick.size()), static_cast<int>(quick.size()));
  const double since = std::max(0.0, now - quick.back().time);
  return {.offset = fit.value,
          .variance = square(spread) * (1 / static_cast<double>(quick.size()) +
                                        square(middle) / std::max(lever, 1.0)) +
                      square(second_look::wander) * since * since * since / 3,
          .is_straight = fit.deviation <= spread};
}

}  // namespace

void SecondLook::note(const TimedDelays& exchange, double offset, double rate) {
  const Seen seen{.exchange = exchange,
                  .astray = std::abs(exchange.delays.offset() - offset),
                  .trip = exchange.delays.round_trip(rate)};
  if (count_ > 0) {
    Seen& last = seen_[(next_ + second_look::kept - 1) % second_look::kept];
    if (exchange.time - last.exchange.time < second_look::apart) {
      if (seen.trip < last.trip) last = seen;
      return;
    }
  }
  seen_[next_] = seen;
  next_ = (next_ + 1) % second_look::kept;
  count_ = std::min(count_ + 1, second_look::kept);
}

std::optional<QuickPackets> SecondLook::refute(double offset, double now, double sharpness) {
  if (count_ < second_look::least) return std::nullopt;
  const auto [least, spread] = quickest();
  if (spread <= 0 || spread > second_look::most_spread * sharpness) return std::nullopt;
  QuickPackets quick{.spread = spread};
  std::size_t were_astray = 0, late_since = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    const Seen& seen = seen_[(next_ + second_look::kept - count_ + i) % second_look::kept];
    ++late_since;
    if (seen.trip - least >= second_look::reach * spread) continue;
    late_since = 0;
    quick.exchanges[quick.count++] = seen.exchange;
    were_astray += seen.astray > second_look::refuting * spread ? 1 : 0;
  }
  const Straight line = line_through(quick.all(), now, spread);
  quick.correction = line.offset - offset;
  const double size = std::abs(quick.correction);
  if (!line.is_straight || size < second_look::refuting * (spread + std::sqrt(line.variance)))
    return std::nullopt;
  const double led_astray = least + second_look::late_enough * size;
  if (2 * were_astray <= quick.count && !has_gone_since(late_since, led_astray))
    return std::nullopt;
  count_ = next_ = 0;
  return quick;
}

// The least round trip, and how much more the slowest of those has that are surely quick.
std::pair<double, double> SecondLook::quickest() const {
  std::array<double, second_look::kept> trips;
  std::transform(seen_.begin(), seen_.end(), trips.begin(), [](const Seen& s) { return s.trip; });
  const auto all = std::span{trips}.first(count_);
  const std::size_t sure = std::max(second_look::least_quick, count_ / second_look::share);
  std::ranges::nth_element(all, all.begin() + static_cast<std::ptrdiff_t>(sure - 1));
  const double least = std::ranges::min(all.first(sure));
  return {least, all[sure - 1] - least};
}

// In the last `count` packets, by late ones alone. Later than in a start the line has had time to
// learn what the path is, and what moves it is more often right.
bool SecondLook::has_gone_since(std::size_t count, double led_astray) const {
  if (count_ == second_look::kept) return false;
  for (std::size_t i = 1; i <= count; ++i) {
    if (seen_[(next_ + second_look::kept - i) % second_look::kept].trip <= led_astray) return false;
  }
  return true;
}

}  // namespace ntp
