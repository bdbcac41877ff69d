// For --check: what the key file comes to for the sources that name keys. Reads the file once,
// changes nothing, shows no key.
#pragma once

#include <string>

#include "common/conf/settings.h"

namespace ntp {

struct KeyCheck {
  std::string text{};     // sentences, a line each; empty when keys are not spoken of
  bool is_enough = true;  // false: a source names a key that the file does not give
};

// What may not be read by who asks is said to be unknown, not wrong.
[[nodiscard]] KeyCheck check_keys(const Settings& settings);

}  // namespace ntp
