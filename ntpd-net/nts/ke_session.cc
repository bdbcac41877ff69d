// See ke_session.h.
#include "ntpd-net/nts/ke_session.h"

#include "ntpd-net/random_octets.h"

namespace ntp {
namespace {

Result<NtsKeys> export_keys(const TlsSession& tls) {
  return NtsKeys{
      .client_to_server = NTP_TRY(tls.export_key(nts_exporter_label, exporter_context(false))),
      .server_to_client = NTP_TRY(tls.export_key(nts_exporter_label, exporter_context(true)))};
}

}  // namespace

void KeClient::fail(std::string why) {
  state_ = KeState::failed;
  why_ = std::move(why);
}

bool KeClient::follow(TlsStep step, KeState next) {
  if (step == TlsStep::failed) fail(tls_.why());
  if (step == TlsStep::done) state_ = next;
  return step == TlsStep::done;
}

void KeClient::advance() {
  if (state_ == KeState::shaking_hands && !follow(tls_.shake_hands(), KeState::sending)) return;
  if (state_ == KeState::sending && !follow(tls_.send(request_), KeState::receiving)) return;
  while (state_ == KeState::receiving) {
    const std::size_t before = message_.size();
    if (!follow(tls_.receive(message_, most_ke_message), KeState::receiving)) return;
    const KeProgress progress = look_for_end(message_);
    if (progress.is_complete) return take_response();
    if (progress.is_hopeless || message_.size() == before)
      return fail("the server's message does not end as it must");
  }
}

void KeClient::take_response() {
  auto response = read_ke_response(message_);
  if (!response) return fail("the server offers no NTPv4 with AES-SIV-CMAC-256");
  const auto keys = export_keys(tls_);
  if (!keys) return fail(keys.error().message);
  response_ = *std::move(response);
  keys_ = *keys;
  state_ = KeState::ended;
  (void)tls_.say_goodbye();  // if the socket is full the server learns it by the end of TCP
}

bool KeServer::follow(TlsStep step, KeState next) {
  if (step == TlsStep::failed) state_ = KeState::failed;
  if (step == TlsStep::done) state_ = next;
  return step == TlsStep::done;
}

void KeServer::advance(const KeOffer& offer) {
  if (state_ == KeState::shaking_hands && !follow(tls_.shake_hands(), KeState::receiving)) return;
  while (state_ == KeState::receiving) {
    const std::size_t before = message_.size();
    if (!follow(tls_.receive(message_, most_ke_message), KeState::receiving)) return;
    const KeProgress progress = look_for_end(message_);
    if (progress.is_complete) {
      answer_ = answer(offer);
      state_ = KeState::sending;
    } else if (progress.is_hopeless || message_.size() == before) {
      state_ = KeState::failed;
    }
  }
  if (state_ == KeState::sending && !follow(tls_.send(answer_), KeState::leaving)) return;
  if (state_ == KeState::leaving) follow(tls_.say_goodbye(), KeState::ended);
}

std::vector<std::byte> KeServer::answer(const KeOffer& offer) const {
  const auto request = read_ke_request(message_);
  if (!request) return write_ke_error(request.error());
  KeResponse response{.server = offer.ntp_server, .port = offer.ntp_port};
  if (request->has_ntpv4 && request->has_siv) {
    const auto keys = export_keys(tls_);
    if (!keys) return write_ke_error(KeError::internal);
    for (int i = 0; i < most_cookies; ++i)
      response.cookies.push_back(make_cookie(*offer.cookie_keys, *keys, random_octets<SivNonce>()));
  }
  return write_ke_response(*request, response);
}

}  // namespace ntp
