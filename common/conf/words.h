// Every directive that a configuration may hold, by name alone: enough for a program that
// skips what it does not own and still refuses what nobody knows. What each means is in
// common/conf/directives.h; a unit test holds the two lists together.
#pragma once

#include <array>
#include <string_view>

namespace ntp {

inline constexpr auto directive_words = std::to_array<std::string_view>({
    "acquisitionport", "allow", "authselectmode", "bindacqaddress", "bindacqdevice", "bindaddress",
    "bindcmdaddress", "bindcmddevice", "binddevice", "broadcast", "clientloglimit", "clockprecision",
    "cmdallow", "cmddeny", "cmdport", "cmdratelimit", "combinelimit", "commandkey", "confdir",
    "corrtimeratio", "deny", "driftfile", "dscp", "dumpdir", "dumponexit", "fallbackdrift",
    "generatecommandkey", "hwclockfile", "hwtimestamp", "hwtstimeout", "include", "initstepslew",
    "keyfile", "leapseclist", "leapsecmode", "leapsectz", "linux_freq_scale", "linux_hz", "local",
    "lock_all", "log", "logbanner", "logchange", "logdir", "mailonchange", "makestep", "manual",
    "maxchange", "maxclockerror", "maxdistance", "maxdrift", "maxjitter", "maxntsconnections",
    "maxsamples", "maxslewrate", "maxstratum", "maxtxbuffers", "maxupdateskew", "minsamples",
    "minsources", "minstratum", "nocerttimecheck", "noclientlog", "nosystemcert", "ntpsigndsocket",
    "ntsaeads", "ntscachedir", "ntsdumpdir", "ntsntpserver", "ntsport", "ntsprocesses",
    "ntsratelimit", "ntsrefresh", "ntsrotate", "ntsservercert", "ntsserverkey", "ntstrustedcerts",
    "opencommands", "peer", "pidfile", "pool", "port", "ptpdomain", "ptpport", "ratelimit",
    "refclock", "refresh", "reselectdist", "rtcautotrim", "rtcdevice", "rtcfile", "rtconutc",
    "rtcsync", "rundir", "sched_priority", "server", "smoothtime", "sourcedir", "statedir",
    "stratumweight", "tempcomp", "user",
});

}  // namespace ntp
