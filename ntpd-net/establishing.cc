// See establishing.h.
#include "ntpd-net/establishing.h"

#include <algorithm>

#include "common/base/log.h"

namespace ntp {
namespace {

Source* source_waiting_for(Daemon& daemon, std::uint32_t number) {
  for (const int place : daemon.pool.order()) {
    Source& source = daemon.pool.at(place);
    if (source.nts && source.nts->is_waiting_for(number)) return &source;
  }
  return nullptr;
}

// Another NTP server than the one that made the keys (RFC 8915 section 4.1.7): taken where it is
// told by address; a name would need a second source of trust to be looked up by.
bool move_to(Source& source, const KeyAnswer& answer) {
  if (answer.port != 0) source.remote.port = answer.port;
  const std::string_view server{answer.server.data()};
  if (server.empty()) return true;
  const auto address = parse_address(server);
  if (address) source.remote.address = *address;
  return address.has_value() || server == source.settings.name;
}

}  // namespace

void establish_keys(Daemon& daemon, int place) {
  Source& source = daemon.pool.at(place);
  const MonotonicTime now = daemon.clocks.monotonic_now();
  source.request.disarm();
  if (source.nts->may_establish(now)) {
    KeyQuery query{
        .number = ++daemon.last_key_query,
        .certificate_set = source.settings.certset,
        .server = source.nts->server(),
        .ignores_dates = daemon.reference.updates <
                                 static_cast<std::uint64_t>(daemon.settings.nts.nocerttimecheck)
                             ? std::uint8_t{1}
                             : std::uint8_t{0}};
    const std::string& name = source.settings.name;
    std::ranges::copy(std::string_view{name}.substr(0, query.name.size() - 1), query.name.begin());
    source.nts->note_asked(query.number, now);
    if (!daemon.passage.keys.ask(query)) source.nts->take_failure(KeFailure::unreachable, now);
  }
  source.request.arm(std::max(source.nts->next_try(), now + 1s));
}

void take_keys(Daemon& daemon) {
  while (const auto answer = daemon.passage.keys.take()) {
    Source* source = source_waiting_for(daemon, answer->number);
    if (source == nullptr) continue;
    const MonotonicTime now = daemon.clocks.monotonic_now();
    const bool is_usable = answer->outcome == KeyOutcome::keys && move_to(*source, *answer);
    if (is_usable) {
      source->nts->take_keys(answer->keys, std::span{answer->cookies}.first(answer->count), now);
      if (source->online) source->request.arm(now);
      continue;
    }
    log_warning(
        "No NTS keys from {}: {}", source->settings.name,
        answer->outcome == KeyOutcome::keys ? "it names another NTP server" : answer->why.data());
    source->nts->take_failure(
        answer->outcome == KeyOutcome::unreachable ? KeFailure::unreachable : KeFailure::refused,
        now);
    if (source->online) source->request.arm(source->nts->next_try());
  }
}

}  // namespace ntp
