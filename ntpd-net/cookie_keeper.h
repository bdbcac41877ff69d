// The supervisor's care for the keys that seal NTS cookies: makes them or reads them from
// `ntskeys`, turns them in time, keeps the file, and shows them to the roles through a page.
#pragma once

#include <string>

#include "common/conf/settings.h"
#include "common/os/timers.h"
#include "ntpd-net/server_pages.h"

namespace ntp {

class CookieKeeper {
 public:
  // Reads the file of ntsdumpdir; without one, new keys. `memory` stays the caller's.
  [[nodiscard]] static Result<CookieKeeper> open(const Fd& memory, const NtsSettings& settings,
                                                 MonotonicTime now);

  // ntsrotate: when the next turn is, and the turn itself.
  [[nodiscard]] MonotonicTime next_turn() const { return turn_.when(); }
  void turn_if_due(MonotonicTime now);
  // The file again, where others keep it (ntsrotate 0, rekey).
  void reread(MonotonicTime now);

 private:
  CookieKeeper(Mapped<CookieMemory> page, const NtsSettings& settings)
      : page_{std::move(page)}, dumpdir_{settings.dumpdir}, rotate_{settings.rotate} {}
  [[nodiscard]] bool read_file(MonotonicTime now);
  void write_file(MonotonicTime now) const;
  void show() { write_cookie_keys(page_->page, keys_); }

  Mapped<CookieMemory> page_;
  std::string dumpdir_;
  Nanos rotate_;
  CookieKeys keys_{};
  MonotonicTime made_{};  // the newest key
  Timer turn_{};
};

}  // namespace ntp
