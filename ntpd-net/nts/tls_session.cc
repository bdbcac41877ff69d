// See tls_session.h.
#include "ntpd-net/nts/tls_session.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sys/stat.h>

#include <array>

#include "common/base/address.h"
#include "common/wire/nts_records.h"

// Other roles of this binary never prepare the library; they must not pay for it at start.
extern "C" {
GNUTLS_SKIP_GLOBAL_INIT
}

namespace ntp {
namespace {

// Only 1.3: its exporter is what the RFC builds on, and nothing older is admitted.
constexpr const char* priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3";

std::unexpected<Error> tls_failure(std::string_view what, long code) {
  return failure(std::string{what} + ": " + gnutls_strerror(static_cast<int>(code)));
}

bool is_directory(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

// What the library says of a certificate that it does not take.
std::string words_of(unsigned status) {
  gnutls_datum_t text{};
  if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) < 0)
    return "certificate refused";
  std::string words{reinterpret_cast<const char*>(text.data), text.size};
  gnutls_free(text.data);
  return words;
}

}  // namespace

Result<void> prepare_tls() {
  if (const int code = gnutls_global_init(); code < 0) return tls_failure("TLS", code);
  return {};
}

void TlsCredentials::Free::operator()(gnutls_certificate_credentials_st* credentials) const {
  gnutls_certificate_free_credentials(credentials);
}

void TlsSession::Free::operator()(gnutls_session_int* session) const { gnutls_deinit(session); }

Result<TlsCredentials> TlsCredentials::trusting(const std::vector<std::string>& paths, bool system,
                                                std::vector<std::string>& complaints) {
  gnutls_certificate_credentials_t raw = nullptr;
  if (const int code = gnutls_certificate_allocate_credentials(&raw); code < 0)
    return tls_failure("TLS credentials", code);
  TlsCredentials credentials;
  credentials.credentials_.reset(raw);
  if (system) {
    if (const int count = gnutls_certificate_set_x509_system_trust(raw); count < 0)
      complaints.push_back(std::string{"the system's certificates: "} + gnutls_strerror(count));
  }
  for (const std::string& path : paths) {
    const int count =
        is_directory(path)
            ? gnutls_certificate_set_x509_trust_dir(raw, path.c_str(), GNUTLS_X509_FMT_PEM)
            : gnutls_certificate_set_x509_trust_file(raw, path.c_str(), GNUTLS_X509_FMT_PEM);
    if (count <= 0)
      complaints.push_back(path + ": " + (count < 0 ? gnutls_strerror(count) : "no certificate"));
  }
  return credentials;
}

Result<TlsCredentials> TlsCredentials::being(const std::vector<Identity>& identities) {
  gnutls_certificate_credentials_t raw = nullptr;
  if (const int code = gnutls_certificate_allocate_credentials(&raw); code < 0)
    return tls_failure("TLS credentials", code);
  TlsCredentials credentials;
  credentials.credentials_.reset(raw);
  const auto datum = [](const std::string& text) {
    return gnutls_datum_t{reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
                          static_cast<unsigned>(text.size())};
  };
  for (const Identity& identity : identities) {
    const gnutls_datum_t certificate = datum(identity.certificate), key = datum(identity.key);
    const int code =
        gnutls_certificate_set_x509_key_mem(raw, &certificate, &key, GNUTLS_X509_FMT_PEM);
    if (code < 0) return tls_failure("certificate and key of the NTS server", code);
  }
  return credentials;
}

Result<TlsSession> TlsSession::begin(Fd socket, unsigned flags, const TlsCredentials& credentials) {
  gnutls_session_t raw = nullptr;
  if (const int code =
          gnutls_init(&raw, flags | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS);
      code < 0)
    return tls_failure("TLS session", code);
  TlsSession session{std::move(socket), raw};
  if (const int code = gnutls_priority_set_direct(raw, priorities, nullptr); code < 0)
    return tls_failure("TLS 1.3", code);
  if (const int code = gnutls_credentials_set(raw, GNUTLS_CRD_CERTIFICATE, credentials.get());
      code < 0)
    return tls_failure("TLS credentials", code);
  std::string protocol{nts_alpn};
  const gnutls_datum_t alpn{reinterpret_cast<unsigned char*>(protocol.data()),
                            static_cast<unsigned>(protocol.size())};
  if (const int code = gnutls_alpn_set_protocols(raw, &alpn, 1, 0); code < 0)
    return tls_failure("ALPN", code);
  gnutls_transport_set_int(raw, session.socket_.number());
  return session;
}

