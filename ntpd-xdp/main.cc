// ntpd-xdp: the few seconds of root that ntpd-net's fast path needs. Loads the BPF program,
// puts it on one interface, hands the descriptors to ntpd-net and ends. It reads its
// arguments and the machine's addresses; no file, no name, no packet.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <span>

#include "common/base/fd_message.h"
#include "ntpd-xdp/loader.h"

namespace {

using namespace ntp;

struct Options {
  FastPathOrder order;
  std::vector<std::string> addresses;
  std::vector<int> ratelimit;
  int channel = -1;
};

// One message: how it is attached and the number of processors; with it link, state, access,
// counters, clients.
Result<void> hand_over(const Fd& channel, const FastPathMaps& maps, const Attached& attached) {
  const std::array fds{attached.link.number(), maps.state.number(), maps.access.number(),
                       maps.counters.number(), maps.clients.number()};
  const std::array<std::uint32_t, 2> words{attached.in_driver ? 1U : 0U, maps.processors};
  if (send_with_fds(channel, std::as_bytes(std::span{words}), fds) < 0)
    return system_failure("cannot hand over");
  return {};
}

Result<void> run(Options& options) {
  for (const std::string& text : options.addresses) {
    const auto address = parse_address(text);
    if (!address) return failure(text + " is no address");
    options.order.addresses.push_back(*address);
  }
  if (options.ratelimit.size() == 4)
    options.order.limit = {1, options.ratelimit[0], options.ratelimit[1], options.ratelimit[2],
                           options.ratelimit[3]};
  const auto configured = NTP_TRY(configure_fast_path(options.order));
  const auto maps = NTP_TRY(load_fast_path(configured));
  const auto attached = NTP_TRY(attach_fast_path(maps, options.order));
  return hand_over(Fd{options.channel}, maps, attached);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Puts ntpd-net's fast path on an interface; started by ntpd-net, not by hand.",
               "ntpd-xdp"};
  app.set_version_flag("-v,--version", "ntpd-xdp version " MERIDIAN_VERSION);
  app.add_option("--interface", options.order.interface, "where to answer")->required();
  app.add_option("--channel", options.channel, "descriptor that gets the maps")->required();
  app.add_option("--hook", options.order.hook, "driver or generic; none given: the better one");
  app.add_option("--port", options.order.port, "UDP port of the requests");
  app.add_option("--address", options.addresses,
                 "an address of ours to serve; none given: all of the interface");
  app.add_option("--traffic-class", options.order.traffic_class, "of an answer: DSCP times 4");
  app.add_option("--sets", options.order.sets, "places of four in the client table; 0 = none");
  app.add_option("--ratelimit", options.ratelimit, "interval burst leak kod")->expected(4);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (const auto done = run(options); !done) {
    std::fprintf(stderr, "%s\n", done.error().message.c_str());
    return 1;
  }
}
