// See first_exchanges.h.
#include "common/sync/first_exchanges.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <ranges>

#include "common/sync/line_params.h"
#include "common/sync/regression.h"

namespace ntp {
namespace {

double trip_of(const TimedDelays& exchange) { return exchange.delays.round_trip(0); }

// Of the delays of one direction about a straight line, s: a rate makes one of them.
double spread_of(std::span<const TimedDelays> batch, double Delays::*way) {
  std::array<Point, line::first_exchanges> points;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    points[i] = {batch[i].time - batch.front().time,
                 batch[i].delays.*way - batch.front().delays.*way};
  }
  return fit_newest(std::span{points}.first(batch.size()), static_cast<int>(batch.size()))
      .deviation;
}

// Those that took the shorter of two paths, if there are two: in order of round trip each path's
// are close together, and the two far apart. A queue's are not close together.
std::span<const TimedDelays> shorter_path(std::span<TimedDelays> batch) {
  std::ranges::sort(batch, {}, trip_of);
  for (std::size_t n = line::least_of_path; n + line::least_of_path <= batch.size(); ++n) {
    const double spread = std::max(trip_of(batch[n - 1]) - trip_of(batch.front()),
                                   trip_of(batch.back()) - trip_of(batch[n]));
    const double gap = trip_of(batch[n]) - trip_of(batch[n - 1]);
    if (gap > line::gap_in_spreads * spread) return batch.first(n);
  }
  return batch;
}

}  // namespace

Sharpness first_scale(std::span<const TimedDelays> batch, double spread_in_scales) {
  std::array<TimedDelays, line::first_exchanges> copy;
  std::ranges::copy(batch, copy.begin());
  const auto alike = shorter_path(std::span{copy}.first(batch.size()));
  const double least = std::ranges::min(alike | std::views::transform(trip_of));
  const double sum = std::transform_reduce(alike.begin(), alike.end(), 0.0, std::plus{}, trip_of);
  const double spread = sum / static_cast<double>(alike.size()) - least;
  const double floor = line::least_batch_scale * least;
  const double both = std::max({spread / spread_in_scales, floor, 0.0});
  if (batch.size() < line::least_for_ways) return {both, both};
  const auto scale_of = [&](double Delays::*way) {
    const double alone = std::max(spread_of(alike, way), floor);
    return alone < line::sharper_way * both ? alone : both;
  };
  return {scale_of(&Delays::up), scale_of(&Delays::down)};
}

bool is_first_astray(std::span<const TimedDelays> batch, double rate) {
  if (batch.size() < line::least_agreement) return false;
  const auto agrees = [&](const TimedDelays& a, const TimedDelays& b) {
    const double passed = b.time - a.time;
    const double reach = (trip_of(a) + trip_of(b)) / 2;
    return std::abs(b.delays.offset() - a.delays.offset() - rate * passed) <=
           reach + line::most_rate_error * passed;
  };
  const auto later = batch.subspan(1);
  return std::ranges::none_of(later, [&](const auto& e) { return agrees(batch[0], e); }) &&
         std::ranges::all_of(later, [&](const auto& e) { return agrees(later[0], e); });
}

}  // namespace ntp
