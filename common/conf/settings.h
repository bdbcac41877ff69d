// The whole configuration as plain values with chrony.conf(5)'s defaults: what the network
// side, the reference clocks and the reports need. Parsing is common/conf/grammar; checks that
// need the machine (does the file exist, is the name known) belong to whoever uses the value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/conf/clock_settings.h"
#include "common/time/instants.h"

namespace ntp {

// ---- sources ---------------------------------------------------------------------------

enum class SourceKind : std::uint8_t { server, pool, peer };

// Options that every kind of source shares.
struct SelectionOptions {
  bool prefer = false;
  bool noselect = false;
  bool trust = false;
  bool require = false;
  bool operator==(const SelectionOptions&) const = default;
};

// server, pool, peer. An unset optional means "the directive of that name, or the program's
// choice".
struct SourceSettings {
  SourceKind kind = SourceKind::server;
  std::string name{};            // host name or address
  Family family = Family::none;  // ipv4, ipv6: take only such addresses
  std::uint16_t port = 123;
  int minpoll = 6;   // log2 s, -7..24
  int maxpoll = 10;  // log2 s, -7..24, >= minpoll
  bool iburst = false;
  bool burst = false;
  bool offline = false;
  bool auto_offline = false;
  SelectionOptions selection{};
  int maxsources = 4;     // pool: 1..16
  std::uint32_t key = 0;  // 0 = no symmetric key
  bool nts = false;
  std::uint16_t ntsport = 4460;
  std::uint32_t certset = 0;
  bool xleave = false;
  bool copy = false;
  int version = 0;                                // 1..4; 0 = the program's choice
  std::vector<std::uint16_t> extension_fields{};  // extfield
  Nanos maxdelay{3s};
  double maxdelayratio = 0;  // 0 = off
  double maxdelaydevratio = 10;
  double maxdelayquant = 0;  // 0 = off
  Nanos mindelay{0};
  std::optional<double> asymmetry{};  // -0.5..0.5; unset = estimated
  Nanos offset{0};
  std::optional<int> minsamples{};
  std::optional<int> maxsamples{};
  int maxunreach = 100000;  // polls
  int filter = 0;           // polls; 0 = off
  int polltarget = 8;
  std::optional<int> presend{};  // log2 s; unset = off
  int minstratum = 0;            // 0..16
  bool is_early = false;         // initstepslew's: asked until the time is known
  bool from_sourcedir = false;   // came from a .sources file: `reload sources` may drop it

  bool operator==(const SourceSettings&) const = default;
};

enum class RefclockDriver : std::uint8_t { pps, sock, shm, phc, rtc };

// refclock.
struct RefclockSettings {
  RefclockDriver driver = RefclockDriver::pps;
  std::string parameter{};                    // device, socket, unit or interface
  std::vector<std::string> driver_options{};  // "perm=0600", "clear", as written
  std::string refid{};       // at most 4 characters; empty = from driver and number
  std::string lock_refid{};  // lock; empty = none
  int poll = 4;              // log2 s, -32..32
  int dpoll = 0;             // log2 s, -32..32
  int filter = 64;
  int rate = 1;        // Hz
  int maxlockage = 2;  // pulses
  Nanos width{0};      // pulse width; 0 = no edge filter
  bool pps = false;
  bool tai = false;
  bool local = false;
  int stratum = 0;  // 0..15
  Nanos offset{0};
  Nanos delay{1};
  std::optional<Nanos> precision{};  // unset = the clock's
  std::optional<Nanos> maxdispersion{};
  std::optional<int> minsamples{};
  std::optional<int> maxsamples{};
  int maxunreach = 100000;
  SelectionOptions selection{};

