// Words and numbers out of text. Locale-free, throws nothing, keeps no state.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace ntp {

// Runs of blanks separate words; views point into `line`.
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view line);

// Blanks (space, tab, CR, LF, VT, FF) cut from both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

// ASCII only.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

// The whole text must be the number; nullopt otherwise or out of range. A leading '+' is taken.
template <std::integral T>
[[nodiscard]] std::optional<T> parse_integer(std::string_view text, int base = 10) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Decimal or exponent form; never NaN or infinity.
[[nodiscard]] std::optional<double> parse_real(std::string_view text);

// Edits (insert, delete, change, swap) from one word to the other, for "did you mean".
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace ntp
