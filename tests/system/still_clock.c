// A library to preload under foreign time daemons in the hosts world: every call that would
// move the clock says that it did and only reads it. Never loaded under Meridian's programs.
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

int adjtime(const struct timeval *delta, struct timeval *rest) {
  (void)delta;
  if (rest != 0) rest->tv_sec = rest->tv_usec = 0;
  return 0;
}
int settimeofday(const struct timeval *time, const struct timezone *zone) {
  return (void)time, (void)zone, 0;
}
int clock_settime(clockid_t clock, const struct timespec *time) { return (void)clock, (void)time, 0; }
static int only_read(struct timex *order) {
  order->modes = 0;
  syscall(SYS_adjtimex, order);
  order->status &= ~STA_UNSYNC;
  return TIME_OK;
}
int adjtimex(struct timex *order) { return only_read(order); }
int ntp_adjtime(struct timex *order) { return only_read(order); }
int clock_adjtime(clockid_t clock, struct timex *order) { return (void)clock, only_read(order); }
