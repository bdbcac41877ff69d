// The server role: answers NTP requests from a page of shared memory and keeps no channel to
// any clock. One worker is one process; it opens nothing, allocates nothing after its start,
// and makes no system call per packet beyond its batches. It believes nothing that a packet
// says but what it must copy. Sockets and pages are made by the supervisor (server_pages.h).
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/conf/settings.h"
#include "common/wire/authenticator.h"

namespace ntp {

// Everything a worker inherits.
struct ServerRole {
  std::vector<Fd> sockets;  // open_server_sockets()[worker]
  Fd served;                // create_served_memory(); mapped read-only, then closed
  Fd report;                // create_report_memory(), this worker's own
  Fd cookie_keys{};         // the supervisor's, for NTS; not open: not served
  Fd lifeline{};            // readable or hung up: end. Not open = run for ever
  Fd signer{};              // run_signer's, for MS-SNTP; not open: such requests are refused
  Fd fast_state{};          // the fast path's time, which this worker keeps; mostly not open
  KeyStore keys;
  RateLimit ratelimit{};
  std::vector<Broadcast> broadcasts{};  // of one worker only
  bool client_log = true;               // not `noclientlog`
  bool card_stamps = false;             // `hwtimestamp`: the sockets ask for them
  bool confined = true;                 // false only for builds that cannot (-F 0)
};

// Returns when the lifeline ends or SIGTERM came. Confines itself before the first packet.
[[nodiscard]] Result<void> run_server(ServerRole role);

}  // namespace ntp
