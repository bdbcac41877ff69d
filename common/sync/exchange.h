// One request to a server and belief in its answer: RFC 5905's on-wire tests 1 to 7 and the
// kiss-o'-death, over values; in interleaved mode (RFC 9769) also the memory of the exchange
// before, whose departure the answer tells. Knows no socket, no clock and no digest (the caller
// says whether the answer is authentic). Plausibility of the delay is ntpd-net/delay_tests.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/result.h"
#include "common/sync/sample.h"
#include "common/wire/header.h"
#include "common/wire/refid.h"

namespace ntp {

// Why an answer made no sample. Counted per source; the tests' numbers are RFC 5905's.
enum class Rejection : std::uint8_t {
  wrong_mode,    // no server's answer, or a version that we did not ask in
  unasked,       // no request is open
  duplicate,     // test 1: the same stamps as the answer before
  bogus,         // test 2: the origin is not our 64 random bits
  missing_time,  // test 3: a stamp is zero
  unauthentic,   // test 5
  told_to_slow,  // kiss RATE: authentic and asked for, but no time
  told_to_stop,  // kiss DENY or RSTR
  other_kiss,
  unsynchronised,    // test 6: leap 3 or stratum outside 1..15
  distant_root,      // test 7: root delay / 2 + root dispersion >= 16 s
  impossible_time,   // the server held it for less than nothing or over 4 s, or it came before it
                     // left
  already_measured,  // interleaved, synchronised, but the exchange it tells of was a sample before
};
inline constexpr int rejection_count = static_cast<int>(Rejection::already_measured) + 1;
[[nodiscard]] std::string_view name_of(Rejection rejection);

// The tests that an answer passed, as the monitoring protocol counts them down from bit 9:
// 1 2 3, 5 6 7, A B C D (the last four are ntpd-net/delay_tests').
namespace passed {
inline constexpr std::uint16_t test1 = 0x200, test2 = 0x100, test3 = 0x080, test5 = 0x040,
                               test6 = 0x020, test7 = 0x010, testA = 0x008, testB = 0x004,
                               testC = 0x002, testD = 0x001;
inline constexpr std::uint16_t valid = test1 | test2 | test3 | test5;
inline constexpr std::uint16_t synchronised = valid | test6 | test7;
}  // namespace passed

// How an answer reached us.
struct Arrival {
  RawTime received{};     // T4
  bool authentic = true;  // as the association demands: MAC, NTS, or nothing asked for
};

struct Judgement {
  Result<Sample, Rejection> outcome = std::unexpected{Rejection::unasked};
  std::uint16_t passed = 0;
  bool is_interleaved = false;  // the sample is the exchange before this answer's

  [[nodiscard]] bool is_valid() const { return (passed & passed::valid) == passed::valid; }
  [[nodiscard]] bool is_synchronised() const {
    return (passed & passed::synchronised) == passed::synchronised;
  }
};

// What a packet says that carries no time: a kiss, if it is one. A server that only says
// "unsynchronised" with an empty refid kisses nobody.
[[nodiscard]] std::optional<Rejection> kiss_in(const Header& answer);
// Test 7: its root distance is beyond what RFC 5905 believes.
[[nodiscard]] bool is_root_distant(const Header& answer);
// The four instants of an answer, and what the server claims.
[[nodiscard]] Sample to_sample(const Header& answer, RawTime sent, RawTime received,
                               Nanos precision);

// The open request to one server, and the memory against replays.
class Exchange {
 public:
  // Opens a request and forgets the one before. `nonce` must be 64 fresh random bits; a zero is
  // replaced. The header tells nothing of our clock (RFC 9109, data minimisation).
  // `second_nonce`: 64 more random bits ask for interleaved mode where the exchange before allows
  // it; 0 asks in basic mode. The server may answer in basic mode none the less.
  [[nodiscard]] Header begin(std::uint64_t nonce, RawTime sent, std::uint8_t version, int poll_log2,
                             std::uint64_t second_nonce = 0);
  // A better stamp for the request's departure, when the kernel tells. Ignored when the nonce
  // is not the open request's.
  void depart(WireTime nonce, RawTime sent);
  // No answer will be believed any more.
  void abandon() { open_ = false; }
  // The raw clock began anew: what was stamped before belongs to no sample.
  void forget() {
    open_ = false;
    before_ = {};
  }
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] RawTime sent() const { return sent_; }

  // Judges an answer. One that is valid (tests 1, 2, 3, 5) closes the request: a second one with
  // the same origin is refused. `precision` is our own clock's.
  [[nodiscard]] Judgement judge(const Header& answer, const Arrival& arrival, Nanos precision);

 private:
  // The last valid answer's exchange, for interleaved mode.
  struct Before {
    RawTime sent{}, received{};
    WireTime server_received{};
    std::uint32_t root_delay = 0, root_dispersion = 0;
    bool is_usable = false;    // the answer was synchronised
    bool is_measured = false;  // a sample was made of it
    int asked_since = 0;
  };

  [[nodiscard]] Result<Sample, Rejection> measure(const Header& answer, RawTime received,
                                                  bool interleaved, Nanos precision);
  void remember(const Header& answer, RawTime received);

  WireTime nonce_{};
  WireTime second_nonce_{};  // zero: the request is in basic mode
  RawTime sent_{};
  bool open_ = false;
  std::uint8_t version_ = 4;
  WireTime last_receive_{}, last_transmit_{};  // of the last valid answer
  Before before_{};
};

}  // namespace ntp
