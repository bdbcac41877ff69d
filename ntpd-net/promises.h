// What each role of ntpd-net promises the kernel: the only system calls that it will make after
// its start. The server's is server_promise.h, the signer's its own. Tables only; confinement is
// common/os/sandbox.
#pragma once

#include "common/os/sandbox.h"

namespace ntp {

inline constexpr int most_client_calls = 24;  // the bar that the client's list has to clear

[[nodiscard]] Promise client_promise();
// The same with the three requests that read a network card's clock (`hwtimestamp`), and no other.
[[nodiscard]] Promise client_promise_with_cards();
[[nodiscard]] Promise resolver_promise();
[[nodiscard]] Promise supervisor_promise();

}  // namespace ntp
