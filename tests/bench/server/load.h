// NTP requests by the million, every answer verified: it must have the right form, repeat
// the request's own 64 random bits once only, come to the address that asked, and tell the
// machine's time. Bounded in count and time. Not a client: keeps no statistics of a clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/result.h"
#include "common/time/instants.h"
#include "common/wire/authenticator.h"

namespace ntp::bench {

struct Load {
  Endpoint to{ipv4_loopback, 123};
  std::uint64_t count = 100'000;
  std::uint32_t window = 64;  // requests on their way at most
  std::uint32_t clients = 1;  // source addresses 127.1.0.0 and up; 1 = the system's choice
  std::uint32_t rate = 0;     // a second, evenly; 0 = as fast as the window lets
  Nanos longest{30s};
  Nanos patience{150ms};     // with nothing coming for so long, what is on its way is lost
  bool interleaved = false;  // each request asks for the departure of an answer that never was
  std::optional<Key> key{};  // a MAC on each request, and on each answer
};

struct Outcome {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t lost = 0;
  std::uint64_t wrong = 0;  // form, time, twice, or to another client
  Nanos took{0};
  Nanos p50{0}, p99{0}, longest_wait{0};  // from send to answer
};

[[nodiscard]] Result<Outcome> run_load(const Load& load);

// The median offset that a client with kernel stamps on both sides measures against a server
// on the same machine and clock: the truth is 0, so this is the bias of the server's stamps.
struct Bias {
  Nanos median{0};
  Nanos median_hold{0};  // the server's receive to transmit
  int exchanges = 0;
};
[[nodiscard]] Result<Bias> measure_bias(const Endpoint& to, int exchanges);

}  // namespace ntp::bench
