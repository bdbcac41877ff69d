// The server role alone: makes the pages and sockets that the supervisor would make, says
// "stratum N from the system's clock" and runs the workers until it is killed. For benches
// and interoperability tests; keeps no clock. With --fill it serves nobody and measures how long
// the client table keeps a worker from its sockets while every request is a new client's.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "common/os/system_clocks.h"
#include "common/wire/key_file.h"
#include "common/wire/refid.h"
#include "ntpd-net/client_table.h"
#include "ntpd-net/fast_path.h"
#include "ntpd-net/handed_ports.h"
#include "ntpd-net/random_octets.h"
#include "ntpd-net/server.h"
#include "ntpd-net/server_batch.h"
#include "ntpd-net/server_pages.h"

namespace ntp {
namespace {

struct Options {
  int port = 11123;
  int workers = 1;
  std::vector<std::string> allow{"all"};
  std::vector<std::string> bind;
  std::uint64_t clientloglimit = 524288;
  bool noclientlog = false;
  std::vector<int> ratelimit;  // interval burst leak kod
  std::string keyfile;
  int stratum = 1;
  bool line = false;
  bool unconfined = false;
  std::string fastpath, hook;
  bool nts = false;
  std::uint32_t fill = 0;
};

KeyStore read_keys(const std::string& path) {
  if (path.empty()) return KeyStore{};
  std::ifstream file{path};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  return parse_key_file(text, path).keys;
}

Settings settings_of(const Options& options) {
  Settings settings;
  ServerSettings& server = settings.server;
  server.port = static_cast<std::uint16_t>(options.port);
  for (const std::string& rule : options.allow)
    server.access.push_back({.allow = true, .subnet = parse_subnet(rule).value_or(Subnet{})});
  for (const std::string& address : options.bind)
    server.bind_addresses.push_back(parse_address(address).value());
  server.clientloglimit = options.clientloglimit;
  server.noclientlog = options.noclientlog;
  if (options.ratelimit.size() == 4)
    server.ratelimit = {true, options.ratelimit[0], options.ratelimit[1], options.ratelimit[2],
                        options.ratelimit[3]};
  server.fastpath = {options.fastpath, options.hook};
  return settings;
}

// The system's clock, served directly or as a line over the raw clock.
ServedState state_of(const Options& options) {
  SystemClocks clocks;
  const Reading now = clocks.read();
  return {.from_system_clock = !options.line,
          .line = {.anchor = now.raw, .utc = UtcTime{now.system.since_zero}},
          .leap = Leap::none,
          .stratum = static_cast<std::uint8_t>(options.stratum),
          .refid = refid_of_name("BNCH"),
          .reference = UtcTime{now.system.since_zero},
          .dispersion_at = now.raw};
}

// Keys that seal cookies, and that nobody gives cookies by.
Result<Fd> cookie_keys_of(const Options& options) {
  if (!options.nts) return Fd{};
  Fd memory = NTP_TRY(create_cookie_memory());
  const auto page = NTP_TRY(map_cookies_to_write(memory));
  std::array<CookieSeed, 4> seeds;
  for (CookieSeed& seed : seeds) seed = random_octets<CookieSeed>();
  write_cookie_keys(page->page, make_cookie_keys(seeds));
  return memory;
}

Fd fast_state_of(const std::optional<FastPath>& fast, int worker) {
  return fast && worker == 0 ? Fd{::dup(fast->state.number())} : Fd{};
}

Result<void> run(const Options& options) {
  const Settings settings = settings_of(options);
  const Fd served = NTP_TRY(create_served_memory());
  auto page = NTP_TRY(map_served_to_write(served));
  std::optional<FastPath> fast;
  Mapped<AccessPage> fast_access;
  if (!options.fastpath.empty()) {
    fast = NTP_TRY(start_fast_path(settings));
    fast_access = NTP_TRY(map_fast_access(fast->access));
    std::printf("fast path: %s\n", fast->in_driver ? "driver" : "generic");
  }
  AccessList access{page->access, fast_access.get()};
  for (const AccessRule& rule : settings.server.access)
    if (access.change(rule) != AccessChange::done) return failure("bad access rule");
  write_served(page->state, state_of(options));
  HandedPorts none;
  auto sockets = NTP_TRY(open_server_sockets(settings, options.workers, {}, false, none));
  for (int worker = 0; worker < options.workers; ++worker) {
    const Fd report = NTP_TRY(create_report_memory(settings.server, options.workers));
    const pid_t child = ::fork();
    if (child < 0) return system_failure("fork");
    if (child > 0) continue;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const auto end = run_server({.sockets = std::move(sockets[static_cast<std::size_t>(worker)]),
                                 .served = Fd{::dup(served.number())},
                                 .report = Fd{::dup(report.number())},
                                 .cookie_keys = NTP_TRY(cookie_keys_of(options)),
                                 .lifeline = {},
                                 .fast_state = fast_state_of(fast, worker),
                                 .keys = read_keys(options.keyfile),
                                 .ratelimit = settings.server.ratelimit,
                                 .client_log = !settings.server.noclientlog,
                                 .confined = !options.unconfined});
    std::fprintf(stderr, "worker: %s\n", end ? "ended" : end.error().message.c_str());
    ::_exit(1);
  }
  std::printf("serving on port %d\n", options.port);
  std::fflush(stdout);
  int status = 0;
  ::wait(&status);
  return failure("a worker ended");
}

// Of this thread's own, so that a machine that is busy with others does not look like a pause.
std::int64_t cpu_nanos() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * INT64_C(1'000'000'000) + used.tv_nsec;
}

// Batches as a worker takes them, each client of each batch a new one.
Result<void> fill(const Options& options) {
  const Settings settings = settings_of(options);
  const Fd memory = NTP_TRY(create_report_memory(settings.server, 1));
  const auto report = NTP_TRY(map_report_to_write(memory));
  ClientTable table{report->clients(), ReportMemory::sets_in(report.size()),
                    settings.server.ratelimit, random_bits()};
  SystemClocks clocks;
  std::int64_t longest = 0;
  std::uint32_t client = 1;
  const std::int64_t began = cpu_nanos();
  while (client < options.fill) {
    const std::int64_t before = cpu_nanos();
    const auto now = ClientTable::tick_of(clocks.raw_now());
    for (std::size_t i = 0; i < Batch::capacity; ++i, ++client)
      (void)table.take(table.find(ipv4_address(client)), now, client);
    longest = std::max(longest, cpu_nanos() - before);
  }
  std::printf("{\"clients\": %u, \"longest_ms\": %.4f, \"mean_us\": %.4f}\n", client - 1,
              static_cast<double>(longest) / 1e6,
              static_cast<double>(cpu_nanos() - began) / 1e3 / client);
  return {};
}

}  // namespace
}  // namespace ntp

