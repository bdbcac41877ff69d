// One line for people, to one place chosen at start: the terminal (with a UTC stamp), the
// journal (with a priority prefix) or a log file. Never called per packet, takes no lock,
// opens nothing after `open_log`. Lines keep chrony's wording where people grep for it.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace ntp {

enum class Severity : std::int8_t { debug = -1, info = 0, warning = 1, error = 2, fatal = 3 };

enum class LogStyle : std::uint8_t {
  plain,    // "2026-11-22T13:10:57Z text"
  journal,  // "<6>text": sd-daemon priority prefixes
  syslog,   // one RFC 3164 datagram a line to an open /dev/log socket
};

// REQUIRES: `fd` stays open for the life of the program. `program` is a literal.
void open_log(int fd, LogStyle style, Severity least, const char* program) noexcept;

void log_line(Severity severity, std::string_view text) noexcept;
[[nodiscard]] bool is_logged(Severity severity) noexcept;

// Formats into a fixed buffer (longer lines are cut): no heap.
void log_formatted(Severity severity, fmt::string_view format, fmt::format_args arguments) noexcept;

template <typename... Args>
void log(Severity severity, fmt::format_string<Args...> format, Args&&... args) noexcept {
  if (is_logged(severity)) log_formatted(severity, format, fmt::make_format_args(args...));
}
template <typename... Args>
void log_debug(fmt::format_string<Args...> f, Args&&... a) noexcept {
  log(Severity::debug, f, std::forward<Args>(a)...);
}
template <typename... Args>
void log_info(fmt::format_string<Args...> f, Args&&... a) noexcept {
  log(Severity::info, f, std::forward<Args>(a)...);
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> f, Args&&... a) noexcept {
  log(Severity::warning, f, std::forward<Args>(a)...);
}
template <typename... Args>
void log_error(fmt::format_string<Args...> f, Args&&... a) noexcept {
  log(Severity::error, f, std::forward<Args>(a)...);
}

}  // namespace ntp