  bool operator==(const RefclockSettings&) const = default;
};

enum class AuthSelectMode : std::uint8_t { mix, require, prefer, ignore };

struct SelectionSettings {
  AuthSelectMode authselectmode = AuthSelectMode::mix;
  int minsources = 1;
  Nanos maxdistance{3s};
  Nanos maxjitter{1s};
  int minstratum = 0;
  int maxstratum = 15;
  std::optional<double> combinelimit{};  // 0 = one source only; unset = all, by their weight
  Nanos reselectdist{100us};
  Nanos stratumweight{1ms};
  int minsamples = 6;
  int maxsamples = 0;  // 0 = no limit
  Rate maxupdateskew = ppm(1000);
  std::optional<Nanos> clockprecision{};

  bool operator==(const SelectionSettings&) const = default;
};

// ---- server and access -----------------------------------------------------------------

// allow, deny, cmdallow, cmddeny, in the order of the file.
struct AccessRule {
  bool allow = false;
  bool all = false;    // wipes more specific rules below the subnet
  Subnet subnet{};     // unset address = both families
  std::string host{};  // a name to resolve instead of `subnet`; its first address counts

  bool operator==(const AccessRule&) const = default;
};

struct LocalSettings {
  bool enabled = false;
  int stratum = 10;
  Nanos distance{1s};
  Nanos activate{0};  // root distance once needed before local works
  bool orphan = false;
  Nanos waitsynced{0};
  Nanos waitunsynced{0};  // 300 s with orphan when not given

  bool operator==(const LocalSettings&) const = default;
};

struct RateLimit {
  bool enabled = false;
  int interval = 3;  // log2 s between responses
  int burst = 8;
  int leak = 2;  // log2 of the share answered none the less
  int kod = 0;   // log2 of the share of kiss codes; 0 = none

  bool operator==(const RateLimit&) const = default;
};

struct SmoothTime {
  Rate max_frequency{};
  Rate max_wander{};  // per second
  bool leaponly = false;
  bool operator==(const SmoothTime&) const = default;
};

struct Broadcast {
  int interval = 0;  // s
  Address address{};
  std::uint16_t port = 123;
  bool operator==(const Broadcast&) const = default;
};

// fastpath, ours: where the XDP program answers; `hook` is driver, generic or empty for our choice.
struct FastPathSettings {
  std::string interface {};  // empty = none
  std::string hook{};
  bool operator==(const FastPathSettings&) const = default;
};

struct ServerSettings {
  std::vector<AccessRule> access{};  // nothing given: nobody is served
  std::uint16_t port = 123;          // 0 = never serve
  Address bind_ipv4{};               // bindaddress, the last of each family
  Address bind_ipv6{};
  std::vector<Address>
      bind_addresses{};  // bindaddress, all of them, in order (ours: every one is bound)
  std::string binddevice{};
  FastPathSettings fastpath{};
  LocalSettings local{};
  RateLimit ratelimit{};
  RateLimit ntsratelimit{.interval = 6};
  std::uint64_t clientloglimit = 524288;  // octets
  bool noclientlog = false;
  std::optional<SmoothTime> smoothtime{};
  std::vector<Broadcast> broadcasts{};
  std::string ntpsigndsocket{};

  bool operator==(const ServerSettings&) const = default;
};

// Commands that need no Unix socket (opencommands); bits by common/control's names.
struct ControlSettings {
  std::uint16_t port = 323;               // cmdport; 0 = no UDP
  bool bind_is_default = true;            // no bindcmdaddress of an address: 127.0.0.1 and ::1
  std::vector<Address> bind_addresses{};  // bindcmdaddress; see command_addresses()
  std::string bind_device{};
  std::optional<std::string>
      socket{};  // bindcmdaddress PATH; "" = no Unix socket; unset = <rundir>/ntpd-net/control.sock
  std::vector<AccessRule> access{};  // cmdallow, cmddeny; loopback is always allowed
  RateLimit ratelimit{.interval = -4};
  std::vector<std::string> open_commands{"activity",   "manual",  "rtcdata",     "smoothing",
                                         "sourcename", "sources", "sourcestats", "tracking"};

