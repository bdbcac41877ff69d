// Which servers we ask: every `server` and `pool` line as an entry that wants one or several
// addresses, and the sources that have one. Names are resolved again when they failed, when a
// source went silent, and by age. Sends no NTP packet; resolving itself is ntpd-net/resolver.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ntpd-net/dump.h"
#include "ntpd-net/kept_keys.h"
#include "ntpd-net/resolver.h"
#include "ntpd-net/server_pages.h"
#include "ntpd-net/source.h"

namespace ntp {

// One configured line.
struct Entry {
  std::uint32_t id = 0;  // of a name: the resolver's answers carry it
  SourceSettings settings;
  Timer resolve{};     // when to ask for the name
  Nanos backoff{0};    // after the last failure
  bool asked = false;  // an answer is on its way
  MonotonicTime asked_at{};
  bool complained = false;       // the operator was told that the name does not resolve
  std::vector<Address> spare{};  // resolved and not in use
  MonotonicTime replaced{};      // last replacement of one of its sources
  MonotonicTime looked{-1h};     // last question for one
  std::vector<int> sources{};    // places, in the order they came
  // A number for each address that the name still owes: reports and commands call it by that
  // ("ID#0000000001"). None is given twice.
  std::vector<std::uint32_t> owed{};
};

enum class AddOutcome : std::uint8_t { added, already_known, too_many };

class SourcePool {
 public:
  // REQUIRES: `ensemble` and `keys` outlive the pool. `refresh` 0 = never by age.
  // `refresh`: how old an address may get; `nts_refresh`: how old NTS keys may.
  SourcePool(Ensemble& ensemble, const KeyStore& keys, Families families, Nanos refresh,
             Nanos nts_refresh = 0s);

  // Takes a line; an address becomes a source at once (its first request spread after the
  // others'), a name is asked for. Duplicates of an address are refused.
  [[nodiscard]] AddOutcome add(const SourceSettings& settings, MonotonicTime now);
  // Removes a source by its address, or one that has none yet by its number. Its line wants one
  // fewer then, and goes when it wants none.
  [[nodiscard]] bool remove(const Address& address);
  [[nodiscard]] bool remove_unresolved(std::uint32_t id);
  // The time is known: what initstepslew asked for is done.
  bool drop_early();
  // Drops every entry that came from a source directory and is not in `wanted`, adds the new.
  void reload(std::span<const SourceSettings> wanted, MonotonicTime now);
  // Of the entries that `before` names, those that `after` does not name go, the others keep
  // all that was measured; what is new is added. Entries of run time commands stay.
  void adopt(std::span<const SourceSettings> before, std::span<const SourceSettings> after,
             MonotonicTime now);
  // The keys were read again: every source takes the key of its number. A key that is gone takes
  // its source offline, one that came brings it back.
  void take_keys(MonotonicTime now);
  // What the last run measured: a source of such an address begins with it.
  void keep_dump(std::vector<DumpedSource> dump) { dump_ = std::move(dump); }
  // Its NTS keys, likewise.
  void keep_keys(std::vector<KeptKeys> keys) { kept_keys_ = std::move(keys); }
  // Sockets that were bound to the server's port while that was allowed, for `peer` lines.
  void keep_ports(std::vector<UdpSocket> ports);
  // One of them, or none: then a peer has to do with another port.
  [[nodiscard]] std::optional<UdpSocket> take_port(Family family);
  void give_port(Family family, UdpSocket port);
  void change_refresh(Nanos refresh) { refresh_ = refresh; }

  // Names due now are asked for, and sources that want a replacement make their names due.
  void ask_names(NameService& names, MonotonicTime now);
  void take_names(NameService& names, MonotonicTime now);
  // `refresh`: every name is asked for again now.
  void refresh_all(MonotonicTime now);
  // The network is back: names that did not resolve are asked for again now.
  void hurry_names(MonotonicTime now);
  [[nodiscard]] MonotonicTime next_resolution() const;

  // Places of all sources in the order of reports.
  [[nodiscard]] std::span<const int> order() const { return order_; }
  [[nodiscard]] Source& at(int place) { return *sources_[static_cast<std::size_t>(place)]; }
  [[nodiscard]] const Source& at(int place) const {
    return *sources_[static_cast<std::size_t>(place)];
  }
  [[nodiscard]] bool has(int place) const {
    return place >= 0 && place < most_sources &&
           sources_[static_cast<std::size_t>(place)] != nullptr;
  }
  [[nodiscard]] Source* find(const Address& address);
  [[nodiscard]] const Entry* entry_of(int place) const;
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  // Addresses that entries want and have not.
  [[nodiscard]] int unresolved() const;
  // Whose address it is that has this number.
  [[nodiscard]] const Entry* owner_of(std::uint32_t id) const;

 private:
  [[nodiscard]] bool is_taken(const Address& address) const { return find_place(address) >= 0; }
  [[nodiscard]] int find_place(const Address& address) const;
  [[nodiscard]] int start_source(Entry& entry, const Address& address, MonotonicTime now);
  void resume(Source& source);
  void resume_keys(Source& source, MonotonicTime now);
  void drop_source(int place);
  void drop_empty();
  void fill(Entry& entry, MonotonicTime now);
  void replace_one(Entry& entry, MonotonicTime now);
  [[nodiscard]] bool is_lame(const Source& source) const;
  [[nodiscard]] bool may_use(const Entry& entry, const Address& address) const;

  Ensemble& ensemble_;
  const KeyStore& keys_;
  Families families_;
  Nanos refresh_;
  Nanos nts_refresh_;
  std::array<std::unique_ptr<Source>, most_sources> sources_{};
  std::vector<Entry> entries_;
  std::vector<int> order_;
  struct Port {
    Family family{};
    UdpSocket socket;
  };
  std::vector<Port> ports_;  // that no peer has
  std::uint32_t last_id_ = 0;
  MonotonicTime last_start_{};
  std::vector<DumpedSource> dump_;
  std::vector<KeptKeys> kept_keys_;
};

}  // namespace ntp
