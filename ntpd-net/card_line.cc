// See card_line.h.
#include "ntpd-net/card_line.h"

#include <algorithm>

namespace ntp {
namespace {

// Further off its line than this the card was set (ptp4l steps it): nothing before counts.
constexpr Nanos least_jump = 100us;
// A reading so many times `precision` off its line says that the card's rate was changed.
constexpr int noise_of_one = 10;
constexpr std::uint64_t octets_of_checksum = 4;
// What a stamp may carry of corrections and lengths; more stands in no page of ours.
constexpr Nanos most_correction = 1s;
// A stamp is milliseconds from the last reading, or seconds: nonsense may not overflow.
constexpr Nanos furthest = 24h;
constexpr Nanos latest{std::int64_t{1} << 62};

std::uint64_t to_word(Nanos span) { return static_cast<std::uint64_t>(span.count()); }
Nanos from_word(std::uint64_t word) { return Nanos{static_cast<std::int64_t>(word)}; }

}  // namespace

RawTime CardMap::at(Nanos card_time) const {
  const Nanos since =
      std::clamp(std::clamp(card_time, Nanos{0}, latest) - card, -furthest, furthest);
  return raw + since + rate * since;
}

CardTime CardMap::departure(const CardStamp& stamp) const {
  return {at(stamp.card), transmit_correction};
}

CardTime CardMap::arrival(const CardStamp& stamp) const {
  const Nanos whole{
      megabits == 0 || stamp.octets == 0
          ? 0
          : static_cast<std::int64_t>((stamp.octets + octets_of_checksum) * 8 * 1000 / megabits)};
  return {at(stamp.card), whole - receive_correction};
}

CardLine::CardLine(const HardwareTimestamp& settings)
    : least_{static_cast<std::size_t>(std::max(settings.minsamples, 2))},
      most_{std::max(least_, static_cast<std::size_t>(std::max(settings.maxsamples, 2)))},
      precision_{std::max(settings.precision, Nanos{1})} {}

void CardLine::take(const CardReading& reading) {
  if (!readings_.empty() && reading.raw <= readings_.back().raw) return;
  if (readings_.size() >= 2) {
    const CardMap before = fit();
    const Nanos since = reading.card - before.card;
    const Nanos off = std::chrono::abs(before.raw + since + before.rate * since - reading.raw);
    if (off > std::max(least_jump, precision_ * 100)) readings_.clear();
    else if (off > precision_ * noise_of_one && readings_.size() >= least_)
      readings_.erase(readings_.begin(), readings_.end() - static_cast<std::ptrdiff_t>(least_ - 1));
  }
  if (readings_.size() == most_) readings_.erase(readings_.begin());
  readings_.push_back(reading);
}

std::optional<CardMap> CardLine::map() const {
  if (readings_.size() < least_) return std::nullopt;
  return fit();
}

// Least squares of what the raw clock gained on the card, over the card's time.
CardMap CardLine::fit() const {
  const CardReading& newest = readings_.back();
  const auto count = static_cast<double>(readings_.size());
  double mean_x = 0, mean_y = 0;
  const auto x_of = [&](const CardReading& r) { return to_seconds(r.card - newest.card); };
  const auto y_of = [&](const CardReading& r) {
    return to_seconds((r.raw - newest.raw) - (r.card - newest.card));
  };
  for (const CardReading& r : readings_) {
    mean_x += x_of(r) / count;
    mean_y += y_of(r) / count;
  }
  double square = 0, product = 0;
  for (const CardReading& r : readings_) {
    square += (x_of(r) - mean_x) * (x_of(r) - mean_x);
    product += (x_of(r) - mean_x) * (y_of(r) - mean_y);
  }
  const double slope = square > 0 ? product / square : 0;
  return {
      .raw = newest.raw + to_nanos(mean_y - slope * mean_x), .card = newest.card, .rate = {slope}};
}

void write_cards(CardPage& page, std::span<const CardMap> cards) {
  CardPage::Words words{};
  const std::size_t count = std::min(cards.size(), most_cards);
  words[0] = count;
  for (std::size_t i = 0; i < count; ++i) {
    const CardMap& card = cards[i];
    const std::size_t at = 1 + i * 6;
    words[at] = std::uint64_t{card.interface} << 32 | card.megabits;
    words[at + 1] = to_word(card.raw.since_zero);
    words[at + 2] = to_word(card.card);
    words[at + 3] =
        static_cast<std::uint64_t>(static_cast<std::int64_t>(card.rate.fraction * 1e18));
    words[at + 4] = to_word(card.transmit_correction);
    words[at + 5] = to_word(card.receive_correction);
  }
  page.write(words);
}

void NewestCards::refresh(const CardPage& page) {
  if (page.sequence() == sequence_) return;
  const std::uint64_t sequence = page.sequence();
  const auto words = page.read();
  if (!words) return;
  sequence_ = sequence;
  count_ = std::min<std::size_t>((*words)[0], most_cards);
  for (std::size_t i = 0; i < count_; ++i) {
    const std::uint64_t* const word = words->data() + 1 + i * 6;
    cards_[i] = {
        .interface = static_cast<std::uint32_t>(word[0] >> 32),
        .megabits = static_cast<std::uint32_t>(word[0]),
        .raw = {std::clamp(from_word(word[1]), Nanos{0}, latest)},
        .card = std::clamp(from_word(word[2]), Nanos{0}, latest),
        .rate = {std::clamp(static_cast<double>(static_cast<std::int64_t>(word[3])) * 1e-18, -0.1,
                            0.1)},
        .transmit_correction = std::clamp(from_word(word[4]), -most_correction, most_correction),
        .receive_correction = std::clamp(from_word(word[5]), -most_correction, most_correction)};
  }
}

const CardMap* NewestCards::of(unsigned interface) const {
  for (std::size_t i = 0; i < count_; ++i)
    if (cards_[i].interface == interface) return &cards_[i];
  return nullptr;
}

}  // namespace ntp
