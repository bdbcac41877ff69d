// Writes one log line with one system call.
#include "common/base/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <span>
#include <utility>

namespace ntp {

namespace {

struct Log {
  int fd = 2;
  LogStyle style = LogStyle::plain;
  Severity least = Severity::info;
  const char* program = "meridian";
  int pid = 0;
};
Log the_log;  // set once before anything runs; the one global of the suite

constexpr int syslog_priorities[] = {7, 6, 4, 3, 2};  // from Severity::debug on
constexpr int daemon_facility = 24;

// What stands before the text; its length.
std::size_t write_head(std::span<char> line, Severity severity) {
  const int priority = syslog_priorities[std::to_underlying(severity) + 1];
  if (the_log.style == LogStyle::journal)
    return fmt::format_to_n(line.data(), line.size(), "<{}>", priority).size;
  if (the_log.style == LogStyle::syslog) {
    return fmt::format_to_n(line.data(), line.size(), "<{}>{}[{}]: ", daemon_facility + priority,
                            the_log.program, the_log.pid)
        .size;
  }
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::tm utc{};
  return std::strftime(line.data(), line.size(), "%FT%TZ ", gmtime_r(&now.tv_sec, &utc));
}

}  // namespace

void open_log(int fd, LogStyle style, Severity least, const char* program) noexcept {
  tzset();  // reads the zone file now: later no file may be opened
  the_log = {fd, style, least, program, ::getpid()};
}

bool is_logged(Severity severity) noexcept { return severity >= the_log.least; }

void log_line(Severity severity, std::string_view text) noexcept {
  char line[1200];
  std::size_t size = write_head({line, 100}, severity);
  size += text.copy(line + size, sizeof line - size - 1);
  if (the_log.style != LogStyle::syslog) line[size++] = '\n';
  [[maybe_unused]] const auto ignored = ::write(the_log.fd, line, size);
}

void log_formatted(Severity severity, fmt::string_view format,
                   fmt::format_args arguments) noexcept {
  char text[1024];
  const auto end = fmt::vformat_to_n(text, sizeof text, format, arguments);
  log_line(severity, {text, std::min(end.size, sizeof text)});
}

}  // namespace ntp
