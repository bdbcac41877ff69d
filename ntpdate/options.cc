// CLI11 does the parsing; this file holds the names, the ranges and the words of the help.
#include "ntpdate/options.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <iostream>

#include "common/base/text.h"

namespace ntp::ntpdate {
namespace {

constexpr const char* usage =
    "usage: ntpdate [-46bBdqsuv] [-a key] [-e delay] [-k file] [-o version] [-p samples] "
    "[-t timeout] server ...";

// Options that exclude each other: the last one on the command line counts.
const CLI::Option* last_given(const CLI::App& app, std::initializer_list<const CLI::Option*> some) {
  const CLI::Option* last = nullptr;
  for (const CLI::Option* parsed : app.parse_order()) {
    if (std::ranges::find(some, parsed) != some.end()) last = parsed;
  }
  return last;
}

// Classic ntpdate counts time-outs in ticks of 0.2 s; so do we, at least one.
Nanos to_ticks(double seconds) {
  constexpr Nanos tick = 200ms;
  return std::max<Nanos>(tick * std::llround(seconds * 5), tick);
}

int report(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // help and version
  std::cerr << "ntpdate: " << error.what() << "\n" << usage << "\n";
  return 2;
}

}  // namespace

std::expected<Options, int> parse_options(int argc, const char* const* argv) {
  Options options;
  double timeout = 1;
  double delay = 0;
  bool given = false;  // CLI11 wants a place; the order tells
  CLI::App app{"Ask time servers and set the clock once.", "ntpdate"};
  app.set_help_flag("-h,--help", "print this help and exit");
  app.set_version_flag("--version", "ntpdate (Meridian) " MERIDIAN_VERSION,
                       "print the version and exit");
  const auto* four = app.add_flag("-4,--ipv4", given, "use IPv4 addresses only");
  const auto* six = app.add_flag("-6,--ipv6", given, "use IPv6 addresses only");
  const auto* step = app.add_flag("-b,--step", given, "always step the clock");
  const auto* slew = app.add_flag("-B,--slew", given, "always slew the clock, whatever the offset");
  app.add_flag("-d,--debug", options.debug, "say everything, set nothing");
  app.add_flag("-q,--query", options.query_only, "query only, set nothing");
  app.add_flag("-s,--syslog", options.to_syslog, "messages to the system log");
  app.add_flag("-u,--unprivileged", options.unprivileged_port, "use an unprivileged source port");
  app.add_flag("-v,--verbose", options.verbose, "say which version runs");
  app.add_option("-a,--key", options.key, "authenticate with this key")
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{0xffffffff}));
  app.add_option("-e,--delay", delay, "accepted and ignored");
  app.add_option("-k,--keyfile", options.key_file, "file of keys")->capture_default_str();
  app.add_option("-o,--ntp-version", options.version, "protocol version of requests")
      ->check(CLI::Range(1, 4))
      ->capture_default_str();
  app.add_option("-p,--samples", options.samples, "samples from each server")
      ->check(CLI::Range(1, most_samples));
  app.add_option("-t,--timeout", timeout, "seconds to wait for each answer")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  app.add_flag("--json", options.json, "print JSON, one object a line");
  app.add_option("--port", options.port, "port of the servers")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  app.add_option("--rundir", options.rundir, "run directory of a running clockd")
      ->capture_default_str();
  app.add_option("-F,--filter", options.filter_level, "system call filter: 1 on, 0 off (debugging)")
      ->check(CLI::Range(0, 1))
      ->capture_default_str();
  app.add_option("server", options.servers, "names or addresses of servers")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return std::unexpected{report(app, error)};
  }
  if (const auto* family = last_given(app, {four, six})) {
    options.family = family == four ? Family::ipv4 : Family::ipv6;
  }
  if (const auto* manner = last_given(app, {step, slew})) {
    options.manner = manner == step ? Manner::step : Manner::slew;
  }
  options.timeout = to_ticks(timeout);
  return options;
}

}  // namespace ntp::ntpdate
