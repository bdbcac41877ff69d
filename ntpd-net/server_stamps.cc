// See server_stamps.h.
#include "ntpd-net/server_stamps.h"

namespace ntp {
namespace {

// What is judged is the stamp, not what the operator wants added to it.
std::optional<SystemTime> system_time_of(const CardTime& time, const Serving& serving) {
  const SystemTime stamped = serving.system_of(time.stamped);
  if (!is_plausible(stamped, serving.now.system)) return std::nullopt;
  return stamped + time.correction;
}

}  // namespace

Stamped stamp_arrival(const std::optional<SystemTime>& kernel,
                      const std::optional<CardStamp>& by_card, const NewestCards& cards,
                      const Serving& serving) {
  if (const CardMap* card = by_card ? cards.of(by_card->interface) : nullptr) {
    if (const auto at = system_time_of(card->arrival(*by_card), serving))
      return {*at, Count::card_receive_stamps};
  }
  if (kernel && is_plausible(*kernel, serving.now.system))
    return {*kernel, Count::kernel_receive_stamps};
  return {serving.now.system, Count::daemon_receive_stamps};
}

std::optional<Stamped> stamp_departure(const Departure& departure, const NewestCards& cards,
                                       const Serving& serving) {
  if (!departure.card_stamp) {
    if (!is_plausible(departure.stamp, serving.now.system)) return std::nullopt;
    return Stamped{departure.stamp, Count::kernel_transmit_stamps};
  }
  const CardMap* const card = cards.of(departure.card_stamp->interface);
  if (card == nullptr) return std::nullopt;
  const auto at = system_time_of(card->departure(*departure.card_stamp), serving);
  return at ? std::optional{Stamped{*at, Count::card_transmit_stamps}} : std::nullopt;
}

}  // namespace ntp
