// See source_pool.h.
#include "ntpd-net/source_pool.h"

#include <algorithm>

#include "common/base/log.h"

namespace ntp {
namespace {

constexpr Nanos first_request_delay = 10ms;  // the burst goes on if the network is not up yet
constexpr Nanos least_backoff = 2s;
constexpr Nanos most_backoff = 1024s;
constexpr Nanos search_interval = 5min;        // between looks for a replacement
constexpr Nanos replacement_interval = 30min;  // a whole pool must not be exchanged in a bad hour

int wanted(const SourceSettings& settings) {
  return settings.kind == SourceKind::pool ? std::clamp(settings.maxsources, 1, 16) : 1;
}

bool is_name(const Entry& entry) { return !parse_address(entry.settings.name).has_value(); }

void back_off(Entry& entry, MonotonicTime now) {
  entry.backoff = std::clamp(entry.backoff * 2, least_backoff, most_backoff);
  entry.resolve.arm(now + entry.backoff);
}

void bar(Source& source) {
  go_offline(source);
  source.is_barred = true;
}

bool same_line(const SourceSettings& a, const SourceSettings& b) {
  return a.kind == b.kind && a.name == b.name && a.port == b.port;
}

}  // namespace

SourcePool::SourcePool(Ensemble& ensemble, const KeyStore& keys, Families families, Nanos refresh,
                       Nanos nts_refresh)
    : ensemble_{ensemble},
      keys_{keys},
      families_{families},
      refresh_{refresh},
      nts_refresh_{nts_refresh} {
  order_.reserve(most_sources);
}

AddOutcome SourcePool::add(const SourceSettings& settings, MonotonicTime now) {
  const auto literal = parse_address(settings.name);
  if (literal && is_taken(*literal)) return AddOutcome::already_known;
  const auto same = [&](const Entry& entry) { return same_line(entry.settings, settings); };
  if (!literal && std::ranges::any_of(entries_, same)) return AddOutcome::already_known;

  Entry entry{.settings = settings};
  if (literal) {
    if (start_source(entry, *literal, now) < 0) return AddOutcome::too_many;
  } else {
    for (int i = 0; i < wanted(settings); ++i) entry.owed.push_back(++last_id_);
    entry.id = entry.owed.front();
    entry.resolve.arm(now);
  }
  entries_.push_back(std::move(entry));
  return AddOutcome::added;
}

int SourcePool::start_source(Entry& entry, const Address& address, MonotonicTime now) {
  const Key* key = entry.settings.key == 0 ? nullptr : keys_.find(entry.settings.key);
  auto source = std::make_unique<Source>(
      make_source(entry.settings, {address, entry.settings.port}, SourceIndex{}, key));
  const auto index = ensemble_.add(selection_of(*source));
  if (!index) return -1;
  source->index = *index;
  const auto place = static_cast<std::size_t>(index->value);
  sources_[place] = std::move(source);
  if (entry.settings.nts && entry.settings.kind != SourceKind::peer)
    sources_[place]->nts.emplace(Endpoint{address, entry.settings.ntsport}, nts_refresh_);
  if (entry.settings.key != 0 && key == nullptr) {  // never ask without the MAC that was asked for
    log_warning("Key {} is missing: source {} is not asked", entry.settings.key, to_text(address));
    bar(*sources_[place]);
  }
  if (!may_use(entry, address)) {
    log_warning("Source {} is not asked: its family is left alone here", to_text(address));
    bar(*sources_[place]);
  }
  last_start_ = std::max(now + first_request_delay, last_start_ + request_separation);
  schedule_start(*sources_[place], now, last_start_ - now);
  entry.sources.push_back(index->value);
  if (!entry.owed.empty()) entry.owed.erase(entry.owed.begin());
  order_.push_back(index->value);
  resume(*sources_[place]);
  if (sources_[place]->nts) resume_keys(*sources_[place], now);
  return index->value;
}

void SourcePool::resume(Source& source) {
  const auto found = std::ranges::find(dump_, source.remote.address, &DumpedSource::address);
  if (found == dump_.end()) return;
  for (const Sample& sample : found->samples) ensemble_.take(source.index, sample);
  source.kept.assign(found->samples.begin(), found->samples.end());
  source.reachability = found->reachability;
  ensemble_.mark_reachable(source.index, source.is_reachable());
  dump_.erase(found);
}

void SourcePool::resume_keys(Source& source, MonotonicTime now) {
  const auto found = std::ranges::find_if(kept_keys_, [&](const KeptKeys& kept) {
    return kept.name == source.settings.name && kept.maker == source.nts->server();
  });
  if (found == kept_keys_.end()) return;
  if (!found->cookies.empty() && (nts_refresh_ == Nanos{0} || found->age < nts_refresh_)) {
    source.remote = found->server;
    source.nts->take_keys(found->keys, found->cookies, now - found->age);
  }
  kept_keys_.erase(found);
}

void SourcePool::keep_ports(std::vector<UdpSocket> ports) {
  for (UdpSocket& port : ports) {
    const Family family = port.local().address.family;
    ports_.push_back({family, std::move(port)});
  }
}

std::optional<UdpSocket> SourcePool::take_port(Family family) {
  const auto found = std::ranges::find(ports_, family, &Port::family);
  if (found == ports_.end()) return std::nullopt;
  UdpSocket port = std::move(found->socket);
  ports_.erase(found);
  return port;
}

void SourcePool::give_port(Family family, UdpSocket port) {
  port.park(family);
  ports_.push_back({family, std::move(port)});
}

void SourcePool::drop_source(int place) {
  if (at(place).peer && at(place).socket.is_open())
    give_port(at(place).remote.address.family, std::move(at(place).socket));
  sources_[static_cast<std::size_t>(place)].reset();
  ensemble_.remove(SourceIndex{place});
  std::erase(order_, place);
  for (Entry& entry : entries_) std::erase(entry.sources, place);
}

bool SourcePool::remove(const Address& address) {
  const int place = find_place(address);
  if (place < 0) return false;
  drop_source(place);  // what the operator deletes does not come back by its name
  drop_empty();
  return true;
}

bool SourcePool::remove_unresolved(std::uint32_t id) {
  bool found = false;
  for (Entry& entry : entries_) found |= std::erase(entry.owed, id) > 0;
  drop_empty();
  return found;
}

void SourcePool::drop_empty() {
  std::erase_if(entries_,
                [](const Entry& entry) { return entry.sources.empty() && entry.owed.empty(); });
}

const Entry* SourcePool::owner_of(std::uint32_t id) const {
  const auto owner = std::ranges::find_if(entries_, [id](const Entry& entry) {
    return std::ranges::find(entry.owed, id) != entry.owed.end();
  });
  return owner == entries_.end() ? nullptr : &*owner;
}

bool SourcePool::drop_early() {
  std::vector<int> done;
  const auto dropped = std::erase_if(entries_, [&](const Entry& entry) {
    if (entry.settings.is_early)
      done.insert(done.end(), entry.sources.begin(), entry.sources.end());
    return entry.settings.is_early;
  });
  for (const int place : done) drop_source(place);
  return dropped > 0;
}

void SourcePool::reload(std::span<const SourceSettings> lines, MonotonicTime now) {
  std::vector<SourceSettings> before;
  for (const Entry& entry : entries_)
    if (entry.settings.from_sourcedir) before.push_back(entry.settings);
  adopt(before, lines, now);
}

void SourcePool::adopt(std::span<const SourceSettings> before,
                       std::span<const SourceSettings> after, MonotonicTime now) {
  const auto holds = [](std::span<const SourceSettings> lines, const SourceSettings& line) {
    return std::ranges::find(lines, line) != lines.end();
  };
  std::vector<Address> gone;
  std::erase_if(entries_, [&](const Entry& entry) {
    if (!holds(before, entry.settings) || holds(after, entry.settings)) return false;
    for (const int place : entry.sources) gone.push_back(at(place).remote.address);
    return true;
  });
  for (const Address& address : gone)
    if (const int place = find_place(address); place >= 0) drop_source(place);
  for (const SourceSettings& line : after) {
    const bool known =
        std::ranges::any_of(entries_, [&](const Entry& entry) { return entry.settings == line; });
    if (!known && add(line, now) == AddOutcome::too_many)
      log_warning("Could not add source {}: too many sources", line.name);
  }
}

void SourcePool::take_keys(MonotonicTime now) {
  for (const int place : order_) {
    Source& source = at(place);
    if (source.settings.key == 0 || (source.is_barred && source.key != nullptr)) continue;
    const bool had_none = source.key == nullptr;
    source.key = keys_.find(source.settings.key);
    source.is_barred = source.key == nullptr;
    if (source.is_barred) {
      log_warning("Key {} is missing: source {} is not asked", source.settings.key,
                  to_text(source.remote.address));
      go_offline(source);
    } else if (had_none && !source.settings.offline) {
      go_online(source, now);
    }
  }
}

void SourcePool::ask_names(NameService& names, MonotonicTime now) {
  for (Entry& entry : entries_) {
    if (!is_name(entry) || entry.asked) continue;
    const bool lame =
        std::ranges::any_of(entry.sources, [this](int place) { return is_lame(at(place)); });
    const bool may_replace =
        entry.replaced == MonotonicTime{} || now - entry.replaced >= replacement_interval;
    if (lame && may_replace && now - entry.looked >= search_interval) {
      entry.looked = now;
      entry.resolve.arm(now);
    }
    if (!entry.resolve.is_due(now)) continue;
    entry.resolve.disarm();
    entry.asked_at = now;
    entry.asked = names.ask(entry.id, entry.settings.name, entry.settings.family);
    if (entry.asked) entry.resolve.arm(now + 60s);  // the resolver may die with the question
    else back_off(entry, now);
  }
}

void SourcePool::take_names(NameService& names, MonotonicTime now) {
  while (const auto answer = names.take()) {
    const auto entry = std::ranges::find(entries_, answer->id, &Entry::id);
    if (entry == entries_.end()) continue;
    entry->asked = false;
    entry->resolve.disarm();
    entry->spare.clear();
    for (std::uint32_t i = 0; i < answer->count; ++i)
      if (may_use(*entry, answer->addresses[i])) entry->spare.push_back(answer->addresses[i]);
    if (answer->count == 0) {
      if (!entry->complained) log_warning("Could not resolve address of {}", entry->settings.name);
      entry->complained = true;
    }
    replace_one(*entry, now);
    fill(*entry, now);
    if (entry->sources.empty()) {
      back_off(*entry, now);
      continue;
    }
    entry->backoff = Nanos{0};
    entry->complained = false;
    if (!entry->owed.empty()) entry->resolve.arm(now + most_backoff);
    else if (refresh_ > Nanos{0}) entry->resolve.arm(now + refresh_);
  }
}

void SourcePool::fill(Entry& entry, MonotonicTime now) {
  for (const Address& address : entry.spare) {
    if (entry.owed.empty()) break;
    if (is_taken(address)) continue;
    if (start_source(entry, address, now) < 0) {
      log_warning("Could not add source {}: too many sources", entry.settings.name);
      break;
    }
  }
}

// The first source that is of no use gives its place to an address that nobody asks yet.
void SourcePool::replace_one(Entry& entry, MonotonicTime now) {
  const auto lame =
      std::ranges::find_if(entry.sources, [this](int place) { return is_lame(at(place)); });
  if (lame == entry.sources.end()) return;
  const auto fresh = std::ranges::find_if(
      entry.spare, [this](const Address& address) { return !is_taken(address); });
  if (fresh == entry.spare.end()) return;
  log_info("Source {} replaced with {} ({})", to_text(at(*lame).remote.address), to_text(*fresh),
           entry.settings.name);
  drop_source(*lame);
  entry.owed.push_back(++last_id_);
  entry.replaced = now;
}

// One without a route only if others have one: else the network is down, not the source.
bool SourcePool::is_lame(const Source& source) const {
  if (!source.is_unrouted) return wants_replacement(source);
  return !source.is_held &&
         std::ranges::any_of(order_, [this](int place) { return at(place).online; });
}

void SourcePool::hurry_names(MonotonicTime now) {
  for (Entry& entry : entries_) {
    if (entry.backoff == Nanos{0} || entry.asked) continue;
    entry.backoff = Nanos{0};
    entry.resolve.arm(std::max(now, entry.asked_at + least_backoff));
  }
}

void SourcePool::refresh_all(MonotonicTime now) {
  for (Entry& entry : entries_)
    if (is_name(entry)) entry.resolve.arm(now);
}

MonotonicTime SourcePool::next_resolution() const {
  MonotonicTime next = Timer::never;
  for (const Entry& entry : entries_) next = std::min(next, entry.resolve.when());
  return next;
}

Source* SourcePool::find(const Address& address) {
  const int place = find_place(address);
  return place < 0 ? nullptr : &at(place);
}

const Entry* SourcePool::entry_of(int place) const {
  const auto owner = std::ranges::find_if(entries_, [place](const Entry& entry) {
    return std::ranges::find(entry.sources, place) != entry.sources.end();
  });
  return owner == entries_.end() ? nullptr : &*owner;
}

int SourcePool::unresolved() const {
  std::size_t count = 0;
  for (const Entry& entry : entries_) count += entry.owed.size();
  return static_cast<int>(count);
}

int SourcePool::find_place(const Address& address) const {
  const auto found =
      std::ranges::find_if(order_, [&](int place) { return at(place).remote.address == address; });
  return found == order_.end() ? -1 : *found;
}

bool SourcePool::may_use(const Entry& entry, const Address& address) const {
  if (entry.settings.family != Family::none && address.family != entry.settings.family)
    return false;
  return address.family == Family::ipv4 ? families_.ipv4 : families_.ipv6;
}

}  // namespace ntp
