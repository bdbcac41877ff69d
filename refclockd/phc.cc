// A network card's clock as a reference: its time, or with `extpps` only the pulses that it
// stamps. For those the card's clock need not be right: a comparison just after the pulse tells
// how long ago the pulse was.
#include "common/base/text.h"
#include "refclockd/look.h"
#include "refclockd/phc_card.h"

namespace ntp::refclockd {
namespace {

class PhcDriver final : public Driver {
 public:
  PhcDriver(PhcCard card, bool is_pulse) : card_{std::move(card)}, is_pulse_{is_pulse} {}

  Result<Look, Nothing> look(Clocks&) override {
    const auto found = card_.compare();
    if (!found) return std::unexpected{Nothing::device};
    return Look{
        .raw = found->raw, .system = found->system, .utc = {found->card}, .is_pulse = is_pulse_};
  }

 private:
  PhcCard card_;
  bool is_pulse_;
};

class PhcPulseDriver final : public Driver {
 public:
  PhcPulseDriver(PhcCard card, unsigned channel) : card_{std::move(card)}, channel_{channel} {}

  Result<Look, Nothing> look(Clocks& clocks) override {
    const auto pulse = card_.take_pulse(channel_);
    if (!pulse) return std::unexpected{Nothing::not_yet};
    const auto now = card_.compare();
    if (!now) return std::unexpected{Nothing::device};
    const Compared newest{now->raw ? *now->raw : raw_of(now->system, clocks), now->card};
    const Nanos ago = to_nanos(to_seconds(newest.card - *pulse) * raw_per_card(newest));
    last_ = newest;
    // A pulse marks a whole second; which one, the numbering says.
    return Look{.raw = newest.raw - ago,
                .utc = UtcTime{std::chrono::floor<std::chrono::seconds>(*pulse)},
                .is_pulse = true};
  }
  int fd() const override { return card_.fd(); }

 private:
  struct Compared {
    RawTime raw{};
    Nanos card{0};
  };

  static RawTime raw_of(SystemTime then, Clocks& clocks) {
    const Reading now = clocks.read();  // some microseconds later: no rate matters
    return now.raw - (now.system - then);
  }

  // How far the raw clock goes while the card's goes a second; by the pulse before.
  [[nodiscard]] double raw_per_card(const Compared& newest) const {
    const bool is_useful = last_ && newest.card - last_->card >= 100ms;
    return is_useful ? to_seconds(newest.raw - last_->raw) / to_seconds(newest.card - last_->card)
                     : 1;
  }

  PhcCard card_;
  unsigned channel_;
  std::optional<Compared> last_;
};

}  // namespace

Result<std::unique_ptr<Driver>> open_phc(const RefclockSettings& settings) {
  NTP_TRY(know_options(settings, {"nocrossts", "extpps", "pin=", "channel=", "clear"}));
  const PhcCard::Pulses wish{.pin = NTP_TRY(number_option(settings, "pin=")),
                             .channel = NTP_TRY(number_option(settings, "channel=")),
                             .on_clear = has_option(settings, "clear")};
  auto card = NTP_TRY(PhcCard::open(settings.parameter, !has_option(settings, "nocrossts")));
  if (!has_option(settings, "extpps"))
    return std::make_unique<PhcDriver>(std::move(card), settings.pps);
  NTP_TRY(card.stamp_pulses(wish));
  return std::make_unique<PhcPulseDriver>(std::move(card), wish.channel);
}

}  // namespace ntp::refclockd
