// What every command works with: the conversation, how to print, and what was printed so far.
// Fetching and changing are one line here; what a report looks like is show_*.cc's.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "syncctl/client.h"
#include "syncctl/report.h"

namespace ntp::syncctl {

struct Settings {
  Form form = Form::text;
  bool resolve = true;            // reverse names of addresses
  bool configured_names = false;  // -N
  bool end_marks = false;         // -e
  bool several = false;           // -m
  Family family = Family::none;   // -4, -6: of names that are looked up
  std::string run_directory = "/run/meridian";
  bool may_ask_clockd = true;  // false when -h names a daemon
};

// A numbered status of the daemon (on the standard output), or with 0 our own complaint (on the
// standard error).
struct Problem {
  int code = 0;
  std::string text{};
};
using Done = std::expected<void, Problem>;
template <typename T>
using Fetched = std::expected<T, Problem>;

using Words = std::span<const std::string_view>;

// Where text goes. Tests keep it; main writes it out.
class Output {
 public:
  virtual ~Output() = default;
  virtual void print(std::string_view text) = 0;
  virtual void complain(std::string_view line) = 0;
};

struct Session {
  Client& client;
  Output& output;
  Settings settings{};
  bool ended = false;  // exit, quit
};

[[nodiscard]] std::unexpected<Problem> complaint(std::string text);
// "503 No such source" of a status that is no success.
[[nodiscard]] Problem problem_of(control::Status status);
[[nodiscard]] Problem problem_of(Trouble trouble);

// Prints a report in the session's form.
void show(Session& session, const Report& report);
// The report's rows so far, then `done`: a daemon that goes silent leaves half a table. As JSON
// nothing is shown but the problem, so that half is never taken for whole.
[[nodiscard]] Done show_then(Session& session, const Report& report, Done done);
// Prints "200 OK", "208 Access allowed".
void show_status(Session& session, int code, std::string_view text);
void show_problem(Session& session, const Problem& problem);

// Asks and wants status 0.
template <typename Body = control::Empty>
[[nodiscard]] Fetched<Answer> ask(Session& session, control::Command command,
                                  const Body& body = {}) {
  auto answer = session.client.ask(command, body);
  if (!answer) return std::unexpected{problem_of(answer.error())};
  if (answer->status != control::Status::success) {
    return std::unexpected{problem_of(answer->status)};
  }
  return *std::move(answer);
}

// Asks for a body.
template <typename Reply, typename Body = control::Empty>
[[nodiscard]] Fetched<Reply> fetch(Session& session, control::Command command,
                                   const Body& body = {}) {
  const auto answer = ask(session, command, body);
  if (!answer) return std::unexpected{answer.error()};
  auto reply = control::parse_body<Reply>(answer->reply());
  if (!reply) return std::unexpected{problem_of(Trouble::bad_reply)};
  return *std::move(reply);
}

// Asks for a change and prints "200 OK" (or 208, 209, which are answers too).
[[nodiscard]] Done report_change(Session& session, std::expected<Answer, Trouble> answer);
template <typename Body = control::Empty>
[[nodiscard]] Done change(Session& session, control::Command command, const Body& body = {}) {
  return report_change(session, session.client.ask(command, body));
}

}  // namespace ntp::syncctl
