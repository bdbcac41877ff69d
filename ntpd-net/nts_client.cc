// See nts_client.h.
#include "ntpd-net/nts_client.h"

#include <algorithm>
#include <cmath>

#include "common/wire/refid.h"

namespace ntp {
namespace {

constexpr Nanos patience = 30s;  // the nts role may die with the question

// The waits grow from 16 s, or from 17 minutes where a server refused, to six days: chronyd's.
Nanos wait_after(KeFailure failure, std::uint32_t attempts) {
  const int first = failure == KeFailure::unreachable ? 4 : 10;
  constexpr int most = 19;
  const int exponent = std::min(first + static_cast<int>(std::min(attempts, 20U)) - 1, most);
  return to_nanos(std::exp2(exponent));
}

}  // namespace

bool NtsClient::is_ready(MonotonicTime now) {
  const bool is_old = refresh_ > Nanos{0} && established_ && now - *established_ >= refresh_;
  if (is_disowned_ || is_old) forget_keys();
  return has_keys_ && !cookies_.empty();
}

void NtsClient::forget_keys() {
  has_keys_ = false;
  is_disowned_ = false;
  cookies_.clear();
  open_.reset();
}

void NtsClient::note_asked(std::uint32_t number, MonotonicTime now) {
  waiting_ = number;
  ++attempts_;
  next_try_ = now + patience;
}

void NtsClient::take_keys(const NtsKeys& keys, std::span<const Cookie> cookies, MonotonicTime now) {
  forget_keys();
  waiting_.reset();
  keys_ = keys;
  has_keys_ = true;
  cookies_.assign(cookies.begin(), cookies.end());
  established_ = now;
  ++establishments_;
  // A server whose keys never lead to an answer is not asked for more at once.
  next_try_ = now + wait_after(KeFailure::unreachable, attempts_);
}

void NtsClient::take_failure(KeFailure failure, MonotonicTime now) {
  waiting_.reset();
  next_try_ = now + wait_after(failure, attempts_);
}

std::size_t NtsClient::write_request(WritableOctets packet, const NtsIdentifier& identifier,
                                     const SivNonce& nonce) {
  ENSURE(!cookies_.empty());
  const Cookie cookie = cookies_.front();
  cookies_.pop_front();
  open_ = identifier;
  const int missing = most_cookies - static_cast<int>(cookies_.size()) - 1;
  return write_nts_request(packet, identifier, cookie, placeholders_that_fit(missing, cookie.size),
                           keys_.client_to_server, nonce);
}

bool NtsClient::take_answer(const Header& header, const Tail& tail, MonotonicTime now) {
  if (!open_) return false;
  const auto answer = open_nts_answer(tail, *open_, keys_.server_to_client);
  if (!answer) {
    if (answer.error() == NtsRefusal::nak &&
        kiss_of(header.stratum, header.refid) == Kiss::nts_nak) {
      is_disowned_ = true;  // forged or not: a valid answer would undo it
      ++naks_;
    }
    return false;
  }
  open_.reset();
  is_disowned_ = false;
  attempts_ = naks_ = 0;
  next_try_ = now;
  for (int i = 0; i < answer->count && cookies_.size() < most_cookies; ++i)
    cookies_.push_back(answer->cookies[static_cast<std::size_t>(i)]);
  return true;
}

}  // namespace ntp
