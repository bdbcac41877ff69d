// The keys that seal our cookies, from the supervisor (which makes, rotates and keeps them) to
// the nts role (which gives cookies out) and the server's workers (which take them back). A page
// of words; a worker that finds it empty serves no NTS.
#pragma once

#include <optional>

#include "common/wire/nts_cookie.h"
#include "ntpd-net/page.h"

namespace ntp {

using CookiePage = Page<1 + 4 + 4 * siv_key_size / 8>;  // current; ids; keys

void write_cookie_keys(CookiePage& page, const CookieKeys& keys);
[[nodiscard]] std::optional<CookieKeys> read_cookie_keys(const CookiePage& page);

}  // namespace ntp
