// Text and TZif to the same table.
#include "common/time/leap_table.h"

#include <algorithm>
#include <bit>

#include "common/base/text.h"

namespace ntp {

namespace {

constexpr std::int64_t ntp_epoch = 2'208'988'800;  // s from 1900 to 1970
constexpr int first_tai = 10;                      // TAI - UTC on 1972-01-01

Result<void> append(LeapTable& table, std::int64_t unix_seconds, int tai) {
  if (table.count == LeapTable::most_events) return failure("too many leap seconds");
  const UtcTime at{std::chrono::seconds{unix_seconds}};
  const bool is_first = table.count == 0;
  const LeapEvent& last = table.all[is_first ? 0 : table.count - 1];
  const int change = is_first ? 0 : tai - last.tai;
  if (!is_first && (at <= last.at || (change != 1 && change != -1)))
    return failure("leap seconds out of order");
  if (unix_seconds < 0 || unix_seconds > 7'258'118'400 || tai < 0 || tai > 1000)
    return failure("leap second out of range");
  table.all[table.count++] = {at, tai, change};
  return {};
}

Result<void> take_list_line(LeapTable& table, std::string_view line) {
  if (line.starts_with("#@")) {
    const auto expires = parse_integer<std::int64_t>(trim(line.substr(2)));
    if (!expires || *expires < ntp_epoch || *expires > 1'000'000'000'000)
      return failure("the expiry does not parse");
    table.expires = UtcTime{std::chrono::seconds{*expires - ntp_epoch}};
    return {};
  }
  line = trim(line.substr(0, line.find('#')));
  if (line.empty()) return {};
  const auto words = split_words(line);
  const auto at = parse_integer<std::int64_t>(words[0]);
  const auto tai = words.size() == 2 ? parse_integer<int>(words[1]) : std::nullopt;
  if (!at || !tai || *at < ntp_epoch || *at > 1'000'000'000'000)
    return failure("a line is not TIME OFFSET");
  return append(table, *at - ntp_epoch, *tai);
}

// The six counts of a TZif header (RFC 8536 section 3.1).
struct ZoneCounts {
  std::uint32_t utc_flags, standard_flags, leaps, times, types, letters;

  [[nodiscard]] std::uint64_t size_before_leaps(unsigned time_size) const {
    return std::uint64_t{times} * (time_size + 1) + std::uint64_t{types} * 6 + letters;
  }
  [[nodiscard]] std::uint64_t size(unsigned time_size) const {
    return size_before_leaps(time_size) + std::uint64_t{leaps} * (time_size + 4) + standard_flags +
           utc_flags;
  }
};

Result<ZoneCounts> take_zone_header(Cursor& in) {
  if (in.remaining() < 44) return failure("the zone file is cut short");
  if (in.take<std::uint32_t>() != 0x545a'6966) return failure("not a zone file");  // "TZif"
  if (in.take<std::uint8_t>() < '2') return failure("the zone file has no 64-bit times");
  in.skip(15);
  ZoneCounts counts{};
  for (auto* count : {&counts.utc_flags, &counts.standard_flags, &counts.leaps, &counts.times,
                      &counts.types, &counts.letters}) {
    *count = in.take<std::uint32_t>();
  }
  return counts;
}

}  // namespace

int LeapTable::tai_at(UtcTime when) const {
  int tai = 0;
  for (const LeapEvent& event : events()) {
    if (event.at <= when) tai = event.tai;
  }
  return tai;
}

const LeapEvent* LeapTable::next_after(UtcTime when) const {
  const auto found = std::ranges::find_if(
      events(), [&](const LeapEvent& e) { return e.change != 0 && e.at > when; });
  return found == events().end() ? nullptr : &*found;
}

Result<LeapTable> parse_leap_list(std::string_view text) {
  LeapTable table;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    NTP_TRY(take_list_line(table, text.substr(0, end)));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  if (table.count == 0 || !table.expires)
    return failure("no leap seconds or no expiry in the list");
  return table;
}

Result<LeapTable> parse_leap_zone(Octets file) {
  Cursor in{file};
  const auto old = NTP_TRY(take_zone_header(in));
  if (old.size(4) > in.remaining()) return failure("the zone file is cut short");
  in.skip(old.size(4));
  const auto counts = NTP_TRY(take_zone_header(in));
  if (counts.size(8) > in.remaining()) return failure("the zone file is cut short");
  in.skip(counts.size_before_leaps(8));
  if (counts.leaps == 0) return failure("the zone knows no leap seconds");
  LeapTable table;
  NTP_TRY(append(table, 63'072'000, first_tai));  // 1972-01-01
  int before = 0;
  for (std::uint32_t i = 0; i < counts.leaps; ++i) {
    const auto at = std::bit_cast<std::int64_t>(in.take<std::uint64_t>());
    const auto total = std::bit_cast<std::int32_t>(in.take<std::uint32_t>());
    if (total < -100 || total > 100 || at < 0 || at > 7'258'118'400)
      return failure("leap second out of range");
    // `at` counts the leap seconds before it, and names 23:59:60 of an inserted one.
    const int extra = total > before ? total - 1 : total;
    NTP_TRY(append(table, at - extra, first_tai + total));
    before = total;
  }
  return table;
}

}  // namespace ntp
