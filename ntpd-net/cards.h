// The network cards whose stamps are used (`hwtimestamp`), as the client role has them: reads each
// card's clock as often as the operator says, keeps its line, turns stamps into raw time. Holds
// descriptors that the filter lets it read and nothing else; which cards there are was found by
// ntpd-net/card_opening before any privilege was dropped.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/fd.h"
#include "common/os/phc.h"
#include "common/os/timers.h"
#include "ntpd-net/card_line.h"
#include "ntpd-net/stamping.h"

namespace ntp {

// A card as the supervisor found it.
struct CardAbout {
  unsigned interface = 0;
  std::size_t line = 0;  // of the hwtimestamp lines
  std::uint32_t megabits = 0;

  bool operator==(const CardAbout&) const = default;
};
// As the one argument that the client role is given, and back; what makes no sense is left out.
[[nodiscard]] std::string to_argument(std::span<const CardAbout> cards);
[[nodiscard]] std::vector<CardAbout> cards_of(std::string_view argument);

class Cards {
 public:
  Cards() = default;
  // `devices` belong to `about` one by one. Surplus of either is left out.
  Cards(std::vector<Fd> devices, std::span<const CardAbout> about,
        const std::vector<HardwareTimestamp>& lines);

  [[nodiscard]] bool is_empty() const { return cards_.empty(); }
  [[nodiscard]] bool has(unsigned interface) const;
  // When a card is to be read although no stamp of it came; never without cards.
  [[nodiscard]] MonotonicTime due() const;
  // Reads the cards that are due; tells `page`, where there is one.
  void read_due(Clocks& clocks, Stamping& stamping, CardPage* page);
  // The raw clock broke: no reading counts any more.
  void forget();

  // nullopt: no such card, or its line is not known yet. Reads the card first where its last
  // reading is older than minpoll says.
  [[nodiscard]] std::optional<CardTime> arrival(const CardStamp& stamp, Clocks& clocks,
                                                Stamping& stamping);
  [[nodiscard]] std::optional<CardTime> departure(const CardStamp& stamp, Clocks& clocks,
                                                  Stamping& stamping);
  // What the operator says that a reading of the card is good for; nullopt: no such card.
  [[nodiscard]] std::optional<Nanos> precision_of(unsigned interface) const;

 private:
  struct Card {
    Fd device{};
    CardAbout about{};
    HardwareTimestamp settings{};
    PhcComparison comparison;
    CardLine line;
    Nanos least_wait{0}, most_wait{0};  // minpoll, maxpoll
    MonotonicTime read_at{};
    MonotonicTime due{};
  };
  void read(Card& card, Clocks& clocks, Stamping& stamping);
  [[nodiscard]] std::optional<CardMap> map_of(unsigned interface, Clocks& clocks,
                                              Stamping& stamping);
  [[nodiscard]] static std::optional<CardMap> map_of(const Card& card);

  std::vector<Card> cards_;
};

}  // namespace ntp
