// The forms of time that people type, as a table for strptime: no grammar of our own. A time
// without a date is today's, one without a zone is local; what no form matches wholly is refused.
#include <array>
#include <cmath>
#include <ctime>

#include "common/base/text.h"
#include "syncctl/change.h"

namespace ntp::syncctl {

namespace {

using std::chrono::seconds;

constexpr std::array dates{"%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y",    "%m/%d/%Y",    "%d %b %Y",
                           "%b %d %Y", "%d-%b-%Y", "%a %d %b %Y", "%a %b %d %Y", "%Y%m%d"};
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

std::optional<std::tm> match_any(const std::string& text, const std::tm& today) {
  for (const std::string time : times)
    if (const auto found = match(text, time, today)) return found;
  for (const std::string date : dates) {
    for (const std::string time : times) {
      if (const auto found = match(text, date + " " + time, today)) return found;
      if (const auto found = match(text, time + " " + date, today)) return found;
    }
  }
  return match(text, "%a %b %d %H:%M:%S %Y", today);  // ctime(3), date(1)
}

}  // namespace

std::optional<UtcTime> parse_date(std::string text, UtcTime now) {
  if (text.starts_with('@')) {
    // Whole and fraction apart: a double has no nanoseconds left beside today's seconds.
    const auto unix_time = parse_real(std::string_view{text}.substr(1));
    if (!unix_time || std::abs(*unix_time) >= 1e11) return std::nullopt;
    const double whole = std::floor(*unix_time);
    return UtcTime{seconds{static_cast<std::int64_t>(whole)} + to_nanos(*unix_time - whole)};
  }
  const Zoned zoned = take_zone(in_plain_words(text));
  const std::time_t today =
      std::chrono::floor<seconds>(now.since_zero + zoned.east.value_or(0s)).count();
  std::tm parts{};
  (zoned.east ? gmtime_r : localtime_r)(&today, &parts);
  const auto found = match_any(zoned.rest, parts);
  if (!found) return std::nullopt;
  std::tm said = *found;
  said.tm_isdst = -1;
  const std::time_t time = zoned.east ? timegm(&said) : std::mktime(&said);
  return UtcTime{seconds{time} - zoned.east.value_or(0s)};
}

}  // namespace ntp::syncctl
