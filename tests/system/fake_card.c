// A library that stands in for a network card that stamps packets, for the hosts world, which has
// none: named in the world's own /etc/ld.so.preload, for the roles of ntpd-net start without an
// environment. At the seam of the system calls: `eth0` says that it can stamp, its clock is
// /dev/ptp77, and packets that the kernel stamped carry the card's stamp as well.
//   The card's clock runs 50 ppm fast of the raw clock and a million seconds ahead of it; compared
//   by a burst (not by a cross timestamp) it shows 2 ms more, so that a test sees which way was
//   taken. A received packet's stamp is 3 ms earlier than the kernel's. A departure's is the
//   kernel's own, which goes (as with drivers that know no kernel stamps); of a program that began
//   while /run/card-is-mute was there it is lost, and how long that is waited for is said on
//   standard error. Of one that began while /run/card-jumps was there the card is set 50 ms ahead
//   25 s later.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/ptp_clock.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef long long ns;
static const ns second = 1000000000, earlier = 3000000, by_burst = 2000000;
struct stamps {
  struct timespec software, unused, card;
};

static ns now_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * second + now.tv_nsec;
}
static int is_mute;
static ns jumps_at = -1, jump = 50000000;
__attribute__((constructor)) static void begin(void) {
  is_mute = access("/run/card-is-mute", F_OK) == 0;
  if (access("/run/card-jumps", F_OK) == 0) jumps_at = now_of(CLOCK_MONOTONIC_RAW) + 25 * second;
}
static ns card_at(ns raw) {
  const int has_jumped = jumps_at >= 0 && raw >= jumps_at;
  return raw + raw / 20000 + 1000000 * second + has_jumped * jump;
}
static struct ptp_clock_time card_time(ns t) {
  return (struct ptp_clock_time){.sec = t / second, .nsec = (unsigned)(t % second)};
}

int open(const char* path, int flags, ...) {
  static int (*true_open)(const char*, int, ...);
  va_list rest;
  va_start(rest, flags);
  const int mode = va_arg(rest, int);
  va_end(rest);
  if (strcmp(path, "/dev/ptp77") == 0) {
    dprintf(2, "fake card: opened %s\n", (flags & O_ACCMODE) == O_RDONLY ? "to read" : "to change");
    return eventfd(0, EFD_CLOEXEC);
  }
  if (true_open == 0) true_open = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open");
  return true_open(path, flags, mode);
}
int __open_2(const char* path, int flags) { return open(path, flags, 0); }

static int answer_ethtool(struct ifreq* wish) {
  struct ethtool_ts_info* about = (void*)wish->ifr_data;
  if (about->cmd == ETHTOOL_GSET) {
    struct ethtool_cmd* link = (void*)wish->ifr_data;
    memset(link, 0, sizeof *link);
    ethtool_cmd_speed_set(link, 1000);
    return 0;
  }
  *about = (struct ethtool_ts_info){
      .cmd = about->cmd,
      .so_timestamping = SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_TX_HARDWARE |
                         SOF_TIMESTAMPING_RX_HARDWARE,
      .phc_index = 77,
      .tx_types = 1u << HWTSTAMP_TX_OFF | 1u << HWTSTAMP_TX_ON,
      .rx_filters = 1u << HWTSTAMP_FILTER_NONE | 1u << HWTSTAMP_FILTER_ALL |
                    1u << HWTSTAMP_FILTER_NTP_ALL | 1u << HWTSTAMP_FILTER_PTP_V2_EVENT};
  return 0;
}

static int answer_card(unsigned long request, void* argument) {
  static const char said[] = "fake card: read\n";
  if (write(2, said, sizeof said - 1) < 0) return -1;
  const ns raw = now_of(CLOCK_MONOTONIC_RAW);
  if (request == PTP_SYS_OFFSET_PRECISE) {
    *(struct ptp_sys_offset_precise*)argument =
        (struct ptp_sys_offset_precise){.device = card_time(card_at(raw)),
                                        .sys_realtime = card_time(now_of(CLOCK_REALTIME)),
                                        .sys_monoraw = card_time(raw)};
    return 0;
  }
  struct ptp_sys_offset_extended* many = argument;
  for (unsigned i = 0; i < many->n_samples; ++i) {
    many->ts[i][0] = card_time(now_of(CLOCK_REALTIME));
    many->ts[i][1] = card_time(card_at(now_of(CLOCK_MONOTONIC_RAW)) + by_burst);
    many->ts[i][2] = card_time(now_of(CLOCK_REALTIME));
  }
  return 0;
}

