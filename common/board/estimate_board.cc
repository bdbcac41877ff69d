// EstimateRecord as words, and back with nothing but its form checked.
#include "common/board/estimate_board.h"

#include <bit>
#include <cmath>
#include <utility>

namespace ntp {

namespace {

constexpr std::uint64_t as_word(std::int64_t value) { return std::bit_cast<std::uint64_t>(value); }
constexpr std::uint64_t as_word(Nanos value) { return as_word(value.count()); }
constexpr Nanos as_nanos(std::uint64_t word) { return Nanos{std::bit_cast<std::int64_t>(word)}; }

}  // namespace

std::int64_t rate_to_e15(Rate rate) {
  const double e15 = rate.fraction * 1e15;
  if (!(e15 == e15)) return 0;
  if (e15 >= 9e18) return INT64_C(9000000000000000000);
  if (e15 <= -9e18) return INT64_C(-9000000000000000000);
  return std::llround(e15);
}

Words<16> Layout<EstimateRecord>::encode(const EstimateRecord& record) {
  const auto& line = record.line;
  return {
      magic,
      board_version,
      record.session,
      record.sequence,
      as_word(record.published.since_zero),
      as_word(line.anchor.since_zero),
      as_word(line.utc.since_zero),
      as_word(rate_to_e15(line.rate)),
      as_word(line.bound),
      as_word(rate_to_e15(line.bound_growth)),
      as_word(line.deviation),
      as_word(record.sample_interval),
      as_word(record.tracking_deviation),
      as_word(record.root_distance),
      std::uint64_t{std::to_underlying(record.leap)} | std::uint64_t{record.stratum} << 8 |
          std::uint64_t{record.sources} << 16,
      as_word(record.time_scale),
  };
}

std::optional<EstimateRecord> Layout<EstimateRecord>::decode(const Words<16>& from) {
  if (from[0] != magic || from[1] != board_version) return std::nullopt;
  const std::uint64_t small = from[14];
  const auto leap = static_cast<std::uint8_t>(small & 0xff);
  if (leap > std::to_underlying(Leap::unsynchronised) || small >> 24 != 0) return std::nullopt;
  return EstimateRecord{
      .session = from[2],
      .sequence = from[3],
      .published = {as_nanos(from[4])},
      .line = {.anchor = {as_nanos(from[5])},
               .utc = {as_nanos(from[6])},
               .rate = rate_from_e15(std::bit_cast<std::int64_t>(from[7])),
               .bound = as_nanos(from[8]),
               .bound_growth = rate_from_e15(std::bit_cast<std::int64_t>(from[9])),
               .deviation = as_nanos(from[10])},
      .sample_interval = as_nanos(from[11]),
      .time_scale = as_nanos(from[15]),
      .tracking_deviation = as_nanos(from[12]),
      .root_distance = as_nanos(from[13]),
      .leap = Leap{leap},
      .stratum = static_cast<std::uint8_t>(small >> 8 & 0xff),
      .sources = static_cast<std::uint8_t>(small >> 16 & 0xff),
  };
}

}  // namespace ntp
