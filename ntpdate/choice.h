// Which of the servers asked is believed, from their answers alone. Pure: reads no clock, knows
// no socket and prints nothing.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "common/base/address.h"
#include "common/time/instants.h"
#include "common/wire/header.h"
#include "ntpdate/options.h"

namespace ntp::ntpdate {

// One accepted answer.
struct Measured {
  Nanos offset{0};  // truth minus system clock, as users read it
  Nanos delay{0};   // round trip less the server's hold, >= 0
};

// One address of one server and all it said.
struct Asked {
  Endpoint server{};
  std::string name{};      // as on the command line
  int sent = 0;            // requests
  int kept = 0;            // answers that made a sample, 0..most_samples
  bool answered = false;   // an answer that belongs to a request of ours came
  bool stopped = false;    // it told us to go away
  bool untrusted = false;  // an answer without the right signature came
  std::array<Measured, most_samples> samples{};
  Header header{};  // of the last such answer; means nothing without one
};

// One server's samples in short: the one of least delay speaks for all.
struct Summary {
  Nanos offset{0};
  Nanos delay{0};
  Nanos dispersion{0};  // distances from it by rank, each rank half; a lost sample counts 64 s
};
[[nodiscard]] Summary summarise(const Asked& asked);

// Why a server cannot be used; the words are classic ntpdate's.
enum class Drop : std::uint8_t {
  kept,
  no_data,
  strata_too_high,
  too_far_away,
  leap_alarm,
  broken,
  too_long_without_sync,
  untrusted,
};
[[nodiscard]] Drop examine(const Asked& asked);
[[nodiscard]] std::string_view in_words(Drop drop);

enum class NoChoice : std::uint8_t { nothing_usable, no_majority };

// The usable server of least stratum, then least distance, among those that a majority of the
// usable ones agrees with: each claims offset +- (delay/2 + its root distance + 10 ms).
[[nodiscard]] std::expected<std::size_t, NoChoice> choose(std::span<const Asked> servers);

}  // namespace ntp::ntpdate
