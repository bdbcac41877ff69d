// bench-frames: requests as a network driver hands them over, without a packet buffer of the
// stack around them: the same frame again and again, at most a window of them on their way, out
// of one end of a veth pair. Counts the answers; bounded in count and time. Needs root, and an
// interface of its own: what arrives there from port 123 is taken off.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/mman.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstring>

#include "common/base/address.h"
#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/os/system_clocks.h"
#include "common/wire/header.h"

extern "C" {
extern const char frames_object[];
extern const char frames_object_end[];
}

namespace ntp::bench {
namespace {

constexpr std::uint32_t burst = 16;
constexpr Nanos patience = 500ms;

struct Options {
  std::string interface {
  }, to_mac{}, from_mac{}, to{}, from{};
  std::uint64_t count = 100'000;
  std::uint64_t window = 64;
};

struct Counts {
  std::uint64_t right, wrong;
};

struct [[gnu::packed]] Frame {
  ethhdr ethernet;
  iphdr ip;
  udphdr udp;
  std::array<std::byte, header_size> ntp;
};

std::uint16_t checksum_of(const iphdr& header) {
  std::array<std::uint16_t, sizeof header / 2> words;
  std::memcpy(words.data(), &header, sizeof header);
  std::uint32_t sum = 0;
  for (const std::uint16_t word : words) sum += word;
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~(sum + (sum >> 16)));
}

bool take_mac(const std::string& text, unsigned char* mac) {
  return std::sscanf(text.c_str(), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3,
                     mac + 4, mac + 5) == ETH_ALEN;
}

Result<Frame> make_frame(const Options& options) {
  Frame frame{};
  const auto to = parse_address(options.to), from = parse_address(options.from);
  if (!to || !from || !take_mac(options.to_mac, frame.ethernet.h_dest) ||
      !take_mac(options.from_mac, frame.ethernet.h_source))
    return failure("two MACs and two IPv4 addresses are needed");
  frame.ethernet.h_proto = htons(ETH_P_IP);
  iphdr ip{};
  ip.version = 4;
  ip.ihl = 5;
  ip.tot_len = htons(sizeof(Frame) - sizeof(ethhdr));
  ip.ttl = 64;
  ip.protocol = IPPROTO_UDP;
  ip.saddr = htonl(ipv4_bits(*from));
  ip.daddr = htonl(ipv4_bits(*to));
  ip.check = checksum_of(ip);
  frame.ip = ip;
  frame.udp.source = htons(40123);
  frame.udp.dest = htons(123);
  frame.udp.len = htons(sizeof(udphdr) + header_size);  // and no checksum: IPv4 may leave it out
  write_header({.version = 4,
                .mode = Mode::client,
                .poll_log2 = 6,
                .precision_log2 = 32,
                .transmit = {0x0123456789abcdef}},
               frame.ntp);
  return frame;
}

int be_quiet(libbpf_print_level, const char*, va_list) { return 0; }

Result<void> send(int program, int interface, Frame& frame, std::uint32_t count) {
  xdp_md context{};
  context.data_end = sizeof frame;
  context.ingress_ifindex = static_cast<__u32>(interface);
  bpf_test_run_opts run{};
  run.sz = sizeof run;
  run.data_in = &frame;
  run.data_size_in = sizeof frame;
  run.ctx_in = &context;
  run.ctx_size_in = sizeof context;
  run.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  run.repeat = static_cast<int>(count);
  run.batch_size = burst;
  if (bpf_prog_test_run_opts(program, &run) != 0) return system_failure("cannot send frames");
  return {};
}

// As many as are asked for; the answers that came.
Result<Counts> flood(const Options& options, int program, Frame& frame,
                     const volatile Counts* counts) {
  const int interface = static_cast<int>(::if_nametoindex(options.interface.c_str()));
  SystemClocks clocks;
  std::uint64_t sent = 0, seen = 0;
  RawTime last = clocks.raw_now();
  while (seen < options.count) {
    if (sent < options.count && sent - seen + burst <= options.window) {
      const auto part =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(burst, options.count - sent));
      NTP_TRY(send(program, interface, frame, part));
      sent += part;
    }
    const std::uint64_t now_seen = counts->right + counts->wrong;
    const RawTime now = clocks.raw_now();
    if (now_seen != std::exchange(seen, now_seen)) last = now;
    else if (now - last > patience) break;  // the rest is lost
  }
  return Counts{counts->right, counts->wrong};
}

Result<int> run(const Options& options) {
  libbpf_set_print(be_quiet);
  Frame frame = NTP_TRY(make_frame(options));
  const auto size = static_cast<std::size_t>(frames_object_end - frames_object);
  bpf_object* object = bpf_object__open_mem(frames_object, size, nullptr);
  if (object == nullptr || bpf_object__load(object) != 0)
    return system_failure("the kernel refuses the programs");
  const int program = bpf_program__fd(bpf_object__find_program_by_name(object, "meet_frame"));
  bpf_link_create_opts how{};
  how.sz = sizeof how;
  how.flags = XDP_FLAGS_DRV_MODE;
  const int interface = static_cast<int>(::if_nametoindex(options.interface.c_str()));
  const Fd link{bpf_link_create(program, interface, BPF_XDP, &how)};
  if (!link.is_open()) return system_failure("cannot attach to " + options.interface);
  void* page = ::mmap(nullptr, sizeof(Counts), PROT_READ, MAP_SHARED,
                      bpf_object__find_map_fd_by_name(object, "counted"), 0);
  if (page == MAP_FAILED) return system_failure("cannot see the counts");
  const Counts counts =
      NTP_TRY(flood(options, program, frame, static_cast<const volatile Counts*>(page)));
  std::printf("{\"sent\": %llu, \"answered\": %llu, \"wrong\": %llu}\n",
              static_cast<unsigned long long>(options.count),
              static_cast<unsigned long long>(counts.right),
              static_cast<unsigned long long>(counts.wrong));
  return counts.wrong == 0 && counts.right > 0 ? 0 : 1;
}

}  // namespace
}  // namespace ntp::bench

int main(int argc, char** argv) {
  ntp::bench::Options options;
  CLI::App app{"NTP requests as a driver hands them over, out of one end of a veth pair"};
  app.add_option("--interface", options.interface)->required();
  app.add_option("--to-mac", options.to_mac)->required();
  app.add_option("--from-mac", options.from_mac)->required();
  app.add_option("--to", options.to)->required();
  app.add_option("--from", options.from)->required();
  app.add_option("--count", options.count);
  app.add_option("--window", options.window);
  CLI11_PARSE(app, argc, argv);
  const auto done = ntp::bench::run(options);
  if (!done) std::fprintf(stderr, "bench-frames: %s\n", done.error().message.c_str());
  return done ? *done : 1;
}
