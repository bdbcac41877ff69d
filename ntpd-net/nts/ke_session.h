// One key establishment, from the connected socket to the keys: TLS handshake, one message each
// way, end. Either side. Bounded in time by its owner; blocks nowhere.
#pragma once

#include <vector>

#include "common/os/timers.h"
#include "common/wire/nts_cookie.h"
#include "common/wire/nts_records.h"
#include "ntpd-net/nts/tls_session.h"

namespace ntp {

enum class KeState : std::uint8_t { shaking_hands, sending, receiving, leaving, ended, failed };

// Asks for keys.
class KeClient {
 public:
  KeClient(TlsSession tls, MonotonicTime deadline) : tls_{std::move(tls)}, deadline_{deadline} {}

  // As far as the socket lets it.
  void advance();
  [[nodiscard]] KeState state() const { return state_; }
  [[nodiscard]] MonotonicTime deadline() const { return deadline_; }
  [[nodiscard]] const TlsSession& tls() const { return tls_; }
  // Of `failed`.
  [[nodiscard]] const std::string& why() const { return why_; }
  // Of `ended`.
  [[nodiscard]] const KeResponse& response() const { return response_; }
  [[nodiscard]] const NtsKeys& keys() const { return keys_; }

 private:
  void fail(std::string why);
  bool follow(TlsStep step, KeState next);  // whether to go on at once
  void take_response();

  TlsSession tls_;
  MonotonicTime deadline_;
  KeState state_ = KeState::shaking_hands;
  std::vector<std::byte> request_ = write_ke_request();
  std::vector<std::byte> message_;
  KeResponse response_;
  NtsKeys keys_{};
  std::string why_;
};

// What our server says in every key establishment.
struct KeOffer {
  const CookieKeys* cookie_keys = nullptr;  // never null
  std::string ntp_server{};                 // empty: this machine
  std::uint16_t ntp_port = 0;               // 0: 123, not said
};

// Makes keys for a client that asks.
class KeServer {
 public:
  KeServer(TlsSession tls, MonotonicTime deadline) : tls_{std::move(tls)}, deadline_{deadline} {}

  void advance(const KeOffer& offer);
  [[nodiscard]] KeState state() const { return state_; }
  [[nodiscard]] MonotonicTime deadline() const { return deadline_; }
  [[nodiscard]] const TlsSession& tls() const { return tls_; }

 private:
  bool follow(TlsStep step, KeState next);
  [[nodiscard]] std::vector<std::byte> answer(const KeOffer& offer) const;

  TlsSession tls_;
  MonotonicTime deadline_;
  KeState state_ = KeState::shaking_hands;
  std::vector<std::byte> message_;
  std::vector<std::byte> answer_;
};

}  // namespace ntp
