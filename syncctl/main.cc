// syncctl: asks a time daemon how it does and tells it what to do. Keeps no state, holds no
// privilege of its own, parses nothing but the daemon's replies.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "common/os/privilege.h"
#include "syncctl/commands.h"
#include "syncctl/options.h"
#include "syncctl/prompt.h"

namespace ntp::syncctl {
namespace {

class Terminal final : public Output {
 public:
  void print(std::string_view text) override {
    std::fwrite(text.data(), 1, text.size(), stdout);
    // A report that did not arrive is a failure, whatever the daemon said.
    if (std::fflush(stdout) != 0) {
      fmt::print(stderr, "Could not write to standard output\n");
      std::exit(1);
    }
  }
  void complain(std::string_view line) override { fmt::print(stderr, "{}\n", line); }
};

Result<void> become(const std::string& user) {
  return drop_to(NTP_TRY(resolve_user(user)), Keep::nothing);
}

int offer(std::string_view begun) {
  for (const std::string& word : completions(begun)) fmt::print("{}\n", word);
  return 0;
}

int run(const Options& options) {
  if (options.begun) return offer(*options.begun);
  if (!options.user.empty()) {
    if (const auto became = become(options.user); !became) {
      fmt::print(stderr, "syncctl: {}\n", became.error().message);
      return 1;
    }
  }
  Sockets sockets{places_of(options)};
  Terminal terminal;
  if (!sockets.open_next()) {
    terminal.complain("Could not open connection to daemon");
    return 1;
  }
  Client client{sockets, options.patience};
  Session session{client, terminal, options.settings};
  if (!options.words.empty()) return run_words(session, options.words);
  const bool has_person = ::isatty(0) != 0 && ::isatty(1) != 0 && ::isatty(2) != 0;
  return has_person ? run_prompt(session) : run_stream(session);
}

}  // namespace
}  // namespace ntp::syncctl

int main(int argc, char** argv) {
  const auto options = ntp::syncctl::parse_options(argc, argv);
  return options ? ntp::syncctl::run(*options) : options.error();
}
