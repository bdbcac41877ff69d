// A library to preload under refclockd (and rtcd) in the hosts world, where no such hardware
// exists: /dev/fake-pps, /dev/fake-ptp and /dev/fake-rtc, answered at the seam of the system
// calls (open, ioctl, read). Their time is CLOCK_REALTIME plus FAKE_AHEAD_NS; the pulse rises at
// their whole second and falls 200 ms later. What is variable is in the environment:
//   FAKE_AHEAD_NS       the reference is so far ahead of the system clock
//   FAKE_NO_CROSS=1     no hardware cross timestamps
//   FAKE_WIRED_PIN=2    the pulse is at this pin of the card
//   FAKE_BOTH_EDGES=1   the card stamps both edges, whatever it was asked for
//   FAKE_TAI=37         what the kernel says of TAI minus UTC
//   FAKE_NO_INTERRUPT=1 the hardware clock has no interrupt; FAKE_LOW_BATTERY=1
// The card's clock is 12345.25 s ahead of the truth for pulses; by a burst (not by cross
// timestamps) it shows 2 ms more, so that a test sees which way was taken.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pps.h>
#include <linux/ptp_clock.h>
#include <linux/rtc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

enum kind { real_file, pps, ptp, rtc };
enum { most_fds = 256, pins = 4 };
static enum kind kinds[most_fds];
static int channel_of_pin[pins] = {-1, -1, -1, -1};
static unsigned edges_asked[most_fds];
static int stamps_pulses[most_fds];
static const long long second = 1000000000, width = 200000000, card_ahead = 12345250000000;

static long long number(const char* name) {
  const char* text = getenv(name);
  return text ? atoll(text) : 0;
}
static long long system_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * second + now.tv_nsec;
}
static long long reference_now(void) { return system_now() + number("FAKE_AHEAD_NS"); }
static enum kind kind_of(int fd) { return fd >= 0 && fd < most_fds ? kinds[fd] : real_file; }
static struct ptp_clock_time card_time(long long ns) {
  return (struct ptp_clock_time){.sec = ns / second, .nsec = (unsigned)(ns % second)};
}

// Makes the descriptor readable at each whole second of the reference and every so often after.
static void tick(int fd, long long every) {
  const long long at = reference_now() / second * second + second - number("FAKE_AHEAD_NS");
  const struct itimerspec when = {.it_interval = {every / second, every % second},
                                  .it_value = {at / second, at % second}};
  timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, 0);
}

static int open_fake(const char* path) {
  static const char* const names[] = {"", "/dev/fake-pps", "/dev/fake-ptp", "/dev/fake-rtc"};
  for (enum kind kind = pps; kind <= rtc; ++kind) {
    if (strcmp(path, names[kind]) != 0) continue;
    const int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd >= 0 && fd < most_fds) kinds[fd] = kind;
    return fd;
  }
  return -1;
}
int open(const char* path, int flags, ...) {
  static int (*true_open)(const char*, int, ...);
  va_list rest;
  va_start(rest, flags);
  const int mode = va_arg(rest, int);
  va_end(rest);
  const int fake = open_fake(path);
  if (fake >= 0) return fake;
  if (true_open == 0) true_open = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open");
  return true_open(path, flags, mode);
}
int __open_2(const char* path, int flags) { return open(path, flags, 0); }

static int answer_pps(unsigned long request, void* argument) {
  if (request == PPS_GETCAP) {
    *(int*)argument = PPS_CAPTUREBOTH | PPS_CANWAIT;
  } else if (request == PPS_GETPARAMS) {
    *(struct pps_kparams*)argument =
        (struct pps_kparams){.api_version = 1, .mode = PPS_CAPTUREBOTH};
  } else if (request == PPS_FETCH) {
    const long long now = reference_now(), whole = now - now % second;
    const long long falling = now - whole >= width ? whole + width : whole + width - second;
    const long long ahead = number("FAKE_AHEAD_NS");
    struct pps_kinfo* info = &((struct pps_fdata*)argument)->info;
    info->assert_sequence = info->clear_sequence = (unsigned)(whole / second);
    if (falling < whole) --info->clear_sequence;
    info->assert_tu =
        (struct pps_ktime){.sec = (whole - ahead) / second, .nsec = (whole - ahead) % second};
    info->clear_tu =
        (struct pps_ktime){.sec = (falling - ahead) / second, .nsec = (falling - ahead) % second};
  } else {
    errno = ENOTTY;
    return -1;
  }
  return 0;
}

static int answer_burst(unsigned long request, void* argument) {
  if (request == PTP_SYS_OFFSET_EXTENDED) {
    struct ptp_sys_offset_extended* many = argument;
    for (unsigned i = 0; i < many->n_samples; ++i) {
      many->ts[i][0] = card_time(system_now());
      many->ts[i][1] = card_time(reference_now() + 2000000);
      many->ts[i][2] = card_time(system_now());
    }
  } else {
    struct ptp_sys_offset* many = argument;
    for (unsigned i = 0; i < many->n_samples; ++i) {
      many->ts[2 * i] = card_time(system_now());
      many->ts[2 * i + 1] = card_time(reference_now() + 2000000);
    }
    many->ts[2 * many->n_samples] = card_time(system_now());
  }
  return 0;
}

