// The forms of time that people type: tables for strptime, and before a time of day the words that
// count from now, with chronyc's meaning. A time without a date is today's, one without a zone is
// local, a date without a time is its midnight; what no form matches wholly is refused.
#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <span>

#include "common/base/text.h"
#include "syncctl/change.h"

namespace ntp::syncctl {

namespace {

using std::chrono::seconds;

constexpr std::array dates{"%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y",    "%m/%d/%Y",    "%d %b %Y",
                           "%b %d %Y", "%d-%b-%Y", "%a %d %b %Y", "%a %b %d %Y", "%Y%m%d"};
constexpr double farthest = 9e9;  // s from 1970: what counts as nanoseconds still
constexpr int most_units = 1'000'000;

constexpr std::array times{"%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I %p", "%H%M%S"};

// Blanks for commas and for the T of ISO 8601, one blank for several, "pm" off its number.
std::string in_plain_words(std::string_view text) {
  std::string plain;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char before = i > 0 ? text[i - 1] : ' ', after = i + 1 < text.size() ? text[i + 1] : ' ';
    char c = text[i] == ',' || text[i] == '\t' ? ' ' : text[i];
    if (c == 'T' && is_digit(before) && is_digit(after)) c = ' ';
    const bool is_half = (c | 0x20) == 'a' || (c | 0x20) == 'p';
    if (is_half && is_digit(before) && (after | 0x20) == 'm') plain += ' ';
    if (c != ' ' || (!plain.empty() && plain.back() != ' ')) plain += c;
  }
  while (plain.ends_with(' ')) plain.pop_back();
  return plain;
}

struct Zoned {
  std::string rest;
  std::optional<seconds> east{};  // of UTC; nullopt = local time
};

// "+0530", "+05:30", "-08" behind a time.
std::optional<Zoned> take_numeric_zone(const std::string& text) {
  const auto sign = text.find_last_of("+-");
  const auto colon = text.find(':');
  if (sign == text.npos || colon == text.npos || sign < colon) return std::nullopt;
  std::string digits;
  for (const char c : text.substr(sign + 1))
    if (c != ':') digits += c;
  const auto number = parse_integer<int>(digits);
  if (!number || (digits.size() != 2 && digits.size() != 4)) return std::nullopt;
  const int hours = digits.size() == 2 ? *number : *number / 100;
  const int minutes = digits.size() == 2 ? 0 : *number % 100;
  if (hours > 14 || minutes > 59) return std::nullopt;
  const seconds east{(hours * 60 + minutes) * 60 * (text[sign] == '-' ? -1 : 1)};
  return Zoned{std::string{trim(text.substr(0, sign))}, east};
}

// `date` prints the zone between time and year: it is taken from there, too.
Zoned take_zone(std::string text) {
  for (const std::string_view zone : {"UTC", "GMT", "Z"}) {
    const auto at = text.rfind(zone);
    if (at == text.npos || at == 0) continue;
    const bool is_last = at + zone.size() == text.size();
    const bool is_word = text[at - 1] == ' ' && (is_last || text[at + zone.size()] == ' ');
    if (!is_word && !(is_last && zone == "Z")) continue;
    text.erase(at, zone.size());
    return {in_plain_words(text), seconds{0}};
  }
  if (auto zoned = take_numeric_zone(text)) return *std::move(zoned);
  return {std::move(text)};
}

std::optional<std::tm> match(const std::string& text, const std::string& format, std::tm today) {
  today.tm_hour = today.tm_min = today.tm_sec = 0;
  const char* const end = strptime(text.c_str(), format.c_str(), &today);
  return end != nullptr && *end == '\0' ? std::optional{today} : std::nullopt;
}

std::optional<std::tm> match_time(const std::string& text, const std::tm& today) {
  for (const std::string time : times)
    if (const auto found = match(text, time, today)) return found;
  return std::nullopt;
}

std::optional<std::tm> match_any(const std::string& text, const std::tm& today) {
  if (const auto found = match_time(text, today)) return found;
  for (const std::string date : dates) {
    for (const std::string time : times) {
      if (const auto found = match(text, date + " " + time, today)) return found;
      if (const auto found = match(text, time + " " + date, today)) return found;
    }
  }
  for (const std::string date : dates) {
    const bool is_compact = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (is_compact && text.size() != 8) break;
    if (const auto found = match(text, date, today)) return found;
  }
  return match(text, "%a %b %d %H:%M:%S %Y", today);  // ctime(3), date(1)
}

struct Unit {
  std::string_view name;
  int months = 0, days = 0;
  seconds exact{0};  // of this length in any zone
};
constexpr Unit counted[] = {
    {"sec", 0, 0, 1s},  {"second", 0, 0, 1s}, {"min", 0, 0, 1min}, {"minute", 0, 0, 1min},
    {"hour", 0, 0, 1h}, {"day", 0, 1},        {"week", 0, 7},      {"fortnight", 0, 14},
    {"month", 1},       {"year", 12},
};
constexpr Unit alone[] = {{"now"}, {"today"}, {"tomorrow", 0, 1}, {"yesterday", 0, -1}};

const Unit* unit_of(std::string_view word, bool is_counted) {
  if (is_counted && word.ends_with('s')) word.remove_suffix(1);
  for (const Unit& unit : is_counted ? std::span<const Unit>{counted} : alone)
    if (equal_ignoring_case(unit.name, word)) return &unit;
  return nullptr;
}

// How far from now, and the time of day that is left of the text.
struct Distance {
  int months = 0, days = 0;
  seconds exact{0};
  bool is_midnight = false;  // of a weekday; else the time is now's
  std::string rest{};