  bool operator==(const ControlSettings&) const = default;
};

// ---- NTS, keys, time stamps ----------------------------------------------------------------

struct TrustedCertificates {
  std::uint32_t set = 0;
  std::string path{};
  bool operator==(const TrustedCertificates&) const = default;
};

struct NtsSettings {
  std::string dumpdir{};  // ntsdumpdir, ntscachedir
  Nanos refresh{2419200s};
  std::vector<int> aeads{30, 15};
  std::vector<TrustedCertificates> trusted{};
  bool nosystemcert = false;
  int nocerttimecheck = 0;
  std::vector<std::string> server_certificates{};
  std::vector<std::string> server_keys{};
  std::uint16_t server_port = 4460;  // ntsport
  int processes = 1;
  int max_connections = 100;
  std::string ntp_server{};  // ntsntpserver
  Nanos rotate{604800s};

  bool operator==(const NtsSettings&) const = default;
};

enum class ReceiveFilter : std::uint8_t { unset, all, ntp, ptp, none };

struct HardwareTimestamp {
  std::string interface {};  // "*" = every one that can
  int minpoll = 0;
  std::optional<int> maxpoll{};  // unset = minpoll + 1
  int minsamples = 2;
  int maxsamples = 16;
  Nanos precision{100};
  Nanos transmit_correction{0};  // txcomp
  Nanos receive_correction{0};   // rxcomp
  bool nocrossts = false;
  ReceiveFilter rxfilter = ReceiveFilter::unset;

  bool operator==(const HardwareTimestamp&) const = default;
};

// ---- logs --------------------------------------------------------------------------------

struct LogSettings {
  bool rawmeasurements = false;
  bool measurements = false;
  bool statistics = false;
  bool selection = false;
  bool tracking = false;
  bool rtc = false;
  bool refclocks = false;
  bool tempcomp = false;
  std::string directory{};     // logdir
  int banner = 32;             // lines between headings; 0 = none
  Nanos change{1s};            // logchange
  std::string mail_address{};  // mailonchange
  Nanos mail_threshold{0};

  bool operator==(const LogSettings&) const = default;
};

// ---- rarer things -------------------------------------------------------------------------

struct TemperatureCompensation {
  std::string file{};
  Nanos interval{0};
  double t0 = 0, k0 = 0, k1 = 0, k2 = 0;  // ppm = k0 + (T-t0)*k1 + (T-t0)^2*k2
  std::string points{};                   // a file of points instead
  bool operator==(const TemperatureCompensation&) const = default;
};

struct Settings {
  ClockSettings clock{};
  std::vector<SourceSettings> sources{};
  std::vector<RefclockSettings> refclocks{};
  std::vector<std::string> sourcedirs{};
  SelectionSettings selection{};
  ServerSettings server{};
  ControlSettings control{};
  NtsSettings nts{};
  LogSettings log{};
  std::vector<HardwareTimestamp> hwtimestamps{};
  Nanos hwtstimeout{1ms};
  int maxtxbuffers = 0;
  std::uint16_t ptpport = 0;
  int ptpdomain = 123;
  std::string keyfile{};
  std::string dumpdir{};
  std::optional<std::string> pidfile{};  // "" = none; unset = <rundir>/ntpd-net/ntpd-net.pid
  std::optional<std::uint16_t>
      acquisitionport{};       // 0 = one random port; unset = a new one each request
  Address acquisition_ipv4{};  // bindacqaddress
  Address acquisition_ipv6{};
  std::string acquisition_device{};  // bindacqdevice
  int dscp = 0;
  Nanos refresh{1209600s};  // 0 = never resolve again by age
  bool manual = false;
  std::optional<TemperatureCompensation> tempcomp{};

  bool operator==(const Settings&) const = default;
};

// Where the control socket, pid file and the programs' own sockets are.
[[nodiscard]] std::string control_socket_path(const Settings& settings);         // "" = none
[[nodiscard]] std::string pid_file_path(const Settings& settings);               // "" = none
[[nodiscard]] std::vector<Address> command_addresses(const Settings& settings);  // for UDP

}  // namespace ntp
