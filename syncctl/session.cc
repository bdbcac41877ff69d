// The daemon's statuses in chronyc's numbers and words, and the printing of reports.
#include "syncctl/session.h"

#include <fmt/format.h>

namespace ntp::syncctl {

namespace {

Problem words_of(control::Status status) {
  using enum control::Status;
  switch (status) {
    case success: return {200, "OK"};
    case failed: return {500, "Failure"};
    case unauthorised: return {501, "Not authorised"};
    case invalid: return {502, "Invalid command"};
    case no_such_source: return {503, "No such source"};
    case invalid_stamp: return {504, "Duplicate or stale logon detected"};
    case not_enabled: return {505, "Facility not enabled in daemon"};
    case bad_subnet: return {507, "Bad subnet"};
    case access_allowed: return {208, "Access allowed"};
    case access_denied: return {209, "Access denied"};
    case no_host_access: return {510, "No command access from this host"};
    case source_already_known: return {511, "Source already present"};
    case too_many_sources: return {512, "Too many sources present"};
    case no_rtc: return {513, "RTC driver not running"};
    case bad_rtc_file: return {514, "Can't write RTC parameters"};
    case inactive: return {519, "Client logging is not active in the daemon"};
    case bad_sample: return {516, "Sample index out of range"};
    case invalid_family: return {515, "Invalid address family"};
    case bad_version: return {517, "Protocol version mismatch"};
    case bad_length: return {518, "Packet length mismatch"};
    case invalid_name: return {521, "Invalid name"};
  }
  return {520, "Got unexpected error from daemon"};
}

}  // namespace

std::unexpected<Problem> complaint(std::string text) {
  return std::unexpected{Problem{0, std::move(text)}};
}

Problem problem_of(control::Status status) { return words_of(status); }

Problem problem_of(Trouble trouble) {
  if (trouble == Trouble::no_answer) return {506, "Cannot talk to daemon"};
  return {508, "Bad reply from daemon"};
}

void show(Session& session, const Report& report) {
  session.output.print(to_text(report, session.settings.form));
}

Done show_then(Session& session, const Report& report, Done done) {
  if (done || session.settings.form != Form::json) show(session, report);
  return done;
}

void show_status(Session& session, int code, std::string_view text) {
  if (session.settings.form == Form::json) {
    session.output.print(json_object({count_cell("status", code), word_cell("message", text)}));
  } else {
    session.output.print(fmt::format("{} {}\n", code, text));
  }
}

void show_problem(Session& session, const Problem& problem) {
  if (problem.code != 0) return show_status(session, problem.code, problem.text);
  if (!problem.text.empty()) session.output.complain(problem.text);
}

Done report_change(Session& session, std::expected<Answer, Trouble> answer) {
  if (!answer) return std::unexpected{problem_of(answer.error())};
  const Problem words = words_of(answer->status);
  if (words.code >= 300) return std::unexpected{words};
  show_status(session, words.code, words.text);
  return {};
}

}  // namespace ntp::syncctl
