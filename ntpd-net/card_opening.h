// Finds the network cards of the `hwtimestamp` lines, tells them to stamp packets and opens their
// clocks, while that is still allowed. One log line says what each will do, or why it will not;
// nothing of this stops the start. Reads no card's clock.
#pragma once

#include <vector>

#include "common/base/fd.h"
#include "common/conf/settings.h"
#include "ntpd-net/cards.h"

namespace ntp {

struct OpenedCards {
  std::vector<Fd> devices;  // /dev/ptpN, for reading; one each of `about`
  std::vector<CardAbout> about;
};
[[nodiscard]] OpenedCards open_cards(const std::vector<HardwareTimestamp>& lines);

// The receive filter to ask of a card that offers these (a bit each, as the kernel numbers them):
// what the operator chose, else packets of NTP, else all. nullopt: it offers no such filter, and
// only departures are stamped.
[[nodiscard]] std::optional<int> choose_filter(ReceiveFilter wish, unsigned offered);

}  // namespace ntp
