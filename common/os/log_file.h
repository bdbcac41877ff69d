// One of the logs that `log` asks for: rows of fixed columns under a heading that comes again
// every so many rows, as scripts that read chrony's files expect. Opened by name only while a
// program still may; later a fresh descriptor can be handed in (cyclelogs). A row that cannot
// be written is lost, never the daemon. Knows the columns of no log.
#pragma once

#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/time/instants.h"

namespace ntp {

// DIRECTORY/NAME.log to append to, made when it is missing (0644); follows no symbolic link.
[[nodiscard]] Result<Fd> open_log_file(const std::string& directory, std::string_view name);

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

}  // namespace ntp
