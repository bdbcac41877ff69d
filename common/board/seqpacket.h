// The client's end of a daemon's Unix socket: SOCK_SEQPACKET by path. What is said over it is the
// caller's.
#pragma once

#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace ntp {

enum class Blocking : bool { no, yes };

// Uses socket and connect only, so that a filter can admit it.
[[nodiscard]] Result<Fd> connect_seqpacket(const std::string& path, Blocking blocking);

}  // namespace ntp
