// The client role's way to the nts role: a question with a server's name and address, an answer
// with keys and cookies, each one fixed-size message on a socketpair. The client role never sees
// an octet of TLS, the nts role never sees an NTP packet.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "common/base/address.h"
#include "common/base/fd.h"
#include "ntpd-net/nts_client.h"

namespace ntp {

struct KeyQuery {
  std::uint32_t number = 0;
  std::uint32_t certificate_set = 0;
  Endpoint server{};
  std::uint8_t ignores_dates = 0;  // nocerttimecheck: of certificates
  std::uint8_t zero = 0;
  std::array<char, 256> name{};  // as the certificate must say it; NUL-terminated
};

enum class KeyOutcome : std::uint32_t { keys = 0, unreachable = 1, refused = 2 };

struct KeyAnswer {
  std::uint32_t number = 0;
  KeyOutcome outcome = KeyOutcome::unreachable;
  NtsKeys keys{};
  std::uint16_t port = 0;  // of the NTP server; 0 = as configured
  std::uint16_t count = 0;
  std::array<char, 256> server{};  // the NTP server; empty = the same address
  std::array<char, 128> why{};     // a failure in words; NUL-terminated
  std::array<Cookie, most_cookies> cookies{};
};

class KeyService {
 public:
  KeyService() = default;
  explicit KeyService(Fd channel) : channel_{std::move(channel)} {}

  // False without an nts role, or when it is too busy.
  [[nodiscard]] bool ask(const KeyQuery& query);
  // An answer of the wrong size, or with impossible numbers, is dropped.
  [[nodiscard]] std::optional<KeyAnswer> take();
  [[nodiscard]] int fd() const { return channel_.number(); }

 private:
  Fd channel_;
};

}  // namespace ntp
