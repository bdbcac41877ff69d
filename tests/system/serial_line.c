// A library to preload under gpsd in the hosts world: makes a pseudo-terminal look like a serial
// port whose carrier-detect pin rises at each whole second of CLOCK_REALTIME and falls 100 ms
// later, as a receiver's pulse does. Everything else of the terminal is the kernel's own. Under
// gpsfake, which makes a pseudo-terminal, it gives that the name of a serial port, /run/ttyGPS.
// Never loaded under Meridian's programs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const long falls = 100000000;  // ns into the second
static int is_high;                   // since the edge that was last waited for

static int wait_for_edge(void) {
  struct timespec edge;
  clock_gettime(CLOCK_REALTIME, &edge);
  is_high = edge.tv_nsec >= falls;  // after the next edge
  edge.tv_sec += is_high;
  edge.tv_nsec = is_high ? 0 : falls;
  while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &edge, 0) == EINTR) continue;
  return 0;
}

int ioctl(int fd, unsigned long request, ...) {
  static int (*real)(int, unsigned long, ...);
  va_list rest;
  va_start(rest, request);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  if (request == TIOCMIWAIT) return wait_for_edge();
  if (request == TIOCMGET) {
    *(int*)argument = TIOCM_LE | TIOCM_DSR | TIOCM_CTS | (is_high ? TIOCM_CD : 0);
    return 0;
  }
  if (real == 0) real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
  return real(fd, request, argument);
}

// gpsd sends nothing to NTP from a pseudo-terminal (majors 136 to 143), so this is a ttyS.
int stat(const char* restrict path, struct stat* restrict found) {
  static int (*real)(const char*, struct stat*);
  if (real == 0) real = (int (*)(const char*, struct stat*))dlsym(RTLD_NEXT, "stat");
  const int done = real(path, found);
  if (done == 0 && S_ISCHR(found->st_mode) && major(found->st_rdev) >= 136 &&
      major(found->st_rdev) <= 143) {
    found->st_rdev = makedev(4, 64);
  }
  return done;
}

// gpsd knows a pseudo-terminal by its name as well: gpsfake hands it one that leads there.
int ttyname_r(int fd, char* name, size_t room) {
  static const char port[] = "/run/ttyGPS";
  static int (*real)(int, char*, size_t);
  if (real == 0) real = (int (*)(int, char*, size_t))dlsym(RTLD_NEXT, "ttyname_r");
  const int failed = real(fd, name, room);
  if (failed != 0 || room < sizeof port || symlink(name, port) != 0) return failed;
  memcpy(name, port, sizeof port);
  return 0;
}
