// Tables of words with a value: `name VALUE` or a bare `name` becomes a member of a struct.
// One row says everything: the name, the place, what the value is called in a complaint, and
// its range. Used for directives and for the options inside a directive alike.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "common/base/text.h"
#include "common/conf/lines.h"
#include "common/time/instants.h"

namespace ntp {

inline constexpr double most_seconds = 1e9;  // 31 years: enough for any option, far from overflow

// Seconds in the text, exact in the value.
using Duration = Nanos;

template <typename T, typename V>
using Place = V& (*)(T&);

template <typename T>
struct Word {
  std::string_view name;
  std::variant<Place<T, bool>, Place<T, int>, Place<T, std::uint16_t>, Place<T, std::uint32_t>,
               Place<T, std::uint64_t>, Place<T, double>, Place<T, Duration>, Place<T, Rate>,
               Place<T, std::string>, Place<T, std::optional<int>>, Place<T, std::optional<double>>,
               Place<T, std::optional<Duration>>, Place<T, std::optional<std::uint16_t>>,
               Place<T, std::vector<std::string>>>
      place;
  std::string_view what = "";  // "SECONDS"; empty for a flag
  double least = 0;
  double most = most_seconds;
};

namespace detail {

template <typename>
struct Pointed;
template <typename Owner_, typename Value_>
struct Pointed<Value_ Owner_::*> {
  using Owner = Owner_;
};

template <auto First, auto... Rest>
struct Path {
  static auto& of(typename Pointed<decltype(First)>::Owner& owner) {
    if constexpr (sizeof...(Rest) == 0) return owner.*First;
    else return Path<Rest...>::of(owner.*First);
  }
};

template <typename>
inline constexpr bool is_optional = false;
template <typename V>
inline constexpr bool is_optional<std::optional<V>> = true;

template <typename V>
Result<void> take_value(Directive& in, std::string_view what, double least, double most, V& out) {
  if constexpr (std::is_same_v<V, bool>) {
    out = true;
  } else if constexpr (is_optional<V>) {
    typename V::value_type value{};
    if (const auto taken = take_value(in, what, least, most, value); !taken) return taken;
    out = value;
  } else if constexpr (std::is_integral_v<V>) {
    out = static_cast<V>(
        NTP_TRY(in.integer(what, static_cast<long>(least), static_cast<long>(most))));
  } else if constexpr (std::is_same_v<V, double>) {
    out = NTP_TRY(in.real(what, least, most));
  } else if constexpr (std::is_same_v<V, Duration>) {
    out = to_nanos(NTP_TRY(in.real(what, least, most)));
  } else if constexpr (std::is_same_v<V, Rate>) {
    out = ppm(NTP_TRY(in.real(what, least, most)));
  } else if constexpr (std::is_same_v<V, std::string>) {
    out = NTP_TRY(in.text(what));
  } else {
    out.push_back(NTP_TRY(in.text(what)));
  }
  return {};
}

}  // namespace detail

// at<&Settings::log, &LogSettings::directory> is the place of settings.log.directory.
template <auto... Members>
inline constexpr auto at = &detail::Path<Members...>::of;

template <typename Table>
[[nodiscard]] constexpr auto find_word(const Table& table, std::string_view name) {
  for (auto row = std::begin(table); row != std::end(table); ++row) {
    if (equal_ignoring_case(row->name, name)) return row;
  }
  return std::end(table);
}

// The value of one row, into its place.
template <typename T>
[[nodiscard]] Result<void> take_value(const Word<T>& row, T& target, Directive& in) {
  return std::visit(
      [&](auto place) {
        return detail::take_value(in, row.what, row.least, row.most, place(target));
      },
      row.place);
}

// The same for an option inside a directive: complaints name the option.
template <typename T>
[[nodiscard]] Result<void> take_option(const Word<T>& row, T& target, Directive& in) {
  if (!row.what.empty() && !in.has_more())
    return in.complain(std::string{row.name} + " needs " + std::string{row.what});
  Word<T> named = row;
  named.what = row.name;
  return take_value(named, target, in);
}

// Options in any order up to the end of the line.
template <typename T, std::size_t size>
[[nodiscard]] Result<void> take_options(const std::array<Word<T>, size>& table, T& target,
                                        Directive& in) {
  while (const auto word = in.take()) {
    const auto row = find_word(table, *word);
    if (row == table.end()) {
      std::array<std::string_view, size> names;
      for (std::size_t i = 0; i < size; ++i) names[i] = table[i].name;
      return in.complain("unknown option \"" + std::string{*word} + "\"" +
                         suggestion(*word, names));
    }
    NTP_TRY(take_option(*row, target, in));
  }
  return {};
}

}  // namespace ntp
