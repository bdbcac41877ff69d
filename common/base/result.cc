// Words for errors. Formats nothing but the message itself.
#include "common/base/result.h"

#include <cstring>

namespace ntp {

std::unexpected<Error> failure(std::string message) {
  return std::unexpected{Error{std::move(message), 0}};
}

std::unexpected<Error> system_failure(std::string_view doing, int code) {
  return std::unexpected{Error{std::string{doing} + ": " + std::strerror(code), code}};
}

}  // namespace ntp