  void add(const Unit& unit, int count) {
    months += count * unit.months;
    days += count * unit.days;
    exact += count * unit.exact;
  }
  void turn_back() { months = -months, days = -days, exact = -exact; }
};

// 1 for `next`, -1 for `last`; else a number of units that nobody means in earnest is none.
std::optional<int> count_of(std::string_view word) {
  if (equal_ignoring_case(word, "next")) return 1;
  if (equal_ignoring_case(word, "last")) return -1;
  const auto number = parse_integer<int>(word);
  return number && std::abs(*number) <= most_units ? number : std::nullopt;
}

// Days to the weekday of this name: today's own is today, and with `last` a week ago.
std::optional<int> days_to(std::string_view weekday, int count, const std::tm& today) {
  const auto found = match(std::string{weekday}, "%a", today);
  if (!found || std::abs(count) != 1) return std::nullopt;
  return (found->tm_wday - today.tm_wday + 7) % 7 - (count < 0 ? 7 : 0);
}

std::optional<Distance> measure(std::string_view text, const std::tm& today) {
  const auto words = split_words(text);
  Distance distance;
  bool is_any = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto count = count_of(words[i]);
    const bool is_counted = count && i + 1 < words.size();
    const std::string_view word = words[is_counted ? i + 1 : i];
    if (const Unit* unit = unit_of(word, is_counted)) {
      distance.add(*unit, count.value_or(1));
    } else if (const auto days = days_to(word, is_counted ? *count : 1, today)) {
      distance.days += *days;
      distance.is_midnight = true;
    } else if (is_any && equal_ignoring_case(words[i], "ago")) {
      distance.turn_back();
      continue;
    } else {
      distance.rest.append(distance.rest.empty() ? "" : " ").append(words[i]);
      continue;
    }
    is_any = true;
    if (is_counted) ++i;
  }
  return is_any ? std::optional{distance} : std::nullopt;
}

std::optional<UtcTime> to_utc(std::tm parts, const Zoned& zoned) {
  parts.tm_isdst = -1;
  const std::time_t time = zoned.east ? timegm(&parts) : std::mktime(&parts);
  if (std::abs(static_cast<double>(time)) >= farthest) return std::nullopt;
  return UtcTime{seconds{time} - zoned.east.value_or(0s)};
}

// "yesterday 12:00", "1 hour ago": without a time of day, to now's fraction of a second.
std::optional<UtcTime> count_from_now(const Zoned& zoned, std::tm parts, UtcTime now) {
  const auto distance = measure(zoned.rest, parts);
  if (!distance) return std::nullopt;
  Nanos fraction{0};
  if (!distance->rest.empty() || distance->is_midnight) {
    const auto clock = match_time(distance->rest.empty() ? "00:00" : distance->rest, parts);
    if (!clock) return std::nullopt;
    parts = *clock;
  } else {
    fraction = now.since_zero - std::chrono::floor<seconds>(now.since_zero);
  }
  parts.tm_mon += distance->months;
  parts.tm_mday += distance->days;
  const auto found = to_utc(parts, zoned);
  if (!found) return std::nullopt;
  return UtcTime{found->since_zero + distance->exact + fraction};
}

}  // namespace

std::optional<UtcTime> parse_date(std::string text, UtcTime now) {
  if (text.starts_with('@')) {
    // Whole and fraction apart: a double has no nanoseconds left beside today's seconds.
    const auto unix_time = parse_real(std::string_view{text}.substr(1));
    if (!unix_time || std::abs(*unix_time) >= farthest) return std::nullopt;
    const double whole = std::floor(*unix_time);
    return UtcTime{seconds{static_cast<std::int64_t>(whole)} + to_nanos(*unix_time - whole)};
  }
  const Zoned zoned = take_zone(in_plain_words(text));
  const std::time_t today =
      std::chrono::floor<seconds>(now.since_zero + zoned.east.value_or(0s)).count();
  std::tm parts{};
  (zoned.east ? gmtime_r : localtime_r)(&today, &parts);
  if (const auto found = match_any(zoned.rest, parts)) return to_utc(*found, zoned);
  return count_from_now(zoned, parts, now);
}

}  // namespace ntp::syncctl
