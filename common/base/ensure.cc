// One line on standard error, then abort. Uses no heap and no locale.
#include "common/base/ensure.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace ntp {

void ensure_failed(const char* condition, const char* file, int line) noexcept {
  char text[512];
  const int length =
      std::snprintf(text, sizeof text, "internal error: %s at %s:%d\n", condition, file, line);
  if (length > 0) {
    const auto size = static_cast<std::size_t>(length);
    [[maybe_unused]] const auto ignored =
        ::write(2, text, size < sizeof text ? size : sizeof text - 1);
  }
  std::abort();
}

}  // namespace ntp
