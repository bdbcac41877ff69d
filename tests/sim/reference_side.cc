// See reference_side.h.
#include "tests/sim/reference_side.h"

#include <unistd.h>

#include "common/os/random.h"
#include "ntpd-net/asking.h"

namespace ntp::sim {

Result<ReferenceSide> ReferenceSide::open(const Settings& settings, Passage& passage) {
  ReferenceSide side;
  if (settings.refclocks.empty()) return side;
  std::vector<refclockd::Clock> clocks;
  for (std::size_t line = 0; line < settings.refclocks.size(); ++line)
    clocks.push_back(NTP_TRY(refclockd::open_clock(settings.refclocks, line, RtcKeeps::utc)));
  const std::uint64_t session = random_bits();
  auto ring = NTP_TRY(SampleBoardWriter::create(session));
  passage.reference_clocks.emplace(
      SampleBoardReader::trust(Fd{::dup(ring.fd().number())}, session));
  side.daemon_.emplace(
      refclockd::Daemon{std::move(clocks), refclockd::Readers{Fd{}, 0}, std::move(ring)});
  refclockd::begin(*side.daemon_);
  return side;
}

Nanos ReferenceSide::serve(Daemon& network) {
  if (!daemon_) return Nanos{-1};
  const MonotonicTime now = network.clocks.monotonic_now();
  const MonotonicTime next = refclockd::serve_clocks(*daemon_, now);
  take_reference_samples(network);
  return std::max(next - now, Nanos{0});
}

}  // namespace ntp::sim
