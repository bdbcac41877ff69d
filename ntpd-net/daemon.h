// The client role as one value: what it was given (settings, clocks, links) and what it knows.
// The loop over it is run.cc; the packets are asking.cc, the selection and its publication
// here, the answers to control requests report.cc and command.cc. Everything that touches the
// machine is passed in, so that a simulated world drives the very same code.
#pragma once

#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/conf/grammar.h"
#include "common/control/messages.h"
#include "common/os/link_notice.h"
#include "common/os/poller.h"
#include "common/sync/ensemble.h"
#include "common/time/clocks.h"
#include "common/wire/authenticator.h"
#include "ntpd-net/access.h"
#include "ntpd-net/cards.h"
#include "ntpd-net/client_table.h"
#include "ntpd-net/clock_link.h"
#include "ntpd-net/command_clients.h"
#include "ntpd-net/continuity.h"
#include "ntpd-net/control_socket.h"
#include "ntpd-net/dump_file.h"
#include "ntpd-net/key_service.h"
#include "ntpd-net/leap_duty.h"
#include "ntpd-net/logs.h"
#include "ntpd-net/manual_time.h"
#include "ntpd-net/office.h"
#include "ntpd-net/publisher.h"
#include "ntpd-net/reference_clocks.h"
#include "ntpd-net/resolver.h"
#include "ntpd-net/rtc_link.h"
#include "ntpd-net/server_pages.h"
#include "ntpd-net/smoothing.h"
#include "ntpd-net/source_pool.h"
#include "ntpd-net/temperature.h"
#include "ntpd-net/trace.h"

namespace ntp {

// What a ready descriptor is.
enum class Door : std::uint8_t {
  source,
  control,
  names,
  keys,
  clock,
  reference_clocks,
  hardware_clock,
  step_notice,
  links,
  office
};

// What the operator asked of this run.
struct Errand {
  bool touches_clock = true;     // not -x: hand estimates to clockd
  bool one_shot = false;         // -q, -Q: end at the first estimate
  bool prints_only = false;      // -Q
  bool clock_is_here = false;    // a simulated world obeys the ring in this process
  Nanos time_limit{0};           // -t; 0 = none
  Families families{};           // -4, -6
  std::optional<Drift> drift{};  // what the drift file said at start
  bool is_drift_refused = false;
};

// What the supervisor, or a simulated world, gives the client role. Everything but `clock` may
// be absent.
struct Passage {
  ClockLink clock;
  Continuity continuity{};
  Fd link_notice{};  // common/os/link_notice.h
  NameService names{};
  KeyService keys{};  // the nts role
  Office office{};    // the supervisor
  std::vector<ControlSocket> control{};
  std::vector<UdpSocket> peer_ports{};       // the pool's from the start
  LeapTable leaps{};                         // leapsectz, leapseclist
  std::optional<Thermometer> thermometer{};  // tempcomp
  Cards cards{};                             // hwtimestamp
  std::optional<ReferenceLink> reference_clocks{};
  std::optional<RtcLink> hardware_clock{};                // where rtcd measures it
  Mapped<ServedMemory> served{};                          // to the server role
  std::vector<Mapped<const ReportMemory>> reports{};      // from its workers
  std::vector<Mapped<const ReportMemory>> key_reports{};  // from the nts roles
  Mapped<AccessPage> fast_access{};                       // to the fast path, when there is one
  Mapped<const CounterPage> fast_counters{};              // from it, one a processor
  Mapped<const ClientSet> fast_clients{};
  Trace trace{};
  Logs logs{};                   // files come by the office
  Mapped<DumpRoom> dump_room{};  // dumpdir
  std::string boot{};            // which run of the machine this is
  std::string dump{};            // what the last run of ours measured (-r)
  std::string kept_keys{};       // its NTS keys
};

// Who waits for the end of a `reload`, and what the last one came to.
struct Reload {
  std::optional<control::Request> waiting{};
  int door = 0;
  ReturnAddress back{};
  MonotonicTime begun{};
  control::ReloadReport report{};  // without its page
  std::string text{};
};

struct Daemon {
  Daemon(Configuration configuration, const KeyStore& symmetric_keys, const Errand& run_errand,
         Clocks& world_clocks, Passage given);

  Settings settings;
  KeyStore keys;
  Errand errand;
  Clocks& clocks;
  Passage passage;

  Poller<Door> poller{};
  Ensemble ensemble;
  SourcePool pool;
  ReferenceClocks reference_clocks;
  std::optional<LocalStandard> standard;  // refclock ... local
  Stamping stamping{};
  Reference reference{};
  LocalWatch local{};
  LeapDuty leaps{};
  std::optional<Smoothing> smoothing{};
  ManualTime manual{};
  bool is_manual = false;      // what people said is in force
  bool is_leap_fresh = false;  // a leap second has just passed
  // cmdallow, cmddeny; made for the first rule. Zero pages of the kernel: most are never touched.
  std::unique_ptr<AccessPage, decltype(&std::free)> command_access{nullptr, &std::free};
  std::optional<AccessList> command_rules{};
  std::optional<AccessList> ntp_rules{};  // allow, deny: the server role's page
  control::OpenCommands open_commands{};
  CommandClients command_clients;
  std::vector<ClientReport> key_clients{};  // of the listing that is under way, not listed yet
  std::uint64_t command_hits = 0;
  control::Refusals refused{};
  std::uint32_t last_key_query = 0;
  bool changed = false;     // samples or sources, since the last publication
  SourceIndex selected{};   // said to be selected in the log
  bool complained = false;  // "Can't synchronise" was said
  MonotonicTime started{};
  Timer drift_due{};
  Timer served_due{};
  Timer links_due{};
  Timer leap_due{};
  Reload reload{};
  bool stop = false;
  int exit_code = 0;
};

[[nodiscard]] EnsembleOptions ensemble_options(const Settings& settings, const Errand& errand);
[[nodiscard]] Now look_at_clocks(Daemon& daemon);
// Ends the loop.
void finish(Daemon& daemon, int exit_code);

// Adds the configured sources and says what is known so far, which is nothing.
void start(Daemon& daemon);
// The rules for commands, made when the first one comes (the tree is large).
[[nodiscard]] AccessList& command_rules(Daemon& daemon);
// Words that open commands over UDP, from the configuration.
void open_commands(Daemon& daemon);
// The nearest deadline of anything.
[[nodiscard]] Nanos until_next_timer(const Daemon& daemon);
// Polls, losses, names, links, one-shot ends, the drift file: all that is due.
void fire_due_timers(Daemon& daemon);
// After a sample or a change of the sources: the newest combination to clockd and the server
// role, and the words that people grep for.
void publish_estimate(Daemon& daemon);
// The raw clock broke, or CLOCK_REALTIME was set by somebody.
void check_continuity(Daemon& daemon);
// The newest combination as a line over the raw clock.
[[nodiscard]] std::optional<Combined> combined_now(const Daemon& daemon, RawTime raw);
// What is taken out of the raw clock before the estimator sees it; nullptr: nothing is.
[[nodiscard]] const Bend* bend_of(const Daemon& daemon);
// Whether the rate in the reference was measured, and may be kept in the drift file.
[[nodiscard]] bool has_drift(const Daemon& daemon);
// REALTIME minus the estimate now: positive, the system clock is ahead. nullopt without estimate.
[[nodiscard]] std::optional<Nanos> system_error(Daemon& daemon);
// Name or address of what a place stands for, as configured.
[[nodiscard]] std::string name_of_source(const Daemon& daemon, int place);

}  // namespace ntp
