// The one record that the asking process sends to the process that may set the clock, and the
// judgement on it. The sender is taken to be hostile: fixed size, integers, every field checked
// on a private copy. Pure: reads no clock and sets none.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string_view>
#include <type_traits>

#include "common/base/address.h"
#include "common/time/clocks.h"
#include "common/time/instants.h"
#include "ntpdate/options.h"

namespace ntp::ntpdate {

struct Verdict {
  std::uint64_t magic = expected_magic;
  std::int64_t offset_ns = 0;        // truth minus system clock
  std::int64_t bound_ns = 0;         // worst error of the offset by the server's word and the delay
  std::int64_t measured_raw_ns = 0;  // raw time when it was measured
  Address server{};                  // 20 octets
  std::array<std::uint8_t, 12> zero{};

  static constexpr std::uint64_t expected_magic = 0x3145'5441'4450'544e;  // "NTPDATE1"
};
static_assert(sizeof(Verdict) == 64 && std::is_trivially_copyable_v<Verdict>);

// Before this and after that the clock is never set: the one is when this program was young,
// the other the end of what 32 bits of seconds since 1970 hold.
inline constexpr UtcTime least_time{Nanos{INT64_C(1'735'689'600'000'000'000)}};  // 2025-01-01
inline constexpr UtcTime most_time{Nanos{INT64_C(4'294'967'295'000'000'000)}};   // 2106-02-07

enum class Unbelievable : std::uint8_t {
  not_a_verdict,  // magic, reserved octets or address
  bad_bound,      // negative or above 1000 s
  bad_age,        // measured before we started or in the future
  absurd_time,    // would set the clock outside [least_time, most_time]
  clock_moved,    // somebody else stepped the clock meanwhile
};
[[nodiscard]] std::string_view in_words(Unbelievable reason);

struct Order {
  Address server{};
  Nanos offset{0};  // to add to the clock
  Nanos bound{0};
  bool step = false;  // else slew
};

// `before` was read when the question was put, `now` just now.
[[nodiscard]] std::expected<Order, Unbelievable> judge(const Verdict& verdict, Manner manner,
                                                       const Reading& before, const Reading& now);

}  // namespace ntp::ntpdate
