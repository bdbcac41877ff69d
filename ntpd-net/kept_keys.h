// NTS keys and cookies of our own sources as a text, and back, so that a restart makes no keys
// anew. Secrets: the file is for our user alone. What is read is vetted; a key that is wrong
// only makes a server say so, which ends in new keys. Opens no file (ntpd-net/dump_file does).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/address.h"
#include "common/base/result.h"
#include "common/time/instants.h"
#include "common/wire/nts_fields.h"

namespace ntp {

inline constexpr std::size_t most_keys_text = 1 << 19;

struct KeptKeys {
  Endpoint maker{};    // where keys are made
  Endpoint server{};   // where they are used
  std::string name{};  // that the certificate was for
  Nanos age{0};        // of the keys, at the time of the text or of the reading
  NtsKeys keys{};
  std::vector<Cookie> cookies{};
};

// Sources that have no room in most_keys_text octets are left out.
[[nodiscard]] std::string keys_text(const std::vector<KeptKeys>& sources, SystemTime now);
// With the time since then added to the ages; an error names the line. A text of the future is
// wrong.
[[nodiscard]] Result<std::vector<KeptKeys>> parse_keys_text(std::string_view text, SystemTime now);

}  // namespace ntp
