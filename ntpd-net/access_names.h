// allow and deny with a host name: the name becomes the first address that it has, as in
// chrony, once, when the client role starts. Asks the resolver role; parses no DNS.
#pragma once

#include <vector>

#include "common/conf/settings.h"
#include "ntpd-net/resolver.h"

namespace ntp {

// Waits at most `patience` in all, before any source is asked anything. A rule whose name has
// no address by then is left out and said so: nobody can be meant by it.
void resolve_access(std::vector<AccessRule>& rules, NameService& names, Nanos patience);

}  // namespace ntp
