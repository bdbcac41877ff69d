// What one source needs for Network Time Security: its keys and cookies, which request is open,
// when keys must be made anew. Told the time and the random bits; speaks to nobody (keys are made
// in the nts role, ntpd-net/key_service; packets go through ntpd-net/asking).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "common/base/address.h"
#include "common/os/timers.h"
#include "common/wire/header.h"
#include "common/wire/nts_fields.h"

namespace ntp {

// How a key establishment failed: how long to wait depends on it.
enum class KeFailure : std::uint8_t {
  unreachable,  // no connection
  refused,      // TLS or the protocol said no; asking again soon will not help
};

class NtsClient {
 public:
  // Keys are made with `server` (an NTP server may be elsewhere) and replaced at the age of
  // `refresh`; 0 = never.
  NtsClient(const Endpoint& server, Nanos refresh) : server_{server}, refresh_{refresh} {}
  [[nodiscard]] const Endpoint& server() const { return server_; }

  // Whether a request can be written now. Keys that the server disowned, or that are too old,
  // are forgotten here.
  [[nodiscard]] bool is_ready(MonotonicTime now);
  // Whether the nts role should be asked for keys now; and when to look again.
  [[nodiscard]] bool may_establish(MonotonicTime now) const { return now >= next_try_; }
  [[nodiscard]] MonotonicTime next_try() const { return next_try_; }

  // The nts role was asked, under this number.
  void note_asked(std::uint32_t number, MonotonicTime now);
  [[nodiscard]] bool is_waiting_for(std::uint32_t number) const {
    return waiting_ && *waiting_ == number;
  }
  void take_keys(const NtsKeys& keys, std::span<const Cookie> cookies, MonotonicTime now);
  void take_failure(KeFailure failure, MonotonicTime now);

  // Appends the fields of a request to the header in `packet`; the length of the whole. Uses up
  // one cookie. REQUIRES: is_ready; room for most_nts_datagram.
  [[nodiscard]] std::size_t write_request(WritableOctets packet, const NtsIdentifier& identifier,
                                          const SivNonce& nonce);
  // Whether the answer is authentic and the open request's. Keeps its cookies.
  [[nodiscard]] bool take_answer(const Header& header, const Tail& tail, MonotonicTime now);

  // For `authdata`.
  [[nodiscard]] bool has_keys() const { return has_keys_; }
  [[nodiscard]] std::uint32_t establishments() const { return establishments_; }
  [[nodiscard]] std::uint32_t attempts() const { return attempts_; }
  [[nodiscard]] std::uint32_t naks() const { return naks_; }
  [[nodiscard]] std::size_t cookies() const { return cookies_.size(); }
  [[nodiscard]] std::size_t cookie_size() const {
    return cookies_.empty() ? 0 : cookies_.front().size;
  }
  [[nodiscard]] std::optional<MonotonicTime> established() const { return established_; }
  // For the time after us (ntpd-net/kept_keys).
  [[nodiscard]] const NtsKeys& keys() const { return keys_; }
  [[nodiscard]] const std::deque<Cookie>& all_cookies() const { return cookies_; }

 private:
  void forget_keys();

  Endpoint server_;
  Nanos refresh_;
  NtsKeys keys_{};
  bool has_keys_ = false;
  std::deque<Cookie> cookies_;
  std::optional<NtsIdentifier> open_{};  // of the request that waits for its answer
  bool is_disowned_ = false;             // a NAK came and no valid answer since
  std::optional<std::uint32_t> waiting_{};
  MonotonicTime next_try_{};
  std::optional<MonotonicTime> established_{};
  std::uint32_t establishments_ = 0;
  std::uint32_t attempts_ = 0;  // since the last valid answer
  std::uint32_t naks_ = 0;      // since the last valid answer
};

}  // namespace ntp
