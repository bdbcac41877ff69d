// A network card's clock as a straight line over the raw clock, and what its stamps mean. The
// client role keeps one a card and tells the server role by a page, so that no worker holds a
// device. Pure: reads no clock and no card.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/conf/settings.h"
#include "common/os/udp.h"
#include "common/time/instants.h"
#include "ntpd-net/page.h"

namespace ntp {

// A card's stamp as raw time, and what is to be added to it: only the former can be judged.
struct CardTime {
  RawTime stamped{};
  Nanos correction{0};
};

// How stamps of one card become raw time, near `card`.
struct CardMap {
  std::uint32_t interface = 0;  // the kernel's index
  std::uint32_t megabits = 0;   // of its link; 0 = not known
  RawTime raw{};                // when the card showed ...
  Nanos card{0};                // ... this
  Rate rate{};                  // raw time gained per second of the card, minus one
  Nanos transmit_correction{0}, receive_correction{0};  // txcomp, rxcomp

  // When the frame began to leave.
  [[nodiscard]] CardTime departure(const CardStamp& stamp) const;
  // When the frame had come as a whole. A card stamps its beginning; NTP, and a kernel's stamp on
  // the other side, mean its end (RFC 5905 leaves it open; chronyd does the same).
  [[nodiscard]] CardTime arrival(const CardStamp& stamp) const;

 private:
  [[nodiscard]] RawTime at(Nanos card_time) const;
};

// One look at both clocks.
struct CardReading {
  RawTime raw{};
  Nanos card{0};
};

class CardLine {
 public:
  // minsamples, maxsamples and precision are obeyed here.
  explicit CardLine(const HardwareTimestamp& settings);

  void take(const CardReading& reading);
  void forget() { readings_.clear(); }
  // The line through the readings that are kept; only its times and rate are set. nullopt:
  // too few of them.
  [[nodiscard]] std::optional<CardMap> map() const;
  [[nodiscard]] std::size_t size() const { return readings_.size(); }

 private:
  [[nodiscard]] CardMap fit() const;

  std::size_t least_, most_;
  Nanos precision_;
  std::vector<CardReading> readings_;  // oldest first
};

// Every card's map, client role -> workers.
inline constexpr std::size_t most_cards = 8;
using CardPage = Page<1 + most_cards * 6>;

void write_cards(CardPage& page, std::span<const CardMap> cards);

// A worker's copy: looks at the page again only when something new stands there.
class NewestCards {
 public:
  void refresh(const CardPage& page);
  // Null: no such card, or it is not understood yet.
  [[nodiscard]] const CardMap* of(unsigned interface) const;

 private:
  std::array<CardMap, most_cards> cards_{};
  std::size_t count_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace ntp
