// CLI11 does the parsing; this file holds the names and the words of the help.
#include "syncctl/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "syncctl/names.h"

namespace ntp::syncctl {

namespace {

constexpr const char* chronyd_socket = "/run/chrony/chronyd.sock";

std::string own_socket(const Settings& settings) {
  return settings.run_directory + "/ntpd-net/control.sock";
}

std::expected<Options, int> wrong(const char* why) {
  fmt::print(stderr, "syncctl: {}\nusage: syncctl [OPTION]... [COMMAND]...\n", why);
  return std::unexpected{2};
}

void add_options(CLI::App& app, Options& options, bool& four, bool& six, bool& numeric, bool& csv,
                 bool& json, int& timeout, std::string& ignored, bool& ignored_flag) {
  Settings& settings = options.settings;
  app.set_help_flag("--help", "print this help and exit");
  app.set_version_flag("-v,--version", "syncctl (meridian) version " MERIDIAN_VERSION,
                       "print the version and exit");
  app.add_flag("-4", four, "use IPv4 addresses only");
  app.add_flag("-6", six, "use IPv6 addresses only");
  app.add_flag("-n", numeric, "print addresses, not names");
  app.add_flag("-N", settings.configured_names, "print the names that the configuration has");
  app.add_flag("-c", csv, "print CSV");
  app.add_flag("-j,--json", json, "print JSON");
  app.add_flag("-e", settings.end_marks, "print a line with a dot after each response");
  app.add_flag("-m", settings.several, "each argument is a command of its own");
  app.add_option("-h,--host", options.hosts, "where the daemon is: sockets and hosts, by commas");
  app.add_option("-p,--port", options.port, "the daemon's UDP port");
  app.add_option("-u,--user", options.user, "become this user first");
  app.add_option("-t,--timeout", timeout, "milliseconds to wait for the first answer")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--rundir", settings.run_directory, "where our daemons have their sockets");
  app.add_flag("-a", ignored_flag, "ignored, for old scripts");
  app.add_option("-f", ignored, "ignored, for old scripts");
  app.add_option("--complete", options.begun, "what may stand at the end of this line")
      ->group("");  // for the shells
  app.prefix_command();
  app.footer(
      "Without a command syncctl asks for them. `syncctl help` lists them; "
      "syncctl(1) explains.");
}

}  // namespace

std::expected<Options, int> parse_options(int argc, const char* const* argv) {
  Options options;
  Settings& settings = options.settings;
  bool four = false, six = false, numeric = false, csv = false, json = false, ignored_flag = false;
  int timeout = 1000;
  std::string ignored;
  CLI::App app{"Ask a Meridian (or chrony) daemon how it does, or tell it what to do.", "syncctl"};
  add_options(app, options, four, six, numeric, csv, json, timeout, ignored, ignored_flag);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return std::unexpected{app.exit(error)};
    return wrong(error.what());
  }
  options.words = app.remaining();
  if (!options.words.empty() && options.words[0].starts_with("-")) {
    return wrong(fmt::format("unknown option {}", options.words[0]).c_str());
  }
  if (csv && json) return wrong("-c and --json exclude each other");
  settings.form = json ? Form::json : csv ? Form::csv : Form::text;
  settings.resolve = settings.form == Form::text && !numeric;
  settings.family = four == six ? Family::none : four ? Family::ipv4 : Family::ipv6;
  settings.may_ask_clockd = options.hosts.empty();
  options.patience.timeout = std::chrono::milliseconds{timeout};
  return options;
}

std::vector<Place> places_of(const Options& options) {
  const Settings& settings = options.settings;
  std::string hosts = options.hosts;
  if (hosts.empty()) {
    hosts = fmt::format("{},{},127.0.0.1,::1", own_socket(settings), chronyd_socket);
  }
  std::vector<Place> places;
  for (std::string_view rest{hosts}; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string host{rest.substr(0, comma)};
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (host.starts_with('/')) {
      places.push_back({.path = host});
      continue;
    }
    for (const Address& address : look_up(host, settings.family)) {
      places.push_back({.endpoint = {address, options.port}});
    }
  }
  return places;
}

}  // namespace ntp::syncctl
