// One write(2) a row, so that a file that others rotate never holds half of one.
#include "common/os/log_file.h"

#include <fmt/format.h>
#include <time.h>

#include <cstdlib>

#include "common/base/log.h"

namespace ntp {

namespace {

Result<Fd> open_in(const std::string& directory, std::string_view name) {
  const std::string path = fmt::format("{}/{}.log", directory, name);
  Fd file{::open(path.c_str(), log_open_flags, 0644)};
  if (!file.is_open()) return system_failure("cannot open " + path);
  return file;
}

}  // namespace

Result<Fd> open_log_file(std::string& directory, std::string_view name) {
  auto wanted = open_in(directory, name);
  const char* const given = std::getenv("LOGS_DIRECTORY");
  if (wanted || given == nullptr || given == directory) return wanted;
  auto file = open_in(given, name);
  if (!file) return wanted;
  log_warning("{}: written in {} instead", wanted.error().message, given);
  directory = given;
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

OwnLog::OwnLog(std::string_view name, std::string directory, std::string_view heading, int banner)
    : name_{name}, directory_{std::move(directory)}, file_{heading, banner} {
  if (directory_.empty()) log_warning("logdir is not set: {} is not written", name);
  else (void)open_again();
}

bool OwnLog::open_again() {
  if (directory_.empty()) return false;
  auto file = open_log_file(directory_, name_);
  if (!file) log_warning("{}", file.error().message);
  else file_.adopt(std::move(*file));
  return file.has_value();
}

}  // namespace ntp
