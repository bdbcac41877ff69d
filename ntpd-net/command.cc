// See command.h.
#include "ntpd-net/command.h"

#include <algorithm>
#include <cmath>

#include "common/base/log.h"
#include "ntpd-net/keeping.h"
#include "ntpd-net/links.h"
#include "ntpd-net/manual_input.h"
#include "ntpd-net/mixing.h"
#include "ntpd-net/orphans.h"
#include "ntpd-net/report.h"
#include "ntpd-net/served_time.h"

namespace ntp {
namespace {

using control::Command;
using control::Request;
using control::SourceAddress;
using control::Status;

// Both unset: every address. Else those whose bits under the mask are the same.
bool matches(const Address& address, const SourceAddress& mask, const SourceAddress& wanted) {
  if (!wanted.address.is_set()) return true;
  if (address.family != wanted.address.family) return false;
  for (std::size_t i = 0; i < 16; ++i) {
    const std::uint8_t bits = mask.address.is_set() ? mask.address.octets[i] : 0xff;
    if ((address.octets[i] & bits) != (wanted.address.octets[i] & bits)) return false;
  }
  return true;
}

template <typename Change>
Status change_matching(Daemon& daemon, const SourceAddress& mask, const SourceAddress& address,
                       Change change) {
  bool any = !address.address.is_set();
  for (const int place : daemon.pool.order()) {
    Source& source = daemon.pool.at(place);
    if (!matches(source.remote.address, mask, address)) continue;
    change(source);
    any = true;
  }
  return any ? Status::success : Status::no_such_source;
}

Status switch_line(Daemon& daemon, const control::AddressRange& range, bool on) {
  return change_matching(daemon, range.mask, range.address, [&](Source& source) {
    on ? put_online(daemon, source) : put_offline(source);
  });
}

Status burst(Daemon& daemon, const control::Burst& body) {
  const bool is_one = body.good_samples >= 1 && body.total_samples >= body.good_samples;
  const MonotonicTime now = daemon.clocks.monotonic_now();
  return change_matching(daemon, body.mask, body.address, [&](Source& source) {
    if (!source.is_barred && is_one)
      begin_burst(source, now, body.good_samples, std::min(body.total_samples, 64));
  });
}

Status follow_routes(Daemon& daemon) {
  obey_routes(daemon);
  return Status::success;
}

Status change_number(Daemon& daemon, Command command, const control::SourceNumber& body) {
  Source* source = daemon.pool.find(body.address.address);
  if (source == nullptr) return Status::no_such_source;
  const int value = body.value;
  SourceSettings& settings = source->settings;
  switch (command) {
    case Command::minpoll:
      if (value < -7 || value > 24) return Status::invalid;
      change_polls(*source, value, std::max(settings.maxpoll, value));
      return Status::success;
    case Command::maxpoll:
      if (value < -7 || value > 24) return Status::invalid;
      change_polls(*source, std::min(settings.minpoll, value), value);
      return Status::success;
    case Command::minstratum:
      if (value < 0 || value > 16) return Status::invalid;
      settings.minstratum = value;
      daemon.ensemble.change(source->index, selection_of(*source));
      return Status::success;
    case Command::polltarget:
      if (value < 1) return Status::invalid;
      change_poll_target(*source, value);
      return Status::success;
    default: return Status::invalid;
  }
}

Status change_real(Daemon& daemon, Command command, const control::SourceReal& body) {
  Source* source = daemon.pool.find(body.address.address);
  if (source == nullptr) return Status::no_such_source;
  if (!(body.value >= 0) || body.value > 1e6) return Status::invalid;
  switch (command) {
    case Command::maxdelay:
      source->settings.maxdelay = to_nanos(body.value);
      return Status::success;
    case Command::maxdelayratio:
      source->settings.maxdelayratio = body.value;
      return Status::success;
    case Command::maxdelaydevratio:
      source->settings.maxdelaydevratio = body.value;
      return Status::success;
    default: return Status::invalid;
  }
}

Status change_access(Daemon& daemon, Command command, const control::AccessSubnet& body) {
  const Address& address = body.address.address;
  if (body.bits < 0 || body.bits > address.bits()) return Status::bad_subnet;
  const auto is = [command](Command one, Command other) {
    return command == one || command == other;
  };
  const bool of_commands = is(Command::command_allow, Command::command_allow_all) ||
                           is(Command::command_deny, Command::command_deny_all);
  const AccessRule rule{.allow = is(Command::allow, Command::allow_all) ||
                                 is(Command::command_allow, Command::command_allow_all),
                        .all = is(Command::allow_all, Command::deny_all) ||
                               is(Command::command_allow_all, Command::command_deny_all),
                        .subnet = {address, static_cast<std::uint8_t>(body.bits)}};
  if (!of_commands && !daemon.ntp_rules) return Status::failed;  // the server role does not run
  AccessList& list = of_commands ? command_rules(daemon) : *daemon.ntp_rules;
  switch (list.change(rule)) {
    case AccessChange::done: return Status::success;
    case AccessChange::bad_subnet: return Status::bad_subnet;
    case AccessChange::no_room: return Status::failed;
  }
  return Status::failed;
}

Status check_access(const Daemon& daemon, Command command, const control::OneAddress& body) {
  if (!body.address.address.is_set()) return Status::invalid_family;
  const AccessPage* page =
      command == Command::access_check
          ? (daemon.passage.served.get() ? &daemon.passage.served->access : nullptr)
          : daemon.command_access.get();
  const bool allowed = page != nullptr && is_allowed(*page, body.address.address);
  return allowed ? Status::access_allowed : Status::access_denied;
}

std::optional<SourceKind> kind_of(control::NewSource type) {
  switch (type) {
    case control::NewSource::server: return SourceKind::server;
    case control::NewSource::peer: return SourceKind::peer;
    case control::NewSource::pool: return SourceKind::pool;
  }
  return std::nullopt;
}

Status add_source(Daemon& daemon, const control::AddSource& body) {
  const auto kind = kind_of(body.type);
  if (!kind) return Status::invalid;
  if (!body.name.has_end() || body.name.text().empty()) return Status::invalid_name;
  namespace flag = control::add_flag;
  const auto has = [&](std::uint32_t bit) { return (body.flags & bit) != 0; };
  if (has(flag::nts) && daemon.passage.keys.fd() < 0) return Status::not_enabled;
  SourceSettings settings{
      .kind = *kind,
      .name = std::string{body.name.text()},
      .family = has(flag::ipv4)   ? Family::ipv4
                : has(flag::ipv6) ? Family::ipv6
                                  : Family::none,
      .port = static_cast<std::uint16_t>(body.port),
      .minpoll = std::clamp(body.minpoll, -7, 24),
      .maxpoll = std::clamp(body.maxpoll, body.minpoll, 24),
      .iburst = has(flag::iburst),
      .burst = has(flag::burst),
      .offline = !has(flag::online),
      .auto_offline = has(flag::auto_offline),
      .selection = {has(flag::prefer), has(flag::noselect), has(flag::trust), has(flag::require)},
      .maxsources = static_cast<int>(std::clamp<std::uint32_t>(body.max_sources, 1, 16)),
      .key = body.key,
      .nts = has(flag::nts),
      .ntsport = static_cast<std::uint16_t>(body.nts_port),
      .certset = body.cert_set,
      .xleave = has(flag::interleaved),
      .copy = has(flag::copy),
      .version = static_cast<int>(std::min<std::uint32_t>(body.version, 4)),
      .maxdelay = to_nanos(body.max_delay),
      .maxdelayratio = body.max_delay_ratio,
      .maxdelaydevratio = body.max_delay_dev_ratio,
      .maxdelayquant = body.max_delay_quant,
      .mindelay = to_nanos(body.min_delay),
      .asymmetry = std::abs(body.asymmetry) <= 0.5 ? std::optional{body.asymmetry} : std::nullopt,
      .offset = to_nanos(body.offset),
      .maxsamples = body.max_samples >= 0 ? std::optional{body.max_samples} : std::nullopt,
      .maxunreach = body.max_unreach > 0 ? body.max_unreach : SourceSettings{}.maxunreach,
      .filter = std::clamp(body.filter_length, 0, 1000),
      .polltarget = static_cast<int>(std::clamp<std::uint32_t>(body.poll_target, 1, 1000)),
      .presend = body.presend_minpoll <= 24 ? std::optional{body.presend_minpoll} : std::nullopt,
      .minstratum = static_cast<int>(std::min<std::uint32_t>(body.min_stratum, 16))};
  switch (daemon.pool.add(settings, daemon.clocks.monotonic_now())) {
    case AddOutcome::added: return Status::success;
    case AddOutcome::already_known: return Status::source_already_known;
    case AddOutcome::too_many: return Status::too_many_sources;
  }
  return Status::failed;
}

Status delete_source(Daemon& daemon, const SourceAddress& address) {
  const bool gone =
      address.id ? daemon.pool.remove_unresolved(*address.id) : daemon.pool.remove(address.address);
  daemon.changed |= gone;
  return gone ? Status::success : Status::no_such_source;
}

SelectionOptions changed(SelectionOptions selection, const control::SelectOptions& body) {
  namespace mask = control::select_option;
  namespace flag = control::add_flag;
  const auto set = [&](bool& option, std::uint32_t bit, std::uint32_t value) {
    if ((body.mask & bit) != 0) option = (body.options & value) != 0;
  };
  set(selection.noselect, mask::noselect, flag::noselect);
  set(selection.prefer, mask::prefer, flag::prefer);
  set(selection.trust, mask::trust, flag::trust);
  set(selection.require, mask::require, flag::require);
  return selection;
}

// Without an address the refid tells which reference clock is meant.
Status change_selection(Daemon& daemon, const control::SelectOptions& body) {
  if (Source* source = daemon.pool.find(body.address.address)) {
    source->settings.selection = changed(source->settings.selection, body);
  } else if (ReferenceClock* clock = daemon.reference_clocks.find(body.ref_id);
             clock != nullptr && !body.address.is_set()) {
    clock->settings.selection = changed(clock->settings.selection, body);
  } else {
    return Status::no_such_source;
  }
  mix_sources(daemon);
  return Status::success;
}

// Of the samples that come from now on; refclockd goes on to add what the line says.
Status change_offset(Daemon& daemon, const control::SourceOffset& body) {
  if (Source* source = daemon.pool.find(body.address.address)) {
    source->settings.offset = to_nanos(body.offset);
    daemon.ensemble.change(source->index, selection_of(*source));
    return Status::success;
  }
  ReferenceClock* clock = daemon.reference_clocks.find(body.ref_id);
  if (clock == nullptr || body.address.is_set()) return Status::no_such_source;
  clock->correction = to_nanos(body.offset) - clock->settings.offset;
  return Status::success;
}

Status change_local(Daemon& daemon, const control::Local3& body) {
  if (body.on != 0 && (body.stratum < 1 || body.stratum > 15)) return Status::invalid;
  LocalSettings& local = daemon.local.settings;
  local.enabled = body.on != 0;
  if (local.enabled) {
    local.stratum = body.stratum;
    local.distance = to_nanos(body.distance);
    local.orphan = body.orphan != 0;
    local.activate = to_nanos(body.activate);
    local.waitsynced = to_nanos(body.wait_synced);
    local.waitunsynced = to_nanos(body.wait_unsynced);
  }
  sort_orphans(daemon);
  daemon.changed = true;
  refresh_served(daemon);
  return Status::success;
}

Status ask_office(Daemon& daemon, OfficeWord word) {
  return daemon.passage.office.say({.word = word}) ? Status::success : Status::failed;
}

// The supervisor's files, and those that rtcd and refclockd keep themselves.
Status cycle_logs(Daemon& daemon) {
  Passage& passage = daemon.passage;
  const bool told = (!passage.hardware_clock || passage.hardware_clock->cycle_logs()) &&
                    (!passage.reference_clocks || passage.reference_clocks->cycle_logs());
  return told ? ask_office(daemon, OfficeWord::cycle_logs) : Status::failed;
}

Status shut_down(Daemon& daemon) {
  finish(daemon, 0);
  return Status::success;
}

Status refresh_names(Daemon& daemon) {
  daemon.pool.refresh_all(daemon.clocks.monotonic_now());
  return Status::success;
}

// Measures anew: what was learnt of the sources is forgotten.
Status reset_sources(Daemon& daemon) {
  daemon.ensemble.begin_epoch();
  forget_kept(daemon);
  daemon.changed = true;
  return Status::success;
}

Status change_worst_skew(Daemon& daemon, const control::RateValue& body) {
  daemon.settings.selection.maxupdateskew = abs(body.rate);
  return Status::success;
}

Status change_reselect_distance(Daemon& daemon, const control::DurationValue& body) {
  if (body.duration < Seconds{0}) return Status::invalid;
  daemon.settings.selection.reselectdist = to_nanos(body.duration.count());
  daemon.ensemble.change(ensemble_options(daemon.settings, daemon.errand));
  daemon.changed = true;
  return Status::success;
}

}  // namespace

Status obey(Daemon& daemon, const Request& request) {
  const auto body = [&]<typename Body>(Body) -> const Body& {
    return std::get<Body>(request.body);
  };
  switch (request.command) {
    case Command::online: return switch_line(daemon, body(control::AddressRange{}), true);
    case Command::offline: return switch_line(daemon, body(control::AddressRange{}), false);
    case Command::burst: return burst(daemon, body(control::Burst{}));
    case Command::onoffline: return follow_routes(daemon);
    case Command::minpoll:
    case Command::maxpoll:
    case Command::minstratum:
    case Command::polltarget:
      return change_number(daemon, request.command, body(control::SourceNumber{}));
    case Command::maxdelay:
    case Command::maxdelayratio:
    case Command::maxdelaydevratio:
      return change_real(daemon, request.command, body(control::SourceReal{}));
    case Command::allow:
    case Command::allow_all:
    case Command::deny:
    case Command::deny_all:
    case Command::command_allow:
    case Command::command_allow_all:
    case Command::command_deny:
    case Command::command_deny_all:
      return change_access(daemon, request.command, body(control::AccessSubnet{}));
    case Command::access_check:
    case Command::command_access_check:
      return check_access(daemon, request.command, body(control::OneAddress{}));
    case Command::add_source: return add_source(daemon, body(control::AddSource{}));
    case Command::delete_source: return delete_source(daemon, body(control::OneAddress{}).address);
    case Command::select_options: return change_selection(daemon, body(control::SelectOptions{}));
    case Command::source_offset: return change_offset(daemon, body(control::SourceOffset{}));
    case Command::local2:
    case Command::local3: return change_local(daemon, body(control::Local3{}));
    case Command::refresh: return refresh_names(daemon);
    case Command::reset_sources: return reset_sources(daemon);
    case Command::reload_sources: return ask_office(daemon, OfficeWord::read_sources);
    case Command::shutdown: return shut_down(daemon);
    case Command::cycle_logs: return cycle_logs(daemon);
    case Command::reselect: return Status::success;  // as with every sample
    case Command::reselect_distance:
      return change_reselect_distance(daemon, body(control::DurationValue{}));
    case Command::maxupdateskew: return change_worst_skew(daemon, body(control::RateValue{}));
    case Command::dump: dump_all(daemon); return Status::success;
    case Command::rekey: return ask_office(daemon, OfficeWord::read_keys);
    // rtcd's alone (syncctl asks it directly), as what moves the clock is clockd's.
    case Command::trim_rtc:
    case Command::write_rtc: return report_hardware_clock(daemon) ? Status::failed : Status::no_rtc;
    case Command::manual: return switch_manual(daemon, body(control::Option{}));
    case Command::manual_delete: return delete_manual(daemon, body(control::Index{}));
    case Command::smooth_time: return switch_smoothing(daemon, body(control::Option{}));
    // What moves the clock is clockd's alone (syncctl asks it directly); see syncctl(1).
    case Command::makestep:
    case Command::makestep_policy:
    case Command::dfreq:
    case Command::doffset: return Status::failed;
    default: return Status::invalid;
  }
}

}  // namespace ntp
