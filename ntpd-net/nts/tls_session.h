// TLS 1.3 over a non-blocking socket, as NTS key establishment wants it: ALPN "ntske/1", the
// exporter, nothing resumed. The only file that knows the TLS library; used by the nts role
// alone. Blocks nowhere, knows no NTS message.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/fd.h"
#include "common/base/octets.h"
#include "common/base/result.h"
#include "common/wire/siv.h"

struct gnutls_certificate_credentials_st;
struct gnutls_session_int;

namespace ntp {

// Whom we trust, or who we are. Made while files may still be opened.
class TlsCredentials {
 public:
  // Files or directories of certificates, and the system's where wanted. A file that cannot be
  // used is a line in `complaints`.
  [[nodiscard]] static Result<TlsCredentials> trusting(const std::vector<std::string>& paths,
                                                       bool system,
                                                       std::vector<std::string>& complaints);
  // PEM texts of a certificate chain and its key.
  struct Identity {
    std::string certificate, key;
  };
  [[nodiscard]] static Result<TlsCredentials> being(const std::vector<Identity>& identities);

  [[nodiscard]] gnutls_certificate_credentials_st* get() const { return credentials_.get(); }

 private:
  struct Free {
    void operator()(gnutls_certificate_credentials_st* credentials) const;
  };
  std::unique_ptr<gnutls_certificate_credentials_st, Free> credentials_;
};

// REQUIRES: once in the process, before anything else here.
[[nodiscard]] Result<void> prepare_tls();

enum class TlsStep : std::uint8_t {
  done,
  waits,   // for the socket: see wants_write
  failed,  // see why
};

class TlsSession {
 public:
  // `socket` is connected, or will be; credentials outlive the session. `name` is what the
  // certificate must say: a host name or an address.
  [[nodiscard]] static Result<TlsSession> connect(Fd socket, const TlsCredentials& credentials,
                                                  const std::string& name, bool ignore_dates);
  [[nodiscard]] static Result<TlsSession> accept(Fd socket, const TlsCredentials& credentials);

  // Each is called again after `waits`, with the same arguments, when the socket is ready.
  [[nodiscard]] TlsStep shake_hands();  // fails also when the other end does not speak ntske/1
  [[nodiscard]] TlsStep send(Octets octets);
  // Appends what came; `done` with nothing appended is the end of the stream.
  [[nodiscard]] TlsStep receive(std::vector<std::byte>& into, std::size_t most);
  [[nodiscard]] TlsStep say_goodbye();

  // After the handshake.
  [[nodiscard]] Result<SivKey> export_key(std::string_view label, Octets context) const;

  [[nodiscard]] int number() const { return socket_.number(); }
  [[nodiscard]] bool wants_write() const;
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  struct Free {
    void operator()(gnutls_session_int* session) const;
  };
  TlsSession(Fd socket, gnutls_session_int* session)
      : socket_{std::move(socket)}, session_{session} {}
  [[nodiscard]] static Result<TlsSession> begin(Fd socket, unsigned flags,
                                                const TlsCredentials& credentials);
  [[nodiscard]] TlsStep step_of(long code);

  Fd socket_;
  std::unique_ptr<gnutls_session_int, Free> session_;
  std::string why_;
  std::unique_ptr<std::string> name_;  // the library keeps a pointer to it
};

}  // namespace ntp
