// Which sources are on line: the operator's word first, then what the kernel says of routes. A
// source without a route is not asked; when its route is back it is asked at once, in a burst.
// Runs no script, parses no message of the kernel: it asks for the route again.
#pragma once

#include "ntpd-net/daemon.h"

namespace ntp {

// `online`, `offline`: the operator's word, which no route changes.
void put_online(Daemon& daemon, Source& source);
void put_offline(Source& source);
// `onoffline`: the word is taken back, and the routes decide.
void obey_routes(Daemon& daemon);

// The kernel has news of links, addresses or routes: looked into once they have settled.
void note_links(Daemon& daemon);
// Asks the kernel for every route again, and for names that have no address yet.
void follow_links(Daemon& daemon);

}  // namespace ntp
