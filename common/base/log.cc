// Writes one log line with one system call.
#include "common/base/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

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

constexpr int syslog_priority(Severity severity) {
  switch (severity) {
    case Severity::debug: return 7;
    case Severity::info: return 6;
    case Severity::warning: return 4;
    case Severity::error: return 3;
    case Severity::fatal: return 2;
  }
  return 6;
}

}  // namespace

void open_log(int fd, LogStyle style, Severity least, const char* program) noexcept {
  tzset();  // reads the zone file now: later no file may be opened
  the_log = {fd, style, least, program, ::getpid()};
}

bool is_logged(Severity severity) noexcept { return severity >= the_log.least; }

void log_line(Severity severity, std::string_view text) noexcept {
  char line[1200];
  fmt::format_to_n_result<char*> end{};
  const int priority = syslog_priority(severity);
  switch (the_log.style) {
    case LogStyle::plain: {
      timespec now{};
      clock_gettime(CLOCK_REALTIME, &now);
      std::tm utc{};
      gmtime_r(&now.tv_sec, &utc);
      end = fmt::format_to_n(line, sizeof line - 1, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z {}",
                             utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                             utc.tm_min, utc.tm_sec, text);
      break;
    }
    case LogStyle::journal:
      end = fmt::format_to_n(line, sizeof line - 1, "<{}>{}", priority, text);
      break;
    case LogStyle::syslog:
      end = fmt::format_to_n(line, sizeof line - 1, "<{}>{}[{}]: {}", 24 + priority,
                             the_log.program, the_log.pid, text);
      break;
  }
  std::size_t size = std::min(end.size, sizeof line - 1);
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
