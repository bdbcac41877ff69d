// How a value reads. Pure.
#include "syncctl/cells.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>

namespace ntp::syncctl {

namespace {

std::string number_text(double value, int decimals, Sign sign, int width) {
  switch (sign) {
    case Sign::always: return fmt::format("{:+{}.{}f}", value, width, decimals);
    case Sign::never: return fmt::format("{:{}.{}f}", std::fabs(value), width, decimals);
    case Sign::when_negative: break;
  }
  return fmt::format("{:{}.{}f}", value, width, decimals);
}

// The wire's floats carry 7 digits: more would be noise.
double rounded(double value) { return std::strtod(fmt::format("{:.7g}", value).c_str(), nullptr); }

struct Unit {
  double seconds;  // one of it
  double below;    // shown while fewer than this many
  int decimals;
  int digits;  // columns before the unit, without a sign
  std::string_view name;
};
constexpr std::array units{Unit{1e-9, 9999.5, 0, 4, "ns"},
                           Unit{1e-6, 9999.5, 0, 4, "us"},
                           Unit{1e-3, 9999.5, 0, 4, "ms"},
                           Unit{1, 999.5, 1, 5, "s"},
                           Unit{1, 99999.5, 0, 5, "s"},
                           Unit{60, 99999.5, 0, 5, "m"},
                           Unit{3600, 99999.5, 0, 5, "h"},
                           Unit{86400, 99999.5, 0, 5, "d"},
                           Unit{86400.0 * 365, INFINITY, 0, 5, "y"}};

}  // namespace

std::string age_text(std::uint32_t seconds) {
  if (seconds == control::never_ago) return "   -";
  if (seconds < 1200) return fmt::format("{:4}", seconds);
  if (seconds < 36000) return fmt::format("{:3}m", seconds / 60);
  if (seconds < 345600) return fmt::format("{:3}h", seconds / 3600);
  const std::uint32_t days = seconds / 86400;
  if (days > 999) return fmt::format("{:3}y", days / 365);
  return fmt::format("{:3}d", days);
}

std::string offset_text(Seconds offset, Sign sign) {
  const double size = std::fabs(offset.count());
  for (const Unit& unit : units) {
    const double count = size / unit.seconds;
    if (count >= unit.below) continue;
    const double shown = std::copysign(count, offset.count());
    const int width = unit.digits + (sign == Sign::always ? 1 : 0);
    return number_text(shown, unit.decimals, sign, width) + std::string{unit.name};
  }
  return std::string(sign == Sign::always ? 7 : 6, '?');  // not a number
}

double wire_ppm(Rate rate) { return static_cast<float>(rate.ppm()); }

std::string ppm_text(Rate rate, Sign sign) {
  const double value = wire_ppm(rate);
  return number_text(value, std::fabs(value) < 99999.5 ? 3 : 0, sign, 10);
}

std::string date_text(UtcTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time.since_zero);
  const std::time_t seconds = whole.count();
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return "INVALID";
  char text[64];
  const std::size_t length = std::strftime(text, sizeof text, "%a %b %d %H:%M:%S %Y", &parts);
  return {text, length};
}

std::string refid_text(std::uint32_t refid) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const auto octet = static_cast<char>(refid >> shift & 0xff);
    if (octet >= ' ' && octet <= '~') text += octet;
  }
  return text;
}

std::string_view leap_word(std::uint8_t leap) {
  constexpr std::array<std::string_view, 4> words{"Normal", "Insert second", "Delete second",
                                                  "Not synchronised"};
  return leap < words.size() ? words[leap] : "Invalid";
}

Cell age_cell(const char* key, std::uint32_t seconds) {
  Value value;
  if (seconds != control::never_ago) value = std::int64_t{seconds};
  return {key, age_text(seconds), std::to_string(seconds), std::move(value)};
}

Cell offset_cell(const char* key, Seconds offset, Sign sign) {
  return {key, offset_text(offset, sign), fmt::format("{:.9f}", offset.count()),
          rounded(offset.count())};
}

Cell ppm_cell(const char* key, Rate rate, Sign sign) {
  return {key, ppm_text(rate, sign), fmt::format("{:.3f}", wire_ppm(rate)),
          rounded(wire_ppm(rate))};
}

Cell count_cell(const char* key, std::int64_t count, int width) {
  return {key, fmt::format("{:{}}", count, width), std::to_string(count), count};
}

Cell octal_cell(const char* key, unsigned value, int width) {
  return {key, fmt::format("{:{}o}", value, width), fmt::format("{:o}", value),
          std::int64_t{value}};
}

Cell interval_cell(const char* key, std::int8_t log2) {
  if (log2 >= control::unknown_interval) return {key, " -", std::to_string(log2)};
  return {key, fmt::format("{:2}", log2), std::to_string(log2), std::int64_t{log2}};
}

Cell real_cell(const char* key, double value, int decimals, Sign sign, int width) {
  return {key, number_text(value, decimals, sign, width), fmt::format("{:.{}f}", value, decimals),
          rounded(value)};
}

Cell word_cell(const char* key, std::string_view word, int width) {
  const std::string text =
      width < 0 ? fmt::format("{:>{}}", word, -width) : fmt::format("{:<{}}", word, width);
  return {key, text, std::string{word}, std::string{word}};
}

Cell yes_no_cell(const char* key, bool yes) {
  const char* word = yes ? "Yes" : "No";
  return {key, word, word, yes};
}

Cell date_cell(const char* key, UtcTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time.since_zero);
  const auto part = std::chrono::duration_cast<Nanos>(time.since_zero - whole);
  return {key, date_text(time), fmt::format("{}.{:09}", whole.count(), part.count()),
          to_seconds(time.since_zero)};
}

Cell refid_cell(const char* key, std::uint32_t refid) {
  const std::string text = fmt::format("{:08X}", refid);
  return {key, text, text, text};
}

Cell leap_cell(const char* key, std::uint8_t leap) { return word_cell(key, leap_word(leap)); }

Cell leap_letter_cell(const char* key, std::uint8_t leap) {
  constexpr std::string_view letters = "N+-?";
  Cell cell = leap_cell(key, leap);
  cell.text = leap < letters.size() ? letters.substr(leap, 1) : "?";
  return cell;
}

}  // namespace ntp::syncctl
