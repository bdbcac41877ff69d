// The dispatch table. Commands of one request without arguments are here whole.
#include "syncctl/commands.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/text.h"
#include "syncctl/change.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

using control::Command;

template <Command command>
Done plain(Session& session, Words) {
  return change(session, command);
}

Done reset_sources(Session& session, Words words) {
  if (words.empty() || words[0] != "sources") return complaint("Invalid syntax for reset command");
  return change(session, Command::reset_sources);
}

Done dump(Session& session, Words) { return change(session, Command::dump, control::Dump{}); }

Done end_session(Session& session, Words) {
  session.ended = true;
  return {};
}

Done gone(Session& session, Words) {
  session.output.complain("Authentication is no longer supported");
  return {};
}

Done change_names(Session& session, Words words) {
  Settings& settings = session.settings;
  const std::string_view word = words.empty() ? "" : words[0];
  if (word == "-n") settings.resolve = false;
  else if (word == "+n") settings.resolve = true;
  else if (word == "-4") settings.family = Family::ipv4;
  else if (word == "-6") settings.family = Family::ipv6;
  else if (word == "-46") settings.family = Family::none;
  else return complaint("Unrecognized dns command");
  return {};
}

Done change_timeout(Session& session, Words words) {
  constexpr int shortest = 100;  // ms
  const int timeout = words.empty() ? 0 : parse_integer<int>(words[0]).value_or(0);
  if (timeout < shortest) return complaint(fmt::format("Timeout {} is too short", timeout));
  session.client.patience.timeout = std::chrono::milliseconds{timeout};
  return {};
}

Done change_retries(Session& session, Words words) {
  constexpr int most = 30;
  const int retries = words.empty() ? 0 : parse_integer<int>(words[0]).value_or(-1);
  if (retries < 0 || retries > most) return complaint("Invalid maximum number of retries");
  session.client.patience.retries = retries;
  return {};
}

Done help(Session& session, Words) {
  constexpr std::size_t column = 28;
  std::string text;
  for (const auto& [usage, meaning] : help_lines()) {
    if (usage.empty()) {
      text += fmt::format("{}{}\n", text.empty() ? "" : "\n", meaning);
    } else if (usage.size() < column) {
      text += fmt::format("{:<{}}{}\n", usage, column, meaning);
    } else {
      text += fmt::format("{}\n{:{}}{}\n", usage, "", column, meaning);
    }
  }
  session.output.print(text);
  return {};
}

// In alphabetical order.
constexpr std::array entries{
    CommandEntry{"accheck", check_access},
    CommandEntry{"activity", show_activity},
    CommandEntry{"add", add_source},
    CommandEntry{"allow", change_allow},
    CommandEntry{"authdata", show_auth_data},
    CommandEntry{"authhash", gone},
    CommandEntry{"burst", start_burst},
    CommandEntry{"clients", show_clients},
    CommandEntry{"clock", show_clock},
    CommandEntry{"cmdaccheck", check_command_access},
    CommandEntry{"cmdallow", change_command_allow},
    CommandEntry{"cmddeny", change_command_deny},
    CommandEntry{"cyclelogs", plain<Command::cycle_logs>},
    CommandEntry{"delete", delete_source},
    CommandEntry{"deny", change_deny},
    CommandEntry{"dfreq", nudge_frequency},
    CommandEntry{"dns", change_names},
    CommandEntry{"doffset", nudge_offset},
    CommandEntry{"dump", dump},
    CommandEntry{"exit", end_session},
    CommandEntry{"help", help},
    CommandEntry{"keygen", generate_key},
    CommandEntry{"local", change_local},
    CommandEntry{"makestep", make_step},
    CommandEntry{"manual", change_manual},
    CommandEntry{"maxdelay", change_maxdelay},
    CommandEntry{"maxdelaydevratio", change_maxdelaydevratio},
    CommandEntry{"maxdelayratio", change_maxdelayratio},
    CommandEntry{"maxpoll", change_maxpoll},
    CommandEntry{"maxupdateskew", change_maxupdateskew},
    CommandEntry{"metrics", show_metrics},
    CommandEntry{"minpoll", change_minpoll},
    CommandEntry{"minstratum", change_minstratum},
    CommandEntry{"ntpdata", show_ntp_data},
    CommandEntry{"offline", change_offline},
    CommandEntry{"offset", change_source_offset},
    CommandEntry{"online", change_online},
    CommandEntry{"onoffline", plain<Command::onoffline>},
    CommandEntry{"password", gone},
    CommandEntry{"polltarget", change_polltarget},
    CommandEntry{"quit", end_session},
    CommandEntry{"refresh", plain<Command::refresh>},
    CommandEntry{"refusals", show_refusals},
    CommandEntry{"rekey", plain<Command::rekey>},
    CommandEntry{"reload", reload},
    CommandEntry{"reselect", plain<Command::reselect>},
    CommandEntry{"reselectdist", change_reselect_distance},
    CommandEntry{"reset", reset_sources},
    CommandEntry{"retries", change_retries},
    CommandEntry{"rtcdata", show_rtc_data},
    CommandEntry{"selectdata", show_select_data},
    CommandEntry{"selectopts", change_select_options},
    CommandEntry{"serverstats", show_server_stats},
    CommandEntry{"settime", set_time},
    CommandEntry{"shutdown", plain<Command::shutdown>},
    CommandEntry{"smoothing", show_smoothing},
    CommandEntry{"smoothtime", change_smooth_time},
    CommandEntry{"sourcename", show_source_name},
    CommandEntry{"sources", show_sources},
    CommandEntry{"sourcestats", show_source_stats},
    CommandEntry{"timeout", change_timeout},
    CommandEntry{"tracking", show_tracking},
    CommandEntry{"trimrtc", trim_rtc},
    CommandEntry{"waitsync", wait_for_sync},
    CommandEntry{"watch", watch},
    CommandEntry{"why", show_why},
    CommandEntry{"writertc", write_rtc},
};
static_assert(std::ranges::is_sorted(entries, {}, &CommandEntry::name));

}  // namespace

std::span<const CommandEntry> command_entries() { return entries; }

bool run_line(Session& session, std::string_view line) {
  const std::string_view text = trim(line);
  if (text.empty() || std::string_view{"!;#%"}.find(text.front()) != text.npos) return true;
  const std::vector<std::string_view> words = split_words(text);
  const auto entry = std::ranges::lower_bound(entries, words.front(), {}, &CommandEntry::name);
  if (entry == entries.end() || entry->name != words.front()) {
    session.output.complain("Unrecognized command");
    return false;
  }
  const Done done = entry->run(session, Words{words}.subspan(1));
  if (!done) show_problem(session, done.error());
  return done.has_value();
}

}  // namespace ntp::syncctl