int main(int argc, char** argv) {
  ntp::Options options;
  CLI::App app{"The server role of ntpd-net alone, for benches and tests"};
  app.add_option("--port", options.port);
  app.add_option("-j,--workers", options.workers);
  app.add_option("--allow", options.allow);
  app.add_option("--bind", options.bind);
  app.add_option("--clientloglimit", options.clientloglimit);
  app.add_flag("--noclientlog", options.noclientlog);
  app.add_option("--ratelimit", options.ratelimit, "interval burst leak kod")->expected(4);
  app.add_option("--keyfile", options.keyfile);
  app.add_option("--stratum", options.stratum);
  app.add_flag("--line", options.line, "serve a line over the raw clock");
  app.add_flag("--nts", options.nts, "with keys for NTS");
  app.add_option("--fastpath", options.fastpath, "interface");
  app.add_option("--hook", options.hook, "driver or generic");
  app.add_flag("--unconfined", options.unconfined, "no system call filter");
  app.add_option("--fill", options.fill, "clients to put into the table, instead of serving");
  CLI11_PARSE(app, argc, argv);
  if (const auto done = options.fill > 0 ? ntp::fill(options) : ntp::run(options); !done) {
    std::fprintf(stderr, "serve-role: %s\n", done.error().message.c_str());
    return 1;
  }
}
