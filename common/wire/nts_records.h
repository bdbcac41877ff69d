// The two messages of NTS key establishment (RFC 8915 section 4) as values and octets, for both
// ends. Syntax and the RFC's rules for each side; knows no TLS, makes no key and no cookie.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/wire/nts_fields.h"

namespace ntp {

inline constexpr std::size_t most_ke_message = 16384;
inline constexpr std::uint16_t next_protocol_ntpv4 = 0;
inline constexpr std::string_view nts_alpn = "ntske/1";
inline constexpr std::string_view nts_exporter_label = "EXPORTER-network-time-security";

enum class KeError : std::uint16_t { unrecognised_critical = 0, bad_request = 1, internal = 2 };

// What a client asks for: NTPv4 with this one algorithm.
[[nodiscard]] std::vector<std::byte> write_ke_request();

// The server's reading of it; an error is what to answer.
struct KeRequest {
  bool has_ntpv4 = false;
  bool has_siv = false;
};
[[nodiscard]] Result<KeRequest, KeError> read_ke_request(Octets message);

struct KeResponse {
  std::string server{};    // empty: where the key establishment was
  std::uint16_t port = 0;  // 0: not said
  std::vector<Cookie> cookies{};
};
[[nodiscard]] std::vector<std::byte> write_ke_response(const KeRequest& request,
                                                       const KeResponse& response);
[[nodiscard]] std::vector<std::byte> write_ke_error(KeError error);
// nullopt: no response that NTPv4 with our algorithm can be spoken by.
[[nodiscard]] std::optional<KeResponse> read_ke_response(Octets message);

// Whether a message ends with these octets: its end record is complete. False also for octets
// that can never become a message; `is_hopeless` tells the difference.
struct KeProgress {
  bool is_complete = false;
  bool is_hopeless = false;  // something follows the end, or it is too long
};
[[nodiscard]] KeProgress look_for_end(Octets message);

// The context of the TLS exporter for one direction's key (RFC 8915 section 5.1).
[[nodiscard]] std::array<std::byte, 5> exporter_context(bool server_to_client);

}  // namespace ntp
