// One write(2) a row, so that a file that others rotate never holds half of one.
#include "common/os/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <time.h>

namespace ntp {

Result<Fd> open_log_file(const std::string& directory, std::string_view name) {
  const std::string path = fmt::format("{}/{}.log", directory, name);
  Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
                 0644)};
  if (!file.is_open()) return system_failure("cannot open " + path);
  return file;
}

std::string log_time(SystemTime time) {
  const time_t seconds = std::chrono::floor<std::chrono::seconds>(time.since_zero).count();
  tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "0000-00-00 00:00:00";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

void LogFile::adopt(Fd file) {
  file_ = std::move(file);
  written_ = 0;
}

void LogFile::row(std::string_view text) {
  if (!file_.is_open()) return;
  std::string whole;
  if (rows_ > 0 && written_ % rows_ == 0) {
    const std::string ruler(heading_.size(), '=');
    whole = fmt::format("{}\n{}\n{}\n", ruler, heading_, ruler);
  }
  whole.append(text).append("\n");
  written_ = rows_ > 0 ? (written_ + 1) % rows_ : 0;
  // A full disk loses rows; there is nobody to tell who could do more about it.
  (void)!::write(file_.number(), whole.data(), whole.size());
}

}  // namespace ntp
