// See cards.h.
#include "ntpd-net/cards.h"

#include <algorithm>
#include <cmath>

#include "common/base/text.h"

namespace ntp {
namespace {

// Between the readings at the start, which make the line.
constexpr Nanos first_wait = 100ms;
constexpr Nanos oldest_look = 1s;  // a comparison takes microseconds: older ones saw a step

Nanos interval_of(int poll) { return to_nanos(std::exp2(poll)); }

}  // namespace

std::string to_argument(std::span<const CardAbout> cards) {
  std::string text;
  for (const CardAbout& card : cards) {
    if (!text.empty()) text += ',';
    text += std::to_string(card.interface) + '/' + std::to_string(card.line) + '/' +
            std::to_string(card.megabits);
  }
  return text;
}

std::vector<CardAbout> cards_of(std::string_view argument) {
  std::vector<CardAbout> cards;
  while (!argument.empty()) {
    const std::string_view one = argument.substr(0, argument.find(','));
    argument.remove_prefix(std::min(one.size() + 1, argument.size()));
    const std::size_t first = one.find('/'), last = one.rfind('/');
    if (first == last) continue;
    const auto interface = parse_integer<unsigned>(one.substr(0, first));
    const auto line = parse_integer<std::size_t>(one.substr(first + 1, last - first - 1));
    const auto megabits = parse_integer<std::uint32_t>(one.substr(last + 1));
    if (interface && line && megabits) cards.push_back({*interface, *line, *megabits});
  }
  return cards;
}

Cards::Cards(std::vector<Fd> devices, std::span<const CardAbout> about,
             const std::vector<HardwareTimestamp>& lines) {
  const std::size_t count = std::min({devices.size(), about.size(), most_cards});
  for (std::size_t i = 0; i < count; ++i) {
    if (about[i].line >= lines.size()) continue;
    const HardwareTimestamp& settings = lines[about[i].line];
    const int most_poll =
        std::max(settings.maxpoll.value_or(settings.minpoll + 1), settings.minpoll);
    cards_.push_back({.device = std::move(devices[i]),
                      .about = about[i],
                      .settings = settings,
                      .comparison = PhcComparison{!settings.nocrossts},
                      .line = CardLine{settings},
                      .least_wait = interval_of(settings.minpoll),
                      .most_wait = interval_of(most_poll)});
  }
}

bool Cards::has(unsigned interface) const {
  return std::ranges::any_of(cards_, [&](const Card& c) { return c.about.interface == interface; });
}

MonotonicTime Cards::due() const {
  MonotonicTime due = Timer::never;
  for (const Card& card : cards_) due = std::min(due, card.due);
  return due;
}

void Cards::read(Card& card, Clocks& clocks, Stamping& stamping) {
  const MonotonicTime now = clocks.monotonic_now();
  card.read_at = now;
  const auto look = card.comparison.compare(card.device.number());
  std::optional<RawTime> raw;
  stamping.look(clocks.read());
  if (look)
    raw = look->raw ? *look->raw : stamping.to_raw(look->system, clocks.raw_now() - oldest_look);
  if (raw) card.line.take({*raw, look->card});
  const bool knows_enough =
      !raw || card.line.size() >= static_cast<std::size_t>(card.settings.minsamples);
  card.due = now + (knows_enough ? card.most_wait : std::min(first_wait, card.most_wait));
}

void Cards::read_due(Clocks& clocks, Stamping& stamping, CardPage* page) {
  const MonotonicTime now = clocks.monotonic_now();
  for (Card& card : cards_)
    if (card.due <= now) read(card, clocks, stamping);
  if (page == nullptr) return;
  std::vector<CardMap> maps;
  for (const Card& card : cards_)
    if (const auto map = map_of(card)) maps.push_back(*map);
  write_cards(*page, maps);
}

void Cards::forget() {
  for (Card& card : cards_) {
    card.line.forget();
    card.due = MonotonicTime{};
  }
}

std::optional<CardMap> Cards::map_of(const Card& card) {
  auto map = card.line.map();
  if (!map) return std::nullopt;
  map->interface = card.about.interface;
  map->megabits = card.about.megabits;
  map->transmit_correction = card.settings.transmit_correction;
  map->receive_correction = card.settings.receive_correction;
  return map;
}

std::optional<CardMap> Cards::map_of(unsigned interface, Clocks& clocks, Stamping& stamping) {
  const auto found =
      std::ranges::find(cards_, interface, [](const Card& card) { return card.about.interface; });
  if (found == cards_.end()) return std::nullopt;
  if (clocks.monotonic_now() - found->read_at >= found->least_wait) read(*found, clocks, stamping);
  return map_of(*found);
}

std::optional<CardTime> Cards::arrival(const CardStamp& stamp, Clocks& clocks, Stamping& stamping) {
  const auto map = map_of(stamp.interface, clocks, stamping);
  return map ? std::optional{map->arrival(stamp)} : std::nullopt;
}

std::optional<CardTime> Cards::departure(const CardStamp& stamp, Clocks& clocks,
                                         Stamping& stamping) {
  const auto map = map_of(stamp.interface, clocks, stamping);
  return map ? std::optional{map->departure(stamp)} : std::nullopt;
}

std::optional<Nanos> Cards::precision_of(unsigned interface) const {
  const auto found =
      std::ranges::find(cards_, interface, [](const Card& card) { return card.about.interface; });
  return found == cards_.end() ? std::nullopt : std::optional{found->settings.precision};
}

}  // namespace ntp
