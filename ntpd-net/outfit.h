// Everything that the supervisor opens while it still may: sockets, shared memory, keys, the
// trace, what the drift file said. What cannot be had is one log line, and everything else
// goes on; only a wrong configuration stops the start. Starts no process.
#pragma once

#include <string>
#include <vector>

#include "common/conf/grammar.h"
#include "common/os/privilege.h"
#include "ntpd-net/card_opening.h"
#include "ntpd-net/drift_file.h"
#include "ntpd-net/dump_file.h"
#include "ntpd-net/fast_path.h"
#include "ntpd-net/leap_keeper.h"
#include "ntpd-net/options.h"
#include "ntpd-net/server_pages.h"

namespace ntp {

struct Outfit {
  Fd configuration;          // memfd: handover_text
  Fd keys;                   // memfd: the key file; closed when there is none
  std::string key_text;      // the same
  Fd leaps;                  // memfd: the leap seconds' file; closed when there is none
  LeapKeeper leap_keeper{};  // looks at it again
  Fd sensor;                 // tempcomp's file; closed when there is none
  Fd points;                 // memfd: tempcomp's points; closed when it has none
  OpenedCards cards{};       // hwtimestamp
  Fd links;                  // common/os/link_notice.h
  Fd control_unix;
  std::vector<Fd> control_udp;
  std::vector<std::vector<Fd>> server_sockets;  // a worker each
  std::vector<Fd> peer_ports;                   // peer_ports.h
  Fd served;
  std::vector<Fd> reports;           // a worker each
  std::vector<Fd> nts_listeners;     // no NTS server: none
  std::vector<Fd> nts_reports;       // an nts role each: who came for keys
  std::vector<Fd> nts_certificates;  // memfds, pairwise with the keys
  std::vector<Fd> nts_keys;
  Fd cookie_keys;
  std::optional<FastPath> fast_path{};
  Fd trace;
  Fd dump_room;  // where the client role writes what is to outlive us
  KeptFile dump_file{};
  KeptFile key_file{};
  Fd dump;       // memfd: what the last run measured; closed when there is nothing
  Fd kept_keys;  // memfd: its NTS keys, likewise
  std::string boot{};
  std::string control_path;  // to remove at the end; empty = none
  std::optional<Drift> drift{};
  DriftFile drift_file{};

  [[nodiscard]] Result<void> take_keys(std::string text);
};

// A sealed-by-closing memfd holding `text`, for a role to read.
[[nodiscard]] Result<Fd> hand_text(const char* name, const std::string& text);
// Makes directories for `owner`, opens everything.
[[nodiscard]] Result<Outfit> equip(const Options& options, const Configuration& configuration,
                                   Identity owner);

}  // namespace ntp
