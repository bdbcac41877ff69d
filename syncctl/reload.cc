// reload: every program reads its configuration again, all of it or nothing. Looks first, so that
// a fault is told before anything moved; then applies exactly what was looked at. Where systemd
// runs and root asks, programs that read their lines at start only are started anew, the changed
// ones and no other, once all lines were found right and before ntpd-net takes up its own.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <vector>

#include "syncctl/change.h"
#include "syncctl/restarts.h"

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

// What ntpd-net is asked to take up when the others follow their new lines, or its own restart.
Fetched<ReloadReport> take_up(Session& session, const ReloadReport& looked, Restarts& restarts) {
  if (looked.verdict == ReloadVerdict::restart) {
    if (!restarts.restart("ntpd-net"))
      return complaint("ntpd-net did not start with its new lines");
    return ReloadReport{.verdict = ReloadVerdict::applied, .programs = looked.programs};
  }
  auto report = ask_reload(
      session,
      {.action = ReloadAction::apply, .digest = looked.digest, .programs = looked.programs});
  if (report && report->verdict == ReloadVerdict::applied) keep_lines_of_ntpd_net();
  return report;
}

// All programs, or all of them back: whoever was started anew by then is started with the lines
// that it had.
Done restart_and_apply(Session& session, const ReloadReport& looked,
                       const std::vector<std::string>& units) {
  // Its last page is read before it goes.
  const std::string text = NTP_TRY(whole_text(session, looked));
  Restarts restarts;
  for (const std::string& unit : units) {
    if (unit == "ntpd-net" || restarts.restart(unit)) continue;
    return complaint(fmt::format("{} did not start with its new lines\n{}", unit, restarts.undo()));
  }
  auto applied = take_up(session, looked, restarts);
  if (!applied || applied->verdict != ReloadVerdict::applied) {
    const std::string undone = restarts.undo();
    if (applied) return show_reload(session, *applied, undone + "\n");
    session.output.complain(undone);
    return std::unexpected{applied.error()};
  }
  const std::string done = fmt::format("Restarted {}.\n", fmt::join(restarts.units(), " "));
  if (looked.verdict != ReloadVerdict::restart) return show_reload(session, *applied, done);
  const auto changes = text.substr(0, text.rfind('\n', text.size() - 2) + 1);
  return show_reload(session, *applied, changes + "Applied.\n" + done);
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
  const auto applied = NTP_TRY(ask_reload(
      session, {.action = ReloadAction::apply, .digest = looked.digest, .programs = programs}));
  if (applied.verdict == ReloadVerdict::applied && may_restart()) keep_lines_of_ntpd_net();
  return show_reload(session, applied);
}

}  // namespace ntp::syncctl