int ioctl(int fd, unsigned long request, ...) {
  static int (*true_ioctl)(int, unsigned long, ...);
  va_list rest;
  va_start(rest, request);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  struct ifreq* wish = argument;
  if (request == PTP_SYS_OFFSET_PRECISE || request == PTP_SYS_OFFSET_EXTENDED)
    return answer_card(request, argument);
  if (request == SIOCETHTOOL && strcmp(wish->ifr_name, "eth0") == 0) return answer_ethtool(wish);
  if (request == SIOCSHWTSTAMP && strcmp(wish->ifr_name, "eth0") == 0) {
    const struct hwtstamp_config* told = (void*)wish->ifr_data;
    dprintf(2, "fake card: departures %d filter %d\n", told->tx_type, told->rx_filter);
    return 0;
  }
  if (true_ioctl == 0) true_ioctl = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
  return true_ioctl(fd, request, argument);
}

// The kernel names the card beside its stamp of a received packet.
static void name_card(struct msghdr* message, size_t room) {
  const size_t used = CMSG_ALIGN(message->msg_controllen);
  unsigned interface = 0;
  for (struct cmsghdr* c = CMSG_FIRSTHDR(message); c != 0; c = CMSG_NXTHDR(message, c))
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
      interface = (unsigned)((struct in_pktinfo*)CMSG_DATA(c))->ipi_ifindex;
  if (interface == 0 || used + CMSG_SPACE(sizeof(struct scm_ts_pktinfo)) > room) return;
  struct cmsghdr* const name = (void*)((char*)message->msg_control + used);
  *name = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(struct scm_ts_pktinfo)),
                           .cmsg_level = SOL_SOCKET,
                           .cmsg_type = SCM_TIMESTAMPING_PKTINFO};
  *(struct scm_ts_pktinfo*)CMSG_DATA(name) =
      (struct scm_ts_pktinfo){.if_index = interface, .pkt_length = 90};
  message->msg_controllen = used + CMSG_SPACE(sizeof(struct scm_ts_pktinfo));
}

// What the card would have stamped, from what the kernel did. 0: no stamp in the message.
static int add_card(struct msghdr* message, size_t room, int is_departure) {
  int found = 0;
  for (struct cmsghdr* c = CMSG_FIRSTHDR(message); c != 0; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPING) continue;
    struct stamps all;
    memcpy(&all, CMSG_DATA(c), sizeof all);
    const ns kernel = all.software.tv_sec * second + all.software.tv_nsec;
    if (kernel == 0) continue;
    const ns raw = now_of(CLOCK_MONOTONIC_RAW) - (now_of(CLOCK_REALTIME) - kernel);
    const ns card = card_at(is_departure ? raw : raw - earlier);
    all.card = (struct timespec){card / second, card % second};
    if (is_departure) all.software = (struct timespec){0, 0};
    memcpy(CMSG_DATA(c), &all, sizeof all);
    found = 1;
  }
  if (found && !is_departure) name_card(message, room);
  return found;
}

ssize_t recvmsg(int fd, struct msghdr* message, int flags) {
  static ssize_t (*true_recvmsg)(int, struct msghdr*, int);
  if (true_recvmsg == 0)
    true_recvmsg = (ssize_t(*)(int, struct msghdr*, int))dlsym(RTLD_NEXT, "recvmsg");
  const size_t room = message->msg_controllen;
  const ssize_t got = true_recvmsg(fd, message, flags);
  const int is_departure = (flags & MSG_ERRQUEUE) != 0;
  if (got < 0) return got;
  if (!add_card(message, room, is_departure) || !is_departure) return got;
  if (!is_mute) return got;
  errno = EAGAIN;
  return -1;
}

int recvmmsg(int fd, struct mmsghdr* messages, unsigned most, int flags, struct timespec* wait) {
  static int (*true_recvmmsg)(int, struct mmsghdr*, unsigned, int, struct timespec*);
  if (true_recvmmsg == 0)
    true_recvmmsg = (int (*)(int, struct mmsghdr*, unsigned, int, struct timespec*))dlsym(
        RTLD_NEXT, "recvmmsg");
  size_t rooms[64] = {0};
  for (unsigned i = 0; i < most && i < 64; ++i) rooms[i] = messages[i].msg_hdr.msg_controllen;
  const int got = true_recvmmsg(fd, messages, most, flags, wait);
  for (int i = 0; i < got && i < 64; ++i) (void)add_card(&messages[i].msg_hdr, rooms[i], 0);
  return got;
}

int poll(struct pollfd* fds, nfds_t count, int patience) {
  static int (*true_poll)(struct pollfd*, nfds_t, int);
  if (true_poll == 0) true_poll = (int (*)(struct pollfd*, nfds_t, int))dlsym(RTLD_NEXT, "poll");
  if (is_mute && count == 1 && fds[0].events == 0) {
    char line[64];  // no stream: the role's filter knows write and little else
    const int size = snprintf(line, sizeof line, "fake card: waited for, %d ms\n", patience);
    if (write(2, line, (size_t)size) != size) return -1;
  }
  return true_poll(fds, count, patience);
}
int __poll_chk(struct pollfd* fds, nfds_t count, int patience, size_t room) {
  return (void)room, poll(fds, count, patience);
}