static int answer_ptp(int fd, unsigned long request, void* argument) {
  if (request == PTP_CLOCK_GETCAPS) {
    memset(argument, 0, sizeof(struct ptp_clock_caps));
    ((struct ptp_clock_caps*)argument)->n_pins = pins;
    ((struct ptp_clock_caps*)argument)->n_ext_ts = 2;
    return 0;
  }
  if (request == PTP_SYS_OFFSET_PRECISE && !number("FAKE_NO_CROSS")) {
    struct ptp_sys_offset_precise* both = argument;
    struct timespec raw;
    clock_gettime(CLOCK_MONOTONIC_RAW, &raw);
    both->sys_monoraw = card_time(raw.tv_sec * second + raw.tv_nsec);
    both->sys_realtime = card_time(system_now());
    both->device = card_time(reference_now() + (stamps_pulses[fd] ? card_ahead : 0));
    return 0;
  }
  if (request == PTP_SYS_OFFSET_EXTENDED || request == PTP_SYS_OFFSET)
    return answer_burst(request, argument);
  if (request == PTP_PIN_SETFUNC) {
    const struct ptp_pin_desc* pin = argument;
    if (pin->index < pins && pin->func == PTP_PF_EXTTS) {
      channel_of_pin[pin->index] = (int)pin->chan;
      return 0;
    }
    errno = EINVAL;
    return -1;
  }
  if (request == PTP_EXTTS_REQUEST) {
    const struct ptp_extts_request* wish = argument;
    edges_asked[fd] = number("FAKE_BOTH_EDGES") ? PTP_RISING_EDGE | PTP_FALLING_EDGE : wish->flags;
    stamps_pulses[fd] = 1;
    tick(fd, width);
    return 0;
  }
  errno = EOPNOTSUPP;
  return -1;
}

static int answer_rtc(int fd, unsigned long request, void* argument) {
  if (request == RTC_RD_TIME) {
    const time_t now = reference_now() / second;
    struct tm parts;
    gmtime_r(&now, &parts);
    *(struct rtc_time*)argument = (struct rtc_time){parts.tm_sec,
                                                    parts.tm_min,
                                                    parts.tm_hour,
                                                    parts.tm_mday,
                                                    parts.tm_mon,
                                                    parts.tm_year,
                                                    0,
                                                    0,
                                                    0};
    return 0;
  }
  if (request == RTC_VL_READ && number("FAKE_LOW_BATTERY")) {
    *(unsigned*)argument = RTC_VL_BACKUP_LOW;
    return 0;
  }
  if (request == RTC_UIE_ON && !number("FAKE_NO_INTERRUPT")) {
    tick(fd, second);
    return 0;
  }
  errno = ENOTTY;
  return -1;
}

int ioctl(int fd, unsigned long request, ...) {
  static int (*true_ioctl)(int, unsigned long, ...);
  va_list rest;
  va_start(rest, request);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  switch (kind_of(fd)) {
    case pps: return answer_pps(request, argument);
    case ptp: return answer_ptp(fd, request, argument);
    case rtc: return answer_rtc(fd, request, argument);
    case real_file: break;
  }
  if (true_ioctl == 0) true_ioctl = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
  return true_ioctl(fd, request, argument);
}

// A fifth of a second began, of which the first begins with the rising edge and the second with
// the falling one: what the card says, on the channel of the wired pin. Where the pulse's pin was
// given to no channel, nothing comes but another channel's noise.
static ssize_t tell_pulse(int fd, void* octets) {
  const long long now = reference_now(), into = now % second;
  const int is_falling = into >= width;
  const long long edge = now - into + (is_falling ? width : 0);
  const int wired = channel_of_pin[number("FAKE_WIRED_PIN") % pins];
  if (into >= 2 * width ||
      (edges_asked[fd] & (is_falling ? PTP_FALLING_EDGE : PTP_RISING_EDGE)) == 0) {
    errno = EAGAIN;
    return -1;
  }
  const struct ptp_extts_event event = {.t = card_time(edge + card_ahead),
                                        .index = wired >= 0 ? (unsigned)wired : 7};
  memcpy(octets, &event, sizeof event);
  return sizeof event;
}

ssize_t read(int fd, void* octets, size_t size) {
  static ssize_t (*true_read)(int, void*, size_t);
  if (true_read == 0) true_read = (ssize_t(*)(int, void*, size_t))dlsym(RTLD_NEXT, "read");
  const ssize_t got = true_read(fd, octets, size);
  if (got != 8) return got;
  if (kind_of(fd) == ptp) return tell_pulse(fd, octets);
  if (kind_of(fd) == rtc) *(unsigned long*)octets = RTC_IRQF | RTC_UF | 0x100;
  return got;
}
ssize_t __read_chk(int fd, void* octets, size_t size, size_t room) {
  return (void)room, read(fd, octets, size);
}

int clock_adjtime(clockid_t clock, struct timex* state) {
  static int (*true_adjtime)(clockid_t, struct timex*);
  if (true_adjtime == 0)
    true_adjtime = (int (*)(clockid_t, struct timex*))dlsym(RTLD_NEXT, "clock_adjtime");
  const int status = true_adjtime(clock, state);
  if (number("FAKE_TAI")) state->tai = (int)number("FAKE_TAI");
  return status;
}
