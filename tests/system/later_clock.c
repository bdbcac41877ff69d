// A library that lets time go by for clockd, for the hosts world: named in the world's own
// /etc/ld.so.preload, for clockd's steerer starts without an environment. In that program alone
// CLOCK_MONOTONIC_RAW reads later by so many nanoseconds as stand in /run/later (eight octets,
// there before it starts): what takes minutes of silence is seen in seconds. No clock is touched.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const volatile long long* later;

__attribute__((constructor)) static void begin(void) {
  static const char steerer[] = "/clockd-steerer";
  char path[4096];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
  if (size < (ssize_t)sizeof steerer) return;
  path[size] = '\0';
  if (strcmp(path + size - (sizeof steerer - 1), steerer) != 0) return;
  const int fd = open("/run/later", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void* page = mmap(0, sizeof *later, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (page != MAP_FAILED) later = page;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  static int (*real)(clockid_t, struct timespec*);
  if (real == 0) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  const int failed = real(clock, now);
  if (failed != 0 || later == 0 || clock != CLOCK_MONOTONIC_RAW) return failed;
  const long long ns = now->tv_nsec + *later % 1000000000;
  now->tv_sec += *later / 1000000000 + ns / 1000000000;
  now->tv_nsec = ns % 1000000000;
  return 0;
}
