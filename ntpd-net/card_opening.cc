// See card_opening.h. The ioctls are the kernel's: linux/ethtool.h, linux/net_tstamp.h.
#include "ntpd-net/card_opening.h"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "common/base/log.h"

namespace ntp {
namespace {

constexpr unsigned least_abilities = SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_TX_HARDWARE;

template <typename T>
bool ask(const Fd& socket, const std::string& name, unsigned long request, T& about) {
  ifreq wish{};
  std::memcpy(wish.ifr_name, name.data(), std::min(name.size(), sizeof wish.ifr_name - 1));
  wish.ifr_data = reinterpret_cast<char*>(&about);
  return ::ioctl(socket.number(), request, &wish) == 0;
}

std::uint32_t megabits_of(const Fd& socket, const std::string& name) {
  ethtool_cmd about{};
  about.cmd = ETHTOOL_GSET;
  if (!ask(socket, name, SIOCETHTOOL, about)) return 0;
  const std::uint32_t speed = ethtool_cmd_speed(&about);
  return speed == static_cast<std::uint32_t>(SPEED_UNKNOWN) ? 0 : speed;
}

// Where we may not (no CAP_NET_ADMIN) or another program has (ptp4l), what it is set to counts.
Result<int> begin_stamping(const Fd& socket, const std::string& name, int filter) {
  hwtstamp_config wish{.flags = 0, .tx_type = HWTSTAMP_TX_ON, .rx_filter = filter};
  if (ask(socket, name, SIOCSHWTSTAMP, wish)) return wish.rx_filter;
  const int why = errno;
  hwtstamp_config now{};
  if (ask(socket, name, SIOCGHWTSTAMP, now) && now.tx_type == HWTSTAMP_TX_ON) return now.rx_filter;
  errno = why;
  return system_failure("cannot tell it to");
}

std::string_view name_of_filter(int filter) {
  switch (filter) {
    case HWTSTAMP_FILTER_ALL: return "all received packets";
    case HWTSTAMP_FILTER_NTP_ALL: return "received NTP packets";
    case HWTSTAMP_FILTER_NONE: return "no received packets";
    default: return "received PTP packets";
  }
}

Result<void> open_card(const Fd& socket, const std::string& name, std::size_t line,
                       const HardwareTimestamp& settings, OpenedCards& out) {
  ethtool_ts_info about{};
  about.cmd = ETHTOOL_GET_TS_INFO;
  if (!ask(socket, name, SIOCETHTOOL, about)) return system_failure("cannot ask it");
  if ((about.so_timestamping & least_abilities) != least_abilities || about.phc_index < 0 ||
      (about.tx_types & 1u << HWTSTAMP_TX_ON) == 0)
    return failure("its card makes no time stamps");
  const auto filter = choose_filter(settings.rxfilter, about.rx_filters);
  const int stamped =
      NTP_TRY(begin_stamping(socket, name, filter.value_or(int{HWTSTAMP_FILTER_NONE})));
  const std::string path = "/dev/ptp" + std::to_string(about.phc_index);
  Fd device{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!device.is_open()) return system_failure("open " + path);
  out.devices.push_back(std::move(device));
  out.about.push_back({::if_nametoindex(name.c_str()), line, megabits_of(socket, name)});
  log_info("hwtimestamp {}: the card stamps departures and {}; its clock is {}", name,
           name_of_filter(stamped), path);
  return {};
}

std::vector<std::string> interfaces() {
  std::vector<std::string> names;
  struct if_nameindex* const all = ::if_nameindex();
  if (all == nullptr) return names;
  for (const struct if_nameindex* each = all; each->if_index != 0; ++each)
    names.emplace_back(each->if_name);
  ::if_freenameindex(all);
  return names;
}

bool is_open_already(const OpenedCards& cards, const std::string& name) {
  return std::ranges::find(cards.about, ::if_nametoindex(name.c_str()), &CardAbout::interface) !=
         cards.about.end();
}

// Every interface that no line names. Those without such a card are no news, unless all are.
void open_all(const Fd& socket, std::size_t line, const HardwareTimestamp& settings,
              OpenedCards& out) {
  const std::size_t before = out.about.size();
  for (const std::string& name : interfaces()) {
    if (is_open_already(out, name) || out.about.size() == most_cards) continue;
    if (const auto opened = open_card(socket, name, line, settings, out); !opened)
      log_debug("hwtimestamp {}: {}", name, opened.error().message);
  }
  if (out.about.size() == before)
    log_warning("hwtimestamp *: no interface here makes time stamps; the kernel's are used");
}

}  // namespace

std::optional<int> choose_filter(ReceiveFilter wish, unsigned offered) {
  const auto offers = [&](int filter) { return (offered & 1u << filter) != 0; };
  const bool any = wish == ReceiveFilter::unset;
  if ((any || wish == ReceiveFilter::ntp) && offers(HWTSTAMP_FILTER_NTP_ALL))
    return HWTSTAMP_FILTER_NTP_ALL;
  if ((any || wish == ReceiveFilter::ntp || wish == ReceiveFilter::all) &&
      offers(HWTSTAMP_FILTER_ALL))
    return HWTSTAMP_FILTER_ALL;
  if (wish == ReceiveFilter::ptp && offers(HWTSTAMP_FILTER_PTP_V2_EVENT))
    return HWTSTAMP_FILTER_PTP_V2_EVENT;
  return std::nullopt;
}

OpenedCards open_cards(const std::vector<HardwareTimestamp>& lines) {
  OpenedCards out;
  const Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const auto each = [&](bool named) {
    for (std::size_t line = 0; line < lines.size(); ++line) {
      const HardwareTimestamp& settings = lines[line];
      if ((settings.interface != "*") != named) continue;
      if (!named) {
        open_all(socket, line, settings, out);
        continue;
      }
      if (is_open_already(out, settings.interface) || out.about.size() == most_cards) continue;
      const auto opened = open_card(socket, settings.interface, line, settings, out);
      if (!opened)
        log_warning("hwtimestamp {}: {}; the kernel's stamps are used", settings.interface,
                    opened.error().message);
    }
  };
  each(true);  // a line of its own goes before the star
  each(false);
  return out;
}

}  // namespace ntp
