// See drift_file.h.
#include "ntpd-net/drift_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "common/base/fd.h"
#include "common/base/log.h"

namespace ntp {
namespace {

std::optional<Drift> read_file(const std::string& path, bool& is_refused) {
  if (path.empty()) return std::nullopt;
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (!file.is_open()) return std::nullopt;
  char text[256];
  const ssize_t length = ::read(file.number(), text, sizeof text);
  if (length < 0) return std::nullopt;
  const auto drift = parse_drift({text, static_cast<std::size_t>(length)});
  if (drift) return drift;
  is_refused = true;
  log_warning("Could not read valid frequency and skew from driftfile {}", path);
  return std::nullopt;
}

bool replace_file(const std::string& path, const std::string& text) {
  const std::string beside = path + ".tmp";
  ::unlink(beside.c_str());
  const Fd file{::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644)};
  if (!file.is_open()) return false;
  const bool written =
      ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(file.number()) == 0;
  if (written && std::rename(beside.c_str(), path.c_str()) == 0) return true;
  ::unlink(beside.c_str());
  return false;
}

}  // namespace

std::optional<Drift> DriftFile::read() {
  if (const auto drift = read_file(path_, is_refused_)) return drift;
  return read_file(fallback_, is_refused_);
}

void DriftFile::write(const Drift& drift) {
  if (path_.empty() || replace_file(path_, to_text(drift))) return;
  if (!complained_) log_warning("Could not write driftfile {}", path_);
  complained_ = true;
}

}  // namespace ntp
