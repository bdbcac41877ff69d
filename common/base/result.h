// Errors as values. `Result<T>` is what every fallible function returns when the
// world says no; `NTP_TRY` passes the error up. Nothing here throws, logs or exits.
#pragma once

#include <cerrno>
#include <expected>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ntp {

// What went wrong, in words for the operator. `code` is an errno value or 0.
struct Error {
  std::string message;
  int code = 0;
};

template <typename T, typename E = Error>
using Result = std::expected<T, E>;

// An error from words alone.
[[nodiscard]] std::unexpected<Error> failure(std::string message);

// An error from words and errno (read before anything else): "open /x: No such file or directory".
[[nodiscard]] std::unexpected<Error> system_failure(std::string_view doing, int code = errno);

}  // namespace ntp

// Evaluates to the value, or returns the error from the enclosing function.
#define NTP_TRY(expression)                                                         \
  __extension__({                                                                   \
    auto ntp_try_result = (expression);                                             \
    if (!ntp_try_result) return std::unexpected{std::move(ntp_try_result).error()}; \
    ::ntp::detail::take(std::move(ntp_try_result));                                 \
  })

namespace ntp::detail {
template <typename T, typename E>
T take(std::expected<T, E>&& result) {
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}
}  // namespace ntp::detail
