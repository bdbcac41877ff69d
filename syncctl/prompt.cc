// The three ways to be given commands.
#include "syncctl/prompt.h"

#include <editline/readline.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "common/base/text.h"
#include "syncctl/commands.h"

namespace ntp::syncctl {

namespace {

constexpr const char* prompt = "syncctl> ";

bool run_one(Session& session, std::string_view line) {
  const bool succeeded = run_line(session, line);
  if (session.settings.end_marks) session.output.print(".\n");
  return succeeded;
}

// libedit asks for the n-th match of a word; the line before it is read from its buffer.
char* next_match(const char*, int state) {
  static std::vector<std::string> matches;
  static std::size_t next;
  if (state == 0) {
    matches = completions(std::string_view{rl_line_buffer, static_cast<std::size_t>(rl_point)});
    next = 0;
  }
  return next < matches.size() ? ::strdup(matches[next++].c_str()) : nullptr;
}

char** complete(const char* text, int, int) {
  rl_attempted_completion_over = 1;  // never names of files
  return rl_completion_matches(text, next_match);
}

char application[] = "syncctl";

}  // namespace

int run_words(Session& session, std::span<const std::string> words) {
  if (!session.settings.several) {
    std::string line;
    for (const std::string& word : words) line.append(line.empty() ? "" : " ").append(word);
    return run_one(session, line) ? 0 : 1;
  }
  for (const std::string& line : words) {
    if (!run_one(session, line)) return 1;
    if (session.ended) break;
  }
  return 0;
}

int run_stream(Session& session) {
  bool succeeded = true;
  char* line = nullptr;
  std::size_t room = 0;
  while (!session.ended && ::getline(&line, &room, stdin) >= 0) succeeded = run_one(session, line);
  std::free(line);
  return succeeded ? 0 : 1;
}

int run_prompt(Session& session) {
  session.output.print("syncctl (meridian) version " MERIDIAN_VERSION
                       "; help lists the commands, exit leaves.\n\n");
  rl_readline_name = application;
  rl_attempted_completion_function = complete;
  rl_initialize();
  using_history();
  bool succeeded = true;
  while (!session.ended) {
    const std::unique_ptr<char, decltype(&std::free)> line{::readline(prompt), &std::free};
    if (line == nullptr) break;
    if (!trim(line.get()).empty()) add_history(line.get());
    succeeded = run_one(session, line.get());
  }
  if (!session.ended) session.output.print("\n");
  return succeeded ? 0 : 1;
}

}  // namespace ntp::syncctl
