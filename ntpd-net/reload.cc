// See reload.h.
#include "ntpd-net/reload.h"

#include <unistd.h>

#include <algorithm>

#include "common/base/log.h"
#include "common/wire/key_file.h"
#include "ntpd-net/orphans.h"
#include "ntpd-net/rereading.h"
#include "ntpd-net/served_time.h"

namespace ntp {
namespace {

using control::ReloadAction;
using control::ReloadReport;
using control::ReloadRequest;
using control::ReloadVerdict;

constexpr std::size_t most_handed = 1 << 20;
constexpr Nanos patience = 10s;  // with a supervisor that does not answer

ReloadReport page_of(const Reload& reload, std::size_t offset) {
  ReloadReport report = reload.report;
  report.total = static_cast<std::uint32_t>(reload.text.size());
  report.page =
      control::name_of(std::string_view{reload.text}.substr(std::min(offset, reload.text.size())));
  return report;
}

void answer_waiting(Daemon& daemon) {
  Reload& reload = daemon.reload;
  if (!reload.waiting) return;
  std::array<std::byte, control::longest_reply> out;
  ControlSocket& socket = daemon.passage.control[static_cast<std::size_t>(reload.door)];
  socket.reply(reload.back, control::write_reply(*reload.waiting, page_of(reload, 0), out));
  reload.waiting.reset();
}

// What cannot be refused any more once it has begun is tried here first.
Result<void> rehearse(const Daemon& daemon, const Settings& next) {
  if (next.sources.size() + daemon.settings.refclocks.size() > most_sources)
    return failure("more than 64 sources");
  return {};
}

// Names of hosts were resolved at the start; one that had no address then has no rule.
void resolve_as_before(const std::vector<AccessRule>& present, std::vector<AccessRule>& next) {
  for (AccessRule& rule : next) {
    const auto known = std::ranges::find(present, rule.host, &AccessRule::host);
    if (!rule.host.empty() && known != present.end()) rule.subnet = known->subnet;
  }
  std::erase_if(next, [](const AccessRule& rule) {
    return !rule.host.empty() && !rule.subnet.address.is_set();
  });
}

// The one list that may refuse goes first.
Result<void> take_access(Daemon& daemon, Settings& next) {
  resolve_as_before(daemon.settings.server.access, next.server.access);
  resolve_as_before(daemon.settings.control.access, next.control.access);
  const auto refused = [] { return failure("the access rules need too much room"); };
  if (daemon.ntp_rules && daemon.ntp_rules->replace(next.server.access) != AccessChange::done)
    return refused();
  if (next.control.access.empty() && !daemon.command_rules) return {};
  if (command_rules(daemon).replace(next.control.access) == AccessChange::done) return {};
  if (daemon.ntp_rules) (void)daemon.ntp_rules->replace(daemon.settings.server.access);
  return refused();
}

Result<void> take_configuration(Daemon& daemon, Settings next) {
  NTP_TRY(rehearse(daemon, next));
  NTP_TRY(take_access(daemon, next));
  // Beyond this point nothing can fail.
  Settings& present = daemon.settings;
  const MonotonicTime now = daemon.clocks.monotonic_now();
  daemon.pool.change_refresh(next.refresh);
  daemon.pool.adopt(present.sources, next.sources, now);
  present.sources = std::move(next.sources);
  present.server.access = std::move(next.server.access);
  present.server.local = next.server.local;
  daemon.local.settings = next.server.local;
  present.server.ratelimit = next.server.ratelimit;
  present.server.noclientlog = next.server.noclientlog;
  present.control.access = std::move(next.control.access);
  present.control.open_commands = std::move(next.control.open_commands);
  present.selection = next.selection;
  present.log.change = next.log.change;
  present.clock = next.clock;  // what clockd and rtcd have taken up
  present.refresh = next.refresh;
  present.sourcedirs = std::move(next.sourcedirs);
  present.keyfile = std::move(next.keyfile);
  open_commands(daemon);
  sort_orphans(daemon);
  daemon.ensemble.change(ensemble_options(present, daemon.errand));
  refresh_served(daemon);
  daemon.changed = true;
  return {};
}

void log_lines(std::string_view text) {
  while (!text.empty()) {
    const auto length = std::min(text.find('\n'), text.size());
    log_info("Reload: {}", text.substr(0, length));
    text.remove_prefix(std::min(length + 1, text.size()));
  }
}

}  // namespace

std::string read_attached(const Fd& fd) {
  std::string text(most_handed, '\0');
  const ssize_t length = ::pread(fd.number(), text.data(), text.size(), 0);
  text.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return text;
}

bool begin_reload(Daemon& daemon, const control::Request& request, int door,
                  const ReturnAddress& back) {
  const auto* body = std::get_if<ReloadRequest>(&request.body);
  if (body == nullptr || body->action > ReloadAction::apply) return false;
  Reload& reload = daemon.reload;
  const MonotonicTime now = daemon.clocks.monotonic_now();
  if (reload.waiting && now - reload.begun < patience) {  // asked again: the newest asker hears
    reload.waiting = request;
    reload.door = door;
    reload.back = back;
    return true;
  }
  if (!daemon.passage.office.say({.word = OfficeWord::read_all,
                                  .first = static_cast<std::int64_t>(body->action),
                                  .second = static_cast<std::int64_t>(
                                      std::uint64_t{body->programs & 0xff} << 32 | body->digest)}))
    return false;
  reload.waiting = request;
  reload.door = door;
  reload.back = back;
  reload.begun = now;
  return true;
}

Octets read_on(Daemon& daemon, const control::Request& request, WritableOctets out) {
  const auto* body = std::get_if<ReloadRequest>(&request.body);
  if (body == nullptr || body->action != ReloadAction::read_on)
    return control::write_status(request, control::Status::failed, out);
  return control::write_reply(request, page_of(daemon.reload, body->offset), out);
}

void take_keys(Daemon& daemon, const Fd& file) {
  daemon.keys = parse_key_file(read_attached(file), "keyfile").keys;
  daemon.pool.take_keys(daemon.clocks.monotonic_now());
  log_info("Read {} keys", daemon.keys.size());
}

void take_reading(Daemon& daemon, const OfficeMessage& message, const Fd& file) {
  const auto reading = split_reading(message, read_attached(file));
  Reload& reload = daemon.reload;
  reload.report = {
      .verdict = reading.verdict, .digest = reading.digest, .programs = reading.programs};
  reload.text = reading.text;
  if (reading.verdict == ReloadVerdict::applied) {
    auto configuration = parse_handover(reading.handover);
    const auto taken = configuration
                           ? take_configuration(daemon, std::move(configuration->settings))
                           : Result<void>{std::unexpected{configuration.error()}};
    if (taken) {
      daemon.passage.office.say({.word = OfficeWord::adopted});
      log_info("Configuration reloaded");
    } else {
      reload.report.verdict = ReloadVerdict::wrong;
      reload.text = taken.error().message + "\n";
    }
  }
  const bool looked = reload.report.verdict == ReloadVerdict::ready;
  if (!looked && reload.report.verdict != ReloadVerdict::same) log_lines(reload.text);
  answer_waiting(daemon);
}

}  // namespace ntp
