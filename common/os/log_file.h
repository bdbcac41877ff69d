// One of the logs that `log` asks for: rows of fixed columns under a heading that comes again
// every so many rows, as scripts that read chrony's files expect. A program that may open no file
// is handed a fresh descriptor for cyclelogs; one that keeps that right has an OwnLog. A row that
// cannot be written is lost, never the daemon. Knows the columns of no log.
#pragma once

#include <fcntl.h>

#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/time/instants.h"

namespace ntp {

inline constexpr int log_open_flags =
    O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
// DIRECTORY/NAME.log to append to, made when it is missing (0644); follows no symbolic link. Where
// that cannot be, and the service manager gave a folder for logs (LOGS_DIRECTORY), there:
// `directory` is that one then, and a warning says so.
[[nodiscard]] Result<Fd> open_log_file(std::string& directory, std::string_view name);

// "2026-11-25 18:20:28", as rows begin.
[[nodiscard]] std::string log_time(SystemTime time);

class LogFile {
 public:
  LogFile() = default;
  // `heading` outlives this; it comes before the first row and again after every `rows` of them
  // (0: never).
  LogFile(std::string_view heading, int rows) : heading_{heading}, rows_{rows} {}

  // From now on into this file, heading first.
  void adopt(Fd file);
  [[nodiscard]] bool is_on() const { return file_.is_open(); }
  // `text` has no end of line.
  void row(std::string_view text);

 private:
  std::string_view heading_{};
  int rows_ = 0;
  int written_ = 0;  // since the heading
  Fd file_;
};

// The log of a daemon that may open it again: behind a filter that knows `openat` with
// log_open_flags, and Landlock that spares its folder.
class OwnLog {
 public:
  OwnLog() = default;
  // Opens it; where that cannot be, it is off and a line in the service's log says why.
  OwnLog(std::string_view name, std::string directory, std::string_view heading, int banner);
  // cyclelogs. Without a new file, rows go on into the one that is open. False: no new one.
  bool open_again();
  [[nodiscard]] bool is_on() const { return file_.is_on(); }
  // "" while it is off.
  [[nodiscard]] std::string folder() const { return is_on() ? directory_ : std::string{}; }
  void row(std::string_view text) { file_.row(text); }

 private:
  std::string_view name_{};
  std::string directory_{};
  LogFile file_{};
};

}  // namespace ntp
