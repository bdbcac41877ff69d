// The client role's side of a reload: passes the question to the supervisor, which alone can
// read files, and takes up what comes back, whole or not at all. Sources whose lines did not
// change keep all that was measured of them.
#pragma once

#include "ntpd-net/daemon.h"

namespace ntp {

// True when `request` was a `reload` that will be answered later, through `door` to `back`.
[[nodiscard]] bool begin_reload(Daemon& daemon, const control::Request& request, int door,
                                const ReturnAddress& back);
// A page of the last reload's text.
[[nodiscard]] Octets read_on(Daemon& daemon, const control::Request& request, WritableOctets out);

// The supervisor's answer: see Rereading in ntpd-net/rereading.h. Answers who waits.
void take_reading(Daemon& daemon, const OfficeMessage& message, const Fd& file);
// The key file, read again.
void take_keys(Daemon& daemon, const Fd& file);

// The whole of a descriptor that the supervisor attached.
[[nodiscard]] std::string read_attached(const Fd& fd);

}  // namespace ntp
