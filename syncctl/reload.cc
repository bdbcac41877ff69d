// reload: every program reads its configuration again, all of it or nothing. Looks first, so that
// a fault is told before anything moved; then applies exactly what was looked at. Where systemd
// runs and root asks, programs that read their lines at start only are started anew, the changed
// ones and no other, once all lines were found right and before ntpd-net takes up its own.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "syncctl/change.h"

namespace ntp::syncctl {

namespace {

using control::Command;
using control::ReloadAction;
using control::ReloadReport;
using control::ReloadRequest;
using control::ReloadVerdict;

constexpr std::uint32_t most_text = 1 << 17;  // octets that we read on for

Fetched<ReloadReport> ask_reload(Session& session, const ReloadRequest& request) {
  const auto answer = session.client.ask(Command::reload, request);
  if (!answer) return std::unexpected{problem_of(answer.error())};
  // A chronyd: it can read its source directories again, no more.
  if (answer->status == control::Status::invalid)
    return complaint("Invalid syntax for reload command");
  if (answer->status != control::Status::success)
    return std::unexpected{problem_of(answer->status)};
  auto report = control::parse_body<ReloadReport>(answer->reply());
  if (!report) return std::unexpected{problem_of(Trouble::bad_reply)};
  return *std::move(report);
}

Fetched<std::string> whole_text(Session& session, const ReloadReport& report) {
  std::string text{report.page.text()};
  while (text.size() < std::min(report.total, most_text)) {
    const auto next =
        NTP_TRY(ask_reload(session, {.action = ReloadAction::read_on,
                                     .offset = static_cast<std::uint32_t>(text.size())}));
    if (next.page.text().empty()) break;
    text += next.page.text();
  }
  return text;
}

std::string_view word_of(ReloadVerdict verdict) {
  constexpr std::array<std::string_view, 7> words{"same",    "ready",  "applied", "wrong",
                                                  "restart", "others", "moved"};
  const auto number = static_cast<std::size_t>(verdict);
  return number < words.size() ? words[number] : "unknown";
}

std::string words_of(std::uint32_t programs) {
  namespace program = control::reload_program;
  std::string words;
  const auto add = [&](std::uint32_t bit, std::string_view name) {
    if ((programs & bit) != 0) words.append(words.empty() ? "" : " ").append(name);
  };
  add(program::clockd, "clockd");
  add(program::rtcd, "rtcd");
  add(program::refclockd, "refclockd");
  return words;
}

// Whom these lines need started anew; systemd's names.
std::vector<std::string> units_to_restart(const ReloadReport& report) {
  namespace program = control::reload_program;
  std::vector<std::string> units;
  const auto add = [&](bool wanted, const char* unit) {
    if (wanted) units.emplace_back(unit);
  };
  const bool changes =
      report.verdict == ReloadVerdict::ready || report.verdict == ReloadVerdict::restart;
  add(changes && (report.programs & program::clockd) != 0, "clockd");
  add(changes && (report.programs & program::rtcd) != 0, "rtcd");
  add(changes && (report.programs & program::refclockd) != 0, "refclockd");
  add(report.verdict == ReloadVerdict::restart, "ntpd-net");
  return units;
}

bool may_restart() { return ::geteuid() == 0 && ::access("/run/systemd/system", F_OK) == 0; }

// Ends when the unit says that it is ready, or that it could not start.
bool restart_unit(const std::string& unit) {
  std::array<std::string, 3> words{"systemctl", "try-restart", unit + ".service"};
  std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t child = 0;
  int status = 0;
  return ::posix_spawnp(&child, "systemctl", nullptr, nullptr, arguments.data(), environ) == 0 &&
         ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Done show_reload(Session& session, const ReloadReport& report, const std::string& more = "") {
  Cell text = word_cell("text", NTP_TRY(whole_text(session, report)) + more);
  Cell verdict = word_cell("verdict", word_of(report.verdict));
  Cell programs = word_cell("programs", words_of(report.programs));
  verdict.text = programs.text = text.csv = "";
  show(session, {.name = "reload",
                 .pattern = "{}{}{}",
                 .rows = {{std::move(verdict), std::move(programs), std::move(text)}},
                 .is_table = false});
  const bool good = report.verdict == ReloadVerdict::same ||
                    report.verdict == ReloadVerdict::ready ||
                    report.verdict == ReloadVerdict::applied;
  return good ? Done{} : std::unexpected{Problem{}};
}

// Beyond the first restart the new lines are in force there: a failure says what is where.
Done restart_and_apply(Session& session, const ReloadReport& looked,
                       const std::vector<std::string>& units) {
  std::string done;
  for (const std::string& unit : units) {
    if (unit == "ntpd-net") continue;
    if (!restart_unit(unit))
      return complaint(fmt::format(
          "{} did not start again with its new lines; restarted before it: {}; ntpd-net follows "
          "the old lines",
          unit, done.empty() ? "none" : done));
    done.append(done.empty() ? "" : " ").append(unit);
  }
  if (looked.verdict != ReloadVerdict::restart)
    return show_reload(session,
                       NTP_TRY(ask_reload(session, {.action = ReloadAction::apply,
                                                    .digest = looked.digest,
                                                    .programs = looked.programs})),
                       fmt::format("Restarted {}.\n", done));
  // Its last page is read before it goes.
  ReloadReport applied = looked;
  const std::string text = NTP_TRY(whole_text(session, looked));
  if (!restart_unit("ntpd-net")) return complaint("ntpd-net did not start again");
  applied.verdict = ReloadVerdict::applied;
  applied.total = 0;
  applied.page = {};
  const auto changes = text.substr(0, text.rfind('\n', text.size() - 2) + 1);
  return show_reload(
      session, applied,
      fmt::format("{}Applied.\nRestarted {}{}ntpd-net.\n", changes, done, done.empty() ? "" : " "));
}

}  // namespace

Done reload(Session& session, Words words) {
  if (!words.empty() && words[0] == "sources") return change(session, Command::reload_sources);
  bool dry = false;
  std::uint32_t programs = 0;
  for (const std::string_view word : words) {
    if (word == "--dry-run") dry = true;
    else if (word == "clockd") programs |= control::reload_program::clockd;
    else if (word == "rtcd") programs |= control::reload_program::rtcd;
    else return complaint("Invalid syntax for reload command");
  }
  const auto looked =
      NTP_TRY(ask_reload(session, {.action = ReloadAction::look, .programs = programs}));
  const auto units = units_to_restart(looked);
  if (!units.empty() && programs == 0 && may_restart()) {
    if (!dry) return restart_and_apply(session, looked, units);
    ReloadReport ready = looked;
    ready.verdict = ReloadVerdict::ready;
    return show_reload(session, ready,
                       fmt::format("syncctl reload starts anew: {}\n", fmt::join(units, " ")));
  }
  if (dry || looked.verdict != ReloadVerdict::ready) return show_reload(session, looked);
  return show_reload(session, NTP_TRY(ask_reload(session, {.action = ReloadAction::apply,
                                                           .digest = looked.digest,
                                                           .programs = programs})));
}

}  // namespace ntp::syncctl
