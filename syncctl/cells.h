// The kinds of values that reports show, each in its three forms: columns for people, the field
// of a CSV record, and JSON. Widths and units are chronyc's; no report is laid out here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/control/messages.h"

namespace ntp::syncctl {

// What a cell is in JSON; monostate is null.
using Value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                           std::vector<std::string>>;

struct Cell {
  const char* key;   // in JSON
  std::string text;  // for people
  std::string csv;   // may be several fields
  Value value{};
};

enum class Sign : std::uint8_t { when_negative, always, never };

// Seconds since something happened, 4 columns: seconds to 1199, minutes, hours, days, years.
[[nodiscard]] std::string age_text(std::uint32_t seconds);
// A duration in 6 columns (7 with a sign): 4 digits and its unit.
[[nodiscard]] std::string offset_text(Seconds offset, Sign sign);
// The very number that came over the wire: 24 bits, which a Rate keeps but for rounding.
[[nodiscard]] double wire_ppm(Rate rate);
// Parts per million in 10 columns.
[[nodiscard]] std::string ppm_text(Rate rate, Sign sign);
// "Thu Jan 01 00:00:00 1970", UTC.
[[nodiscard]] std::string date_text(UtcTime time);
// What is printable of the four octets.
[[nodiscard]] std::string refid_text(std::uint32_t refid);
// The words of RFC 5905's leap indicator.
[[nodiscard]] std::string_view leap_word(std::uint8_t leap);

[[nodiscard]] Cell age_cell(const char* key, std::uint32_t seconds);
// OFF7 with `Sign::always`, OFF6 with `Sign::never`; CSV always keeps a minus.
[[nodiscard]] Cell offset_cell(const char* key, Seconds offset, Sign sign);
[[nodiscard]] Cell ppm_cell(const char* key, Rate rate, Sign sign);
[[nodiscard]] Cell count_cell(const char* key, std::int64_t count, int width = 0);
[[nodiscard]] Cell octal_cell(const char* key, unsigned value, int width);
[[nodiscard]] Cell interval_cell(const char* key, std::int8_t log2);
// A real number with `decimals`; CSV without a plus.
[[nodiscard]] Cell real_cell(const char* key, double value, int decimals,
                             Sign sign = Sign::when_negative, int width = 0);
// Text padded to `width`: to the right when positive (left-aligned), to the left when negative.
[[nodiscard]] Cell word_cell(const char* key, std::string_view word, int width = 0);
[[nodiscard]] Cell yes_no_cell(const char* key, bool yes);
[[nodiscard]] Cell date_cell(const char* key, UtcTime time);
[[nodiscard]] Cell refid_cell(const char* key, std::uint32_t refid);
[[nodiscard]] Cell leap_cell(const char* key, std::uint8_t leap);
[[nodiscard]] Cell leap_letter_cell(const char* key, std::uint8_t leap);

}  // namespace ntp::syncctl
