// Integers to a daemon.
#include "clockd/hand_over.h"

#include <algorithm>

#include "common/base/log.h"

namespace ntp::clockd {

namespace {

constexpr std::int64_t most_number = 1023;              // of a descriptor
constexpr std::int64_t most_e15 = 100'000'000'000'000;  // of a rate: what the kernel can do
constexpr std::int64_t most_count = INT32_MAX;

constexpr std::int64_t most_span = 31;  // log2 s

struct Limit {
  std::int64_t HandOver::*field;
  std::int64_t least, most;
};
constexpr Limit limits[] = {
    {&HandOver::format, hand_over_format, hand_over_format},
    {&HandOver::step_threshold, -1, INT64_MAX},
    {&HandOver::step_updates, -most_count, most_count},
    {&HandOver::first_step, -1, INT64_MAX},
    {&HandOver::correction_ratio, 0, 1'000'000'000'000},
    {&HandOver::fallback_least, 0, most_span},
    {&HandOver::fallback_most, -1, most_span},
    {&HandOver::change_offset, -1, INT64_MAX},
    {&HandOver::change_start, 0, most_count},
    {&HandOver::change_ignore, -most_count, most_count},
    {&HandOver::most_rate, 0, most_e15},
    {&HandOver::most_slew_rate, 0, most_e15},
    {&HandOver::may_write_rtc, 0, 1},
    {&HandOver::leap_mode, 0, std::to_underlying(LeapMode::ignore)},
    {&HandOver::leap_change, -1, 1},
    {&HandOver::leap_at, 0, latest_time.since_zero.count()},
    {&HandOver::tai, 0, 1000},
    {&HandOver::feeder, 0, UINT32_MAX},
    {&HandOver::is_dry_run, 0, 1},
    {&HandOver::run_for, 0, INT64_MAX},
    {&HandOver::log_style, 0, std::to_underlying(LogStyle::syslog)},
    {&HandOver::log, 2, most_number},
    {&HandOver::listener, 3, most_number},
    {&HandOver::store, -1, most_number},
    {&HandOver::notifier, -1, most_number},
    {&HandOver::parent, -1, most_number},
    {&HandOver::leaps, -1, most_number},
    {&HandOver::file_rules, -1, most_number},
    {&HandOver::filter, -1, most_number},
};

Fd own(std::int64_t number) { return Fd{static_cast<int>(number)}; }

Policy to_policy(const HandOver& from) {
  Policy policy{.correction_ratio = static_cast<double>(from.correction_ratio) * 1e-6,
                .most_rate = rate_from_e15(from.most_rate),
                .most_slew_rate = rate_from_e15(from.most_slew_rate),
                .leap_mode = LeapMode{static_cast<std::uint8_t>(from.leap_mode)},
                .may_write_rtc = from.may_write_rtc != 0};
  if (from.step_threshold >= 0) {
    policy.makestep = {Nanos{from.step_threshold}, static_cast<int>(from.step_updates)};
  }
  if (from.first_step >= 0) policy.first_step = Nanos{from.first_step};
  if (from.change_offset >= 0) {
    policy.maxchange = {Nanos{from.change_offset}, static_cast<int>(from.change_start),
                        static_cast<int>(from.change_ignore)};
  }
  return policy;
}

Equipment to_equipment(const HandOver& from) {
  const Policy policy = to_policy(from);
  const LeapEvent leap{.at = {Nanos{from.leap_at}}, .change = static_cast<int>(from.leap_change)};
  return {.policy = policy,
          .feeder = static_cast<uid_t>(from.feeder),
          .dry_run = from.is_dry_run != 0,
          .fallback = Fallback{{static_cast<int>(from.fallback_least),
                                static_cast<int>(from.fallback_most)}},
          .leaps = LeapWatch{leap, policy.leap_mode},
          .tai = static_cast<int>(from.tai),
          .store = Store{own(from.store),
                         {static_cast<std::uint64_t>(from.boot_high),
                          static_cast<std::uint64_t>(from.boot_low)}},
          .notifier = Notifier{own(from.notifier)},
          .run_for = from.run_for > 0 ? std::optional{Nanos{from.run_for}} : std::nullopt};
}

}  // namespace

Result<Taken> take_hand_over(int fd) {
  HandOver from;
  const Fd page{fd};
  if (pread(page.number(), &from, sizeof from, 0) != sizeof from)
    return failure("nothing was handed over: this program is started by clockd(8)");
  for (const Limit& limit : limits) {
    if (from.*limit.field < limit.least || from.*limit.field > limit.most)
      return failure("what clockd(8) handed over is not of this version");
  }
  open_log(static_cast<int>(from.log), LogStyle{static_cast<std::uint8_t>(from.log_style)},
           Severity::info, "clockd");
  auto board = NTP_TRY(StatusWriter::create(static_cast<std::uint64_t>(from.session)));
  Daemon daemon{.with = to_equipment(from),
                .visitors = Visitors{own(from.listener), own(from.leaps)},
                .board = std::move(board)};
  daemon.status.generation = static_cast<std::uint64_t>(from.generation);
  return Taken{std::move(daemon), {own(from.file_rules), own(from.filter)}, own(from.parent)};
}

}  // namespace ntp::clockd