Result<TlsSession> TlsSession::connect(Fd socket, const TlsCredentials& credentials,
                                       const std::string& name, bool ignore_dates) {
  TlsSession session = NTP_TRY(begin(std::move(socket), GNUTLS_CLIENT, credentials));
  session.name_ = std::make_unique<std::string>(name);
  gnutls_session_t raw = session.session_.get();
  if (!parse_address(name)) {
    if (const int code = gnutls_server_name_set(raw, GNUTLS_NAME_DNS, name.data(), name.size());
        code < 0)
      return tls_failure("server name", code);
  }
  const unsigned flags =
      ignore_dates ? GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS
                   : 0U;
  gnutls_session_set_verify_cert(raw, session.name_->c_str(), flags);
  return session;
}

Result<TlsSession> TlsSession::accept(Fd socket, const TlsCredentials& credentials) {
  return begin(std::move(socket), GNUTLS_SERVER, credentials);
}

TlsStep TlsSession::step_of(long code) {
  if (code >= 0) return TlsStep::done;
  if (code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED) return TlsStep::waits;
  if (code == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) {
    why_ = words_of(gnutls_session_get_verify_cert_status(session_.get()));
  } else {
    why_ = gnutls_strerror(static_cast<int>(code));
  }
  return TlsStep::failed;
}

TlsStep TlsSession::shake_hands() {
  for (;;) {
    const int code = gnutls_handshake(session_.get());
    if (code < 0 && code != GNUTLS_E_AGAIN && gnutls_error_is_fatal(code) == 0) continue;
    const TlsStep step = step_of(code);
    if (step != TlsStep::done) return step;
    gnutls_datum_t chosen{};
    if (gnutls_alpn_get_selected_protocol(session_.get(), &chosen) < 0 ||
        std::string_view{reinterpret_cast<const char*>(chosen.data), chosen.size} != nts_alpn) {
      why_ = "the other end does not speak ntske/1";
      return TlsStep::failed;
    }
    return TlsStep::done;
  }
}

// Our messages are short enough for one record.
TlsStep TlsSession::send(Octets octets) {
  return step_of(gnutls_record_send(session_.get(), octets.data(), octets.size()));
}

TlsStep TlsSession::receive(std::vector<std::byte>& into, std::size_t most) {
  std::array<std::byte, 4096> part;
  for (;;) {
    const ssize_t length = gnutls_record_recv(session_.get(), part.data(), part.size());
    if (length == GNUTLS_E_PREMATURE_TERMINATION) return TlsStep::done;
    if (length < 0 && length != GNUTLS_E_AGAIN &&
        gnutls_error_is_fatal(static_cast<int>(length)) == 0)
      continue;
    if (length <= 0) return step_of(length);
    if (into.size() + static_cast<std::size_t>(length) > most) {
      why_ = "too long a message";
      return TlsStep::failed;
    }
    into.insert(into.end(), part.begin(), part.begin() + length);
    return TlsStep::done;
  }
}

TlsStep TlsSession::say_goodbye() { return step_of(gnutls_bye(session_.get(), GNUTLS_SHUT_WR)); }

bool TlsSession::wants_write() const { return gnutls_record_get_direction(session_.get()) == 1; }

Result<SivKey> TlsSession::export_key(std::string_view label, Octets context) const {
  SivKey key;
  const int code = gnutls_prf_rfc5705(session_.get(), label.size(), label.data(), context.size(),
                                      reinterpret_cast<const char*>(context.data()), key.size(),
                                      reinterpret_cast<char*>(key.data()));
  if (code < 0) return tls_failure("TLS exporter", code);
  return key;
}

}  // namespace ntp
