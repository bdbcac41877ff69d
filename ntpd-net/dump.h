// Measurements that outlive the program: the newest samples of every source as a text, and back.
// Samples rest on the raw clock, which runs on while nobody looks at it, so that they count again
// after a restart as if there had been none, if it is still the same clock: the same boot, as long
// asleep, the same clocksource. The text is vetted like a stranger's packet: the most that it can
// do is what the server's answers could. Opens no file (ntpd-net/dump_file does).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/address.h"
#include "common/base/result.h"
#include "common/sync/sample.h"

namespace ntp {

// Newest samples of a source: as a rule, and at most, where `minsamples` asks for more.
inline constexpr std::size_t usually_kept = 64, most_kept = 256;
inline constexpr std::size_t most_dump = 1 << 20;

// Which raw clock this is. The kernel's boot id may be hidden from us; that the machine was started
// anew shows in when it was started, by the system clock: later than the dump, which is later than
// the start before.
struct RawIdentity {
  std::string words{};  // equal: the same boot id, clocksource, and time asleep
  Nanos started{0};     // CLOCK_REALTIME when CLOCK_MONOTONIC was 0

  [[nodiscard]] bool is_same(const RawIdentity& other) const {
    return words == other.words && std::chrono::abs(started - other.started) < 1s;
  }
};

struct DumpedSource {
  Address address{};
  std::optional<std::uint32_t> refid{};  // of a reference clock, which has no address
  std::uint8_t reachability = 0;
  std::vector<Sample> samples{};  // oldest first
};

// Never longer than most_dump octets: sources that have no room are left out.
[[nodiscard]] std::string dump_text(const RawIdentity& clock,
                                    const std::vector<DumpedSource>& sources);

// nothing wrong in it, or an error that names the line. A dump of another raw clock is one, too.
// `now`: no sample may be later.
[[nodiscard]] Result<std::vector<DumpedSource>> parse_dump(std::string_view text,
                                                           const RawIdentity& clock, RawTime now);

}  // namespace ntp
