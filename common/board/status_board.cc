// StatusRecord as words, and back with its form checked.
#include "common/board/status_board.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "common/board/estimate_board.h"

namespace ntp {

namespace {

constexpr std::size_t refusals_at = 18;
constexpr std::size_t reserved_at = 13;

constexpr std::uint64_t as_word(std::int64_t value) { return std::bit_cast<std::uint64_t>(value); }
constexpr std::uint64_t as_word(Nanos value) { return as_word(value.count()); }
constexpr Nanos as_nanos(std::uint64_t word) { return Nanos{std::bit_cast<std::int64_t>(word)}; }
constexpr Rate as_rate(std::uint64_t word) {
  return rate_from_e15(std::bit_cast<std::int64_t>(word));
}

}  // namespace

Words<Layout<StatusRecord>::words> Layout<StatusRecord>::encode(const StatusRecord& record) {
  Words<words> to{
      record.generation,
      record.accepted,
      std::uint64_t{std::to_underlying(record.state)} | std::uint64_t{record.dry_run} << 8 |
          std::uint64_t{std::to_underlying(record.leap)} << 16,
      as_word(record.read_at.since_zero),
      as_word(record.error),
      as_word(record.bound),
      as_word(rate_to_e15(record.base_rate)),
      as_word(rate_to_e15(record.learnt_rate)),
      as_word(record.last_step_at.since_zero),
      as_word(record.last_step),
      record.steps,
      record.last_accepted_sequence,
      as_word(record.budget_left),
  };
  std::ranges::copy(record.refusals, to.begin() + refusals_at);
  return to;
}

std::optional<StatusRecord> Layout<StatusRecord>::decode(const Words<words>& from) {
  const std::uint64_t small = from[2];
  const auto state = small & 0xff, dry_run = small >> 8 & 0xff, leap = small >> 16 & 0xff;
  if (state > std::to_underlying(ClockState::refused) || dry_run > 1 ||
      leap > std::to_underlying(Leap::unsynchronised) || small >> 24 != 0) {
    return std::nullopt;
  }
  for (auto i = reserved_at; i < refusals_at; ++i) {
    if (from[i] != 0) return std::nullopt;
  }
  StatusRecord record{
      .generation = from[0],
      .accepted = from[1],
      .state = ClockState{static_cast<std::uint8_t>(state)},
      .dry_run = dry_run == 1,
      .leap = Leap{static_cast<std::uint8_t>(leap)},
      .read_at = {as_nanos(from[3])},
      .error = as_nanos(from[4]),
      .bound = as_nanos(from[5]),
      .base_rate = as_rate(from[6]),
      .learnt_rate = as_rate(from[7]),
      .last_step_at = {as_nanos(from[8])},
      .last_step = as_nanos(from[9]),
      .steps = from[10],
      .last_accepted_sequence = from[11],
      .budget_left = as_nanos(from[12]),
  };
  std::ranges::copy_n(from.begin() + refusals_at, refusal_kinds, record.refusals.begin());
  return record;
}

}  // namespace ntp
