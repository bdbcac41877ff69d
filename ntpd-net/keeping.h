// Measurements over a restart, in the client role: what it kept goes to the supervisor, what the
// last run kept comes back when its source does. The text is dump.h, the file dump_file.h.
#pragma once

#include "ntpd-net/daemon.h"

namespace ntp {

// Which raw clock our samples rest on.
[[nodiscard]] RawIdentity raw_identity(Daemon& daemon);
// The newest samples of every source, and its NTS keys, to the files; without dumpdir or
// ntsdumpdir there is none.
void dump_all(Daemon& daemon);
// A sample that went into the ensemble: remembered for the dump. `minsamples`: the source's own.
void keep_sample(const Daemon& daemon, std::optional<int> minsamples, std::deque<Sample>& kept,
                 const Sample& sample);
// What the last run kept, vetted: for the reference clocks, and for servers that start from now on.
void take_dump(Daemon& daemon);
// All that was remembered rests on another clock or another count of seconds now.
void forget_kept(Daemon& daemon);

}  // namespace ntp
