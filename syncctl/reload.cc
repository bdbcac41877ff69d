// reload: every program reads its configuration again, all of it or nothing. Looks first, so that
// a fault is told before anything moved; then applies exactly what was looked at.
#include <fmt/format.h>

#include <array>

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

Done show_reload(Session& session, const ReloadReport& report) {
  Cell text = word_cell("text", NTP_TRY(whole_text(session, report)));
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
  if (dry || looked.verdict != ReloadVerdict::ready) return show_reload(session, looked);
  return show_reload(session, NTP_TRY(ask_reload(session, {.action = ReloadAction::apply,
                                                           .digest = looked.digest,
                                                           .programs = programs})));
}

}  // namespace ntp::syncctl
