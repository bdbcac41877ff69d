// Every directive once: who obeys it, what follows it, what it is for. Feeds --check, the
// manual's test and completions. Parsing is by common/conf/grammar; names that programs
// without this table need are in common/conf/words.h.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ntp {

enum class Owner : std::uint8_t {
  everyone,  // all programs, at start
  network,   // ntpd-net
  clock,     // clockd
  rtc,       // rtcd
  refclock,  // refclockd
  nobody,    // read and left alone: chrony no longer knows it, or we do not offer it
};

struct DirectiveFact {
  std::string_view name;
  Owner owner;
  std::string_view arguments;
  std::string_view help;
  std::string_view warning = "";  // said at start when a configuration holds it: it may be missed
};

inline constexpr std::string_view not_offered =
    "not offered by this version; the line has no effect";
inline constexpr std::string_view dead_word = "no longer supported; the line has no effect";

inline constexpr auto directive_facts = std::to_array<DirectiveFact>({
    // Sources
    {"server", Owner::network, "NAME [OPTION]...", "take time from one server"},
    {"pool", Owner::network, "NAME [OPTION]...", "take time from several servers behind one name"},
    {"peer", Owner::network, "NAME [OPTION]...", "exchange time with an equal"},
    {"refclock", Owner::refclock, "DRIVER PARAMETER[:OPTION]... [OPTION]...",
     "take time from a clock on this machine"},
    {"sourcedir", Owner::network, "DIRECTORY...", "take sources from .sources files, reloadable"},
    {"initstepslew", Owner::clock, "THRESHOLD [HOST]...",
     "step the first correction if it is large"},
    {"manual", Owner::network, "", "allow settime"},
    {"acquisitionport", Owner::network, "PORT", "ask from this UDP port"},
    {"bindacqaddress", Owner::network, "ADDRESS", "ask from this address"},
    {"bindacqdevice", Owner::network, "INTERFACE", "ask through this interface"},
    {"dscp", Owner::network, "CODEPOINT", "mark sent packets"},
    {"dumpdir", Owner::network, "DIRECTORY", "keep measurements over a restart"},
    {"maxsamples", Owner::network, "COUNT", "most measurements kept of a source"},
    {"minsamples", Owner::network, "COUNT", "least measurements kept of a source"},
    {"refresh", Owner::network, "SECONDS", "resolve names again this often"},
    // Authentication
    {"keyfile", Owner::network, "FILE", "symmetric keys"},
    {"ntsaeads", Owner::network, "AEAD...", "algorithms that NTS may use; 15 is spoken"},
    {"ntsdumpdir", Owner::network, "DIRECTORY", "keep the NTS server's keys over a restart"},
    {"ntscachedir", Owner::network, "DIRECTORY", "old name of ntsdumpdir"},
    {"ntsrefresh", Owner::network, "SECONDS", "most age of NTS keys"},
    {"ntstrustedcerts", Owner::network, "[ID] FILE", "certificates to trust"},
    {"nosystemcert", Owner::network, "", "do not trust the system's certificates"},
    {"nocerttimecheck", Owner::network, "UPDATES", "ignore certificates' dates at first"},
    // Selection
    {"authselectmode", Owner::network, "MODE", "how authenticated and other sources mix"},
    {"minsources", Owner::network, "COUNT", "least selectable sources"},
    {"maxdistance", Owner::network, "SECONDS", "most root distance of a source"},
    {"maxjitter", Owner::network, "SECONDS", "most jitter of a source"},
    {"minstratum", Owner::network, "STRATUM", "least stratum of a source that is used"},
    {"maxstratum", Owner::network, "STRATUM", "most stratum of a source that is used"},
    {"combinelimit", Owner::network, "RATIO", "which sources are combined"},
    {"reselectdist", Owner::network, "SECONDS", "reluctance to change the source"},
    {"stratumweight", Owner::network, "SECONDS", "distance that a stratum counts for"},
    {"maxupdateskew", Owner::network, "PPM", "most uncertainty of a usable rate"},
    {"clockprecision", Owner::network, "SECONDS", "precision of the system clock"},
    {"tempcomp", Owner::network, "FILE INTERVAL T0 K0 K1 K2 | FILE INTERVAL POINTS",
     "temperature compensation"},
    // The clock
    {"makestep", Owner::clock, "THRESHOLD LIMIT", "step the clock when it is far off"},
    {"maxchange", Owner::clock, "OFFSET START IGNORE", "refuse large changes"},
    {"maxslewrate", Owner::clock, "PPM", "fastest slew"},
    {"maxdrift", Owner::clock, "PPM", "largest rate of the clock believed"},
    {"maxclockerror", Owner::clock, "PPM", "how fast an unwatched clock may err"},
    {"corrtimeratio", Owner::clock, "RATIO", "length of a slew against the update interval"},
    {"fallbackdrift", Owner::clock, "MIN MAX", "long-term rates when unsynchronised"},
    {"driftfile", Owner::clock, "FILE [interval SECONDS]", "keep the clock's rate over a restart"},
    {"leapsectz", Owner::clock, "TIMEZONE", "leap seconds from a time zone"},
    {"leapseclist", Owner::clock, "FILE", "leap seconds from leap-seconds.list"},
    {"leapsecmode", Owner::clock, "system|step|slew|ignore", "how a leap second is applied"},
    {"rtcsync", Owner::clock, "", "let the kernel copy the time to the real-time clock"},
    {"rtcfile", Owner::rtc, "FILE", "what is known of the real-time clock"},
    {"rtcdevice", Owner::rtc, "DEVICE", "the real-time clock"},
    {"rtcautotrim", Owner::rtc, "SECONDS", "set the real-time clock when this wrong"},
    {"rtconutc", Owner::rtc, "", "the real-time clock keeps UTC"},
    {"hwclockfile", Owner::rtc, "FILE", "hwclock's file: UTC or local time"},
    // The server
    {"allow", Owner::network, "[all] [SUBNET]", "serve these clients"},
    {"deny", Owner::network, "[all] [SUBNET]", "do not serve these clients"},
    {"port", Owner::network, "PORT", "serve at this UDP port; 0 serves nobody"},
    {"bindaddress", Owner::network, "ADDRESS", "serve at this address"},
    {"binddevice", Owner::network, "INTERFACE", "serve at this interface"},
    {"fastpath", Owner::network, "INTERFACE [driver|generic]",
     "answer in the kernel, before its network stack"},
    {"local", Owner::network, "[OPTION]...", "serve time without a source"},
    {"ratelimit", Owner::network, "[OPTION]...", "answer each client only so often"},
    {"clientloglimit", Owner::network, "OCTETS", "memory for clients' records"},
    {"noclientlog", Owner::network, "", "keep no record of clients"},
    {"smoothtime", Owner::network, "MAX-FREQUENCY MAX-WANDER [leaponly]",
     "smear changes of the served time"},
    {"broadcast", Owner::network, "INTERVAL ADDRESS [PORT]", "send time unasked"},
    {"ntpsigndsocket", Owner::network, "DIRECTORY", "have Samba sign for its clients"},
    {"ntsservercert", Owner::network, "FILE", "certificate of the NTS server"},
    {"ntsserverkey", Owner::network, "FILE", "key of the NTS server"},
    {"ntsport", Owner::network, "PORT", "TCP port of the NTS server"},
    {"ntsprocesses", Owner::network, "COUNT", "processes of the NTS server"},
    {"maxntsconnections", Owner::network, "COUNT", "most connections of the NTS server"},
    {"ntsntpserver", Owner::network, "NAME", "NTP server that NTS clients are sent to"},
    {"ntsrotate", Owner::network, "SECONDS", "age at which NTS server keys change"},
    {"ntsratelimit", Owner::network, "[OPTION]...", "make keys for each client only so often"},
    // Control
    {"cmdport", Owner::network, "PORT", "answer syncctl at this UDP port; 0 at none"},
    {"bindcmdaddress", Owner::network, "ADDRESS|PATH", "answer syncctl here"},
    {"bindcmddevice", Owner::network, "INTERFACE", "answer syncctl at this interface"},
    {"cmdallow", Owner::network, "[all] [SUBNET]", "these hosts may ask"},
    {"cmddeny", Owner::network, "[all] [SUBNET]", "these hosts may not ask"},
    {"cmdratelimit", Owner::network, "[OPTION]...", "answer each asker only so often"},
    {"opencommands", Owner::network, "[COMMAND]...", "what may be asked over UDP"},
    // Logs
    {"log", Owner::network, "NAME...", "write these logs"},
    {"logdir", Owner::network, "DIRECTORY", "write logs here"},
    {"logbanner", Owner::network, "LINES", "repeat the heading this often"},
    {"logchange", Owner::network, "SECONDS", "say so when the clock is this wrong"},
    {"mailonchange", Owner::nobody, "ADDRESS THRESHOLD", "send mail when the clock is wrong",
     not_offered},
    // Time stamps of network cards
    {"hwtimestamp", Owner::network, "INTERFACE [OPTION]...",
     "time stamps made by the network card"},
    {"hwtstimeout", Owner::network, "SECONDS", "wait for late transmit stamps"},
    {"maxtxbuffers", Owner::nobody, "COUNT", "identified transmit stamps", not_offered},
    {"ptpport", Owner::nobody, "PORT", "NTP over PTP", not_offered},
    {"ptpdomain", Owner::nobody, "DOMAIN", "domain of NTP over PTP", not_offered},
    // Programs
    {"confdir", Owner::everyone, "DIRECTORY...", "read .conf files"},
    {"include", Owner::everyone, "PATTERN", "read other files"},
    {"rundir", Owner::everyone, "DIRECTORY", "sockets and process ids"},
    {"statedir", Owner::everyone, "DIRECTORY", "what is kept over a restart"},
    {"user", Owner::everyone, "NAME", "the user that ntpd-net becomes"},
    {"pidfile", Owner::network, "FILE", "file of the process id; / for none"},
    {"lock_all", Owner::network, "", "stay in memory"},
    {"sched_priority", Owner::everyone, "PRIORITY", "real-time scheduling"},
    // Words of older versions of chrony
    {"dumponexit", Owner::nobody, "", "always so"},
    {"commandkey", Owner::nobody, "ID", "gone", dead_word},
    {"generatecommandkey", Owner::nobody, "", "gone", dead_word},
    {"linux_freq_scale", Owner::nobody, "SCALE", "gone", dead_word},
    {"linux_hz", Owner::nobody, "HZ", "gone", dead_word},
});

}  // namespace ntp
