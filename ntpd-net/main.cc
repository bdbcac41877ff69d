// ntpd-net: measures time from NTP servers, hands the estimate to clockd, serves time to others.
// This file only decides what this run is; run.cc is where the daemon is read first.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "common/base/log.h"
#include "common/conf/grammar.h"
#include "common/os/service.h"
#include "ntpd-net/key_check.h"
#include "ntpd-net/options.h"
#include "ntpd-net/ports.h"
#include "ntpd-net/rereading.h"
#include "ntpd-net/roles.h"
#include "ntpd-net/supervisor.h"

namespace {

using namespace ntp;

constexpr int exit_usage = 2;  // the operator erred; nothing was started

int fail(const Error& error, int code) {
  log_error("{}", error.message);
  return code;
}

// --check.
int tell_meaning(const Configuration& configuration) {
  const KeyCheck keys = check_keys(configuration.settings);
  std::fputs((explain(configuration) + keys.text).c_str(), stdout);
  return keys.is_enough ? 0 : exit_usage;
}

int run_daemon(const Options& options) {
  // The next process says the rest again.
  const Severity least = options.open_ports ? Severity::warning : options.least_severity;
  open_log(2, LogStyle::plain, least, "ntpd-net");
  Options first = options;
  if (!options.begin_with.empty()) first.configuration = options.begin_with;
  auto configuration = read_for(first);
  if (!configuration) return fail(configuration.error(), exit_usage);
  if (options.check) return tell_meaning(*configuration);
  if (options.print_configuration) {
    std::fputs(effective_text(*configuration).c_str(), stdout);
    return 0;
  }
  if (options.open_ports) {
    const auto handed = hand_over_ports(options, configuration->settings);
    return handed ? 0 : fail(handed.error(), 1);
  }
  for (const std::string& warning : configuration->warnings) log_warning("{}", warning);
  Fd syslog;
  if (options.log_file.empty()) {
    syslog = open_service_log(options.terminal_log, options.least_severity, "ntpd-net");
  } else {
    const Fd file{
        ::open(options.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)};
    if (!file.is_open() || ::dup2(file.number(), 2) < 0)
      return fail({"cannot open " + options.log_file}, exit_usage);
  }
  log_info("ntpd-net version {} starting", MERIDIAN_VERSION);
  const auto code = supervise(options, *std::move(configuration), syslog);
  return code ? *code : fail(code.error(), 1);
}

int run_as_role(int argc, char** argv) {
  const auto code = run_role(argv[2], std::vector<std::string>(argv + 3, argv + argc));
  return code ? *code : fail(code.error(), 1);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc >= 3 && argv[1] == role_option) return run_as_role(argc, argv);
    const auto parsed = parse_options(argc, argv);
    if (const auto* options = std::get_if<Options>(&parsed)) return run_daemon(*options);
    const auto& leave = std::get<Leave>(parsed);
    std::fputs(leave.text.c_str(), leave.code == 0 ? stdout : stderr);
    return leave.code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ntpd-net: %s\n", error.what());
    return 1;
  }
}
