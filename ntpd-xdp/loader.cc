// libbpf does the work: the object file is part of this program (object.S), its maps are
// sized and its constants set before the kernel sees it.
#include "ntpd-xdp/loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "common/os/random.h"

extern "C" {
extern const char fastpath_object[];
extern const char fastpath_object_end[];
}

namespace ntp {
namespace {

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using Object = std::unique_ptr<bpf_object, CloseObject>;

struct FreeAddresses {
  void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

std::uint64_t big_endian_word(const std::uint8_t* from) {
  std::uint64_t word = 0;
  for (int i = 0; i < 8; ++i) word = word << 8 | from[i];
  return word;
}

fast_address words_of(const Address& address) {
  if (address.family == Family::ipv4) return {0, UINT64_C(0xffff'0000'0000) | ipv4_bits(address)};
  return {big_endian_word(address.octets.data()), big_endian_word(address.octets.data() + 8)};
}

Address address_of(const sockaddr& from) {
  if (from.sa_family == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, &from, sizeof ipv4);
    return ipv4_address(ntohl(ipv4.sin_addr.s_addr));
  }
  if (from.sa_family != AF_INET6) return {};
  sockaddr_in6 ipv6;
  std::memcpy(&ipv6, &from, sizeof ipv6);
  Address address{.family = Family::ipv6};
  std::memcpy(address.octets.data(), &ipv6.sin6_addr, address.octets.size());
  return address;
}

// The interface's MAC, and those of its addresses that are served.
Result<void> look_at_interface(const FastPathOrder& order, fast_config& config) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return system_failure("cannot list addresses");
  const std::unique_ptr<ifaddrs, FreeAddresses> owner{list};
  bool has_mac = false;
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (order.interface != each->ifa_name || each->ifa_addr == nullptr) continue;
    if (each->ifa_addr->sa_family == AF_PACKET) {
      sockaddr_ll link;
      std::memcpy(&link, each->ifa_addr, sizeof link);
      if (link.sll_halen != sizeof config.mac) continue;
      std::memcpy(config.mac, link.sll_addr, sizeof config.mac);
      has_mac = true;
      continue;
    }
    const Address address = address_of(*each->ifa_addr);
    if (!address.is_set() || config.address_count == fast_most_addresses) continue;
    const bool same_family = std::ranges::any_of(
        order.addresses, [&](const Address& one) { return one.family == address.family; });
    const bool wanted = std::ranges::find(order.addresses, address) != order.addresses.end();
    if (same_family && !wanted) continue;
    config.addresses[config.address_count++] = words_of(address);
  }
  if (!has_mac) return failure(order.interface + " is no Ethernet interface");
  if (config.address_count == 0) return failure(order.interface + " has no address to serve");
  return {};
}

Fd copy_of(int fd) { return Fd{::fcntl(fd, F_DUPFD_CLOEXEC, 3)}; }

Fd map_of(bpf_object* object, const char* name) {
  return copy_of(bpf_object__find_map_fd_by_name(object, name));
}

int be_quiet(libbpf_print_level, const char*, va_list) { return 0; }

Result<void> set_constants(bpf_object* object, const fast_config& config) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!std::string_view{bpf_map__name(map)}.ends_with(".rodata")) continue;
    if (bpf_map__set_initial_value(map, &config, sizeof config) != 0)
      return system_failure("cannot set the fast path's constants");
    return {};
  }
  return failure("the fast path's object has no constants");
}

bool is_veth(const FastPathOrder& order) {
  const Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  ethtool_drvinfo about{};
  about.cmd = ETHTOOL_GDRVINFO;
  ifreq request{};
  order.interface.copy(request.ifr_name, sizeof request.ifr_name - 1);
  request.ifr_data = reinterpret_cast<char*>(&about);
  if (::ioctl(socket.number(), SIOCETHTOOL, &request) != 0) return false;
  return std::string_view{about.driver} == "veth";
}

Fd attach(const FastPathMaps& maps, int index, __u32 flags) {
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = flags;
  return Fd{bpf_link_create(maps.program.number(), index, BPF_XDP, &options)};
}

}  // namespace

Result<fast_config> configure_fast_path(const FastPathOrder& order) {
  fast_config config{.secret = random_bits(),
                     .table_mask = order.sets == 0 ? 0 : order.sets - 1,
                     .has_table = order.sets > 0,
                     .limited = order.limit.enabled,
                     .interval = order.limit.interval,
                     .burst = order.limit.burst,
                     .leak = order.limit.leak,
                     .kod = order.limit.kod,
                     .address_count = 0,
                     .addresses = {},
                     .mac = {},
                     .port = htons(order.port),
                     .traffic_class = order.traffic_class};
  NTP_TRY(look_at_interface(order, config));
  return config;
}

Result<FastPathMaps> load_fast_path(const fast_config& config) {
  libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
  libbpf_set_print(be_quiet);
  const auto size = static_cast<std::size_t>(fastpath_object_end - fastpath_object);
  const Object object{bpf_object__open_mem(fastpath_object, size, nullptr)};
  if (!object) return system_failure("cannot read the fast path's object");
  NTP_TRY(set_constants(object.get(), config));
  const int processors = libbpf_num_possible_cpus();
  if (processors <= 0) return failure("cannot count processors");
  bpf_map* counters = bpf_object__find_map_by_name(object.get(), "counters");
  bpf_map* clients = bpf_object__find_map_by_name(object.get(), "clients");
  if (bpf_map__set_max_entries(counters, static_cast<__u32>(processors)) != 0 ||
      bpf_map__set_max_entries(clients, config.has_table != 0 ? config.table_mask + 1 : 1) != 0)
    return failure("cannot size the fast path's maps");
  if (bpf_object__load(object.get()) != 0) return system_failure("the kernel refuses the program");
  bpf_program* program = bpf_object__find_program_by_name(object.get(), "answer_time");
  return FastPathMaps{.program = copy_of(bpf_program__fd(program)),
                      .state = map_of(object.get(), "state"),
                      .access = map_of(object.get(), "access"),
                      .counters = map_of(object.get(), "counters"),
                      .clients = map_of(object.get(), "clients"),
                      .processors = static_cast<std::uint32_t>(processors)};
}

Result<Attached> attach_fast_path(const FastPathMaps& maps, const FastPathOrder& order) {
  const int index = static_cast<int>(::if_nametoindex(order.interface.c_str()));
  if (index == 0) return system_failure("no interface " + order.interface);
  const bool try_driver = order.hook == "driver" || (order.hook.empty() && !is_veth(order));
  if (try_driver) {
    Fd link = attach(maps, index, XDP_FLAGS_DRV_MODE);
    if (link.is_open()) return Attached{std::move(link), true};
    if (order.hook == "driver") return system_failure(order.interface + "'s driver refuses");
  }
  Fd link = attach(maps, index, XDP_FLAGS_SKB_MODE);
  if (link.is_open()) return Attached{std::move(link), false};
  return system_failure("cannot attach to " + order.interface);
}

}  // namespace ntp
