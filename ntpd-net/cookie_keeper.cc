// See cookie_keeper.h.
#include "ntpd-net/cookie_keeper.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "common/base/log.h"
#include "ntpd-net/random_octets.h"

namespace ntp {
namespace {

constexpr const char* file_name = "/ntskeys";

}  // namespace

Result<CookieKeeper> CookieKeeper::open(const Fd& memory, const NtsSettings& settings,
                                        MonotonicTime now) {
  CookieKeeper keeper{NTP_TRY(map_cookies_to_write(memory)), settings};
  if (!keeper.read_file(now)) {
    std::array<CookieSeed, 4> seeds;
    for (CookieSeed& seed : seeds) seed = random_octets<CookieSeed>();
    keeper.keys_ = make_cookie_keys(seeds);
    keeper.made_ = now;
    keeper.write_file(now);
  }
  if (keeper.rotate_ > Nanos{0}) keeper.turn_.arm(keeper.made_ + keeper.rotate_);
  keeper.show();
  return keeper;
}

void CookieKeeper::turn_if_due(MonotonicTime now) {
  if (!turn_.is_due(now)) return;
  rotate(keys_, random_octets<CookieSeed>());
  made_ = now;
  turn_.arm(now + rotate_);
  write_file(now);
  show();
}

void CookieKeeper::reread(MonotonicTime now) {
  if (rotate_ == Nanos{0} && read_file(now)) show();
}

bool CookieKeeper::read_file(MonotonicTime now) {
  if (dumpdir_.empty()) return false;
  const Fd file{::open((dumpdir_ + file_name).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (!file.is_open()) return false;
  std::array<char, 4096> text;
  const ssize_t length = ::read(file.number(), text.data(), text.size());
  if (length < 0) return false;
  const auto kept = parse_cookie_keys({text.data(), static_cast<std::size_t>(length)});
  if (!kept) {
    log_warning("{}{} holds no keys that can be used", dumpdir_, file_name);
    return false;
  }
  keys_ = kept->keys;
  made_ = now - to_nanos(kept->age);
  return true;
}

// Anew beside the old one, then in its place: a crash leaves one or the other.
void CookieKeeper::write_file(MonotonicTime now) const {
  if (dumpdir_.empty() || rotate_ == Nanos{0}) return;
  const std::string path = dumpdir_ + file_name, fresh = path + ".tmp";
  const std::string text = to_text(keys_, to_seconds(now - made_));
  (void)::unlink(fresh.c_str());
  const Fd file{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  const bool written =
      file.is_open() &&
      ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::rename(fresh.c_str(), path.c_str()) == 0;
  if (!written) log_warning("could not write {}", path);
}

}  // namespace ntp
