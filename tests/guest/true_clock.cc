// The truth inside the guest: a straight line over CLOCK_MONOTONIC_RAW, which nobody there can
// steer, served over NTP and compared with the guest's own clock. A test tool that runs only
// in the virtual machine; deliberately shares no code with the suite that it judges.
//
//   true_clock begin UNIX_SECONDS PPM [LEAP CHANGE]
//                                       the truth is now this; the guest's oscillator is PPM fast;
//                                       UTC inserts (1) or removes (-1) a second before LEAP
//   true_clock slept SECONDS            the truth went on while the machine slept: by so long as
//                                       the kernel thinks, and SECONDS longer
//   true_clock serve                    answers NTP requests on UDP 123, as stratum 1 "TRUE"
//   true_clock set SECONDS              puts the system clock so far ahead of the truth
//   true_clock error                    prints the error in ns, the kernel's ppm, status and
//   TAI-UTC true_clock settle NS SECONDS        prints how long until the error stays within NS, or
//   "never" true_clock watch SECONDS EVERY      prints the worst, the last, the jumps and the drift
//   true_clock tick                     prints what the RTC shows at its next tick, and the truth
//                                       then
//   true_clock resume RTC NS PPM        the truth was NS when the RTC showed RTC, and the RTC is
//                                       PPM fast: what it shows now gives the truth of now
//   true_clock leap FROM TO [SERVER]    a row for each second around the leap: what the clock
//                                       shows, what the kernel says, what SERVER says
//   true_clock die_by_filter            dies by SIGSYS, to prove that such deaths are seen
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

namespace {

constexpr const char* truth_file = "/run/truth";
constexpr std::int64_t second = 1'000'000'000;
constexpr std::uint32_t ntp_of_1970 = 2'208'988'800u;

std::int64_t read_clock(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return t.tv_sec * second + t.tv_nsec;
}

struct Truth {
  std::int64_t utc;  // ns since 1970 at `raw`
  std::int64_t raw;
  double ppm;             // how much faster the raw clock runs than the truth
  std::int64_t leap = 0;  // ns since 1970: the first second after a leap second
  int change = 0;         // +1: a second is inserted before it, -1: removed

  // As if there were no leap second.
  std::int64_t uniform_at(std::int64_t now) const {
    const auto since = static_cast<double>(now - raw);
    return utc + (now - raw) - std::llround(since * ppm * 1e-6 / (1 + ppm * 1e-6));
  }
  // When the uniform count reaches the leap.
  std::int64_t moment() const { return leap - (change < 0 ? second : 0); }
  bool has_leapt(std::int64_t now) const { return change != 0 && uniform_at(now) >= moment(); }
  std::int64_t at(std::int64_t now) const {
    return uniform_at(now) - (has_leapt(now) ? change * second : 0);
  }
  // The leap indicator of an honest server.
  unsigned char indicator(std::int64_t now) const {
    if (change == 0 || has_leapt(now) || moment() - uniform_at(now) > 86400 * second) return 0;
    return change > 0 ? 0x40 : 0x80;
  }
};

Truth load() {
  Truth truth{};
  std::FILE* file = std::fopen(truth_file, "r");
  long long utc = 0, raw = 0;
  long long leap = 0;
  if (file == nullptr || std::fscanf(file, "%lld %lld %lf %lld %d", &utc, &raw, &truth.ppm, &leap,
                                     &truth.change) != 5) {
    std::fputs("true_clock: no truth yet: begin first\n", stderr);
    std::exit(1);
  }
  std::fclose(file);
  truth.utc = utc;
  truth.raw = raw;
  truth.leap = leap * second;
  return truth;
}

int begin(const char* utc, const char* ppm, const char* leap, const char* change) {
  std::FILE* file = std::fopen(truth_file, "w");
  if (file == nullptr) return 1;
  std::fprintf(file, "%lld %lld %s %s %s\n", std::atoll(utc) * second,
               static_cast<long long>(read_clock(CLOCK_MONOTONIC_RAW)), ppm, leap, change);
  return std::fclose(file);
}

// The oscillator stood still: the truth is where it would be now. Once a sleep.
int note_sleep(const Truth& truth, double longer) {
  const std::int64_t slept = read_clock(CLOCK_BOOTTIME) - read_clock(CLOCK_MONOTONIC);
  std::FILE* file = std::fopen(truth_file, "w");
  if (file == nullptr) return 1;
  std::fprintf(file, "%lld %lld %f 0 0\n",
               static_cast<long long>(truth.utc + slept + std::llround(longer * 1e9)),
               static_cast<long long>(truth.raw), truth.ppm);
  std::printf("slept_s=%.1f\n", static_cast<double>(slept) / second);
  return std::fclose(file);
}

// The system clock minus the truth, from the tightest of five bracketed reads.
std::int64_t error_of_system_clock(const Truth& truth) {
  std::int64_t best = INT64_MAX, error = 0;
  for (int i = 0; i < 5; ++i) {
    const std::int64_t before = read_clock(CLOCK_MONOTONIC_RAW);
    const std::int64_t shown = read_clock(CLOCK_REALTIME);
    const std::int64_t window = read_clock(CLOCK_MONOTONIC_RAW) - before;
    if (window >= best) continue;
    best = window;
    error = shown - truth.at(before + window / 2);
  }
  return error;
}

int set(const Truth& truth, double ahead) {
  const std::int64_t goal = truth.at(read_clock(CLOCK_MONOTONIC_RAW)) + std::llround(ahead * 1e9);
  const timespec t{.tv_sec = goal / second, .tv_nsec = goal % second};
  return clock_settime(CLOCK_REALTIME, &t);
}

int show(const Truth& truth) {
  timex kernel{};
  adjtimex(&kernel);
  const double ppm =
      static_cast<double>(kernel.freq) / 65536.0 + (static_cast<double>(kernel.tick) - 10000) * 100;
  std::printf("error_ns=%lld ppm=%.3f offset=%ld status=0x%x unsync=%d tai=%d\n",
              static_cast<long long>(error_of_system_clock(truth)), ppm, kernel.offset,
              kernel.status, (kernel.status & STA_UNSYNC) != 0, kernel.tai);
  return 0;
}

void pause_for(std::int64_t interval) {
  const timespec pause{.tv_sec = interval / second, .tv_nsec = interval % second};
  nanosleep(&pause, nullptr);
}

int settle(const Truth& truth, std::int64_t bound, double patience) {
  const std::int64_t begun = read_clock(CLOCK_MONOTONIC_RAW),
                     end = begun + std::llround(patience * 1e9);
  std::int64_t since = 0;  // when the present run of good looks began; it must last half a second
  for (std::int64_t now = begun; now < end; now = read_clock(CLOCK_MONOTONIC_RAW)) {
    if (std::abs(error_of_system_clock(truth)) > bound) {
      since = 0;
    } else if (since == 0) {
      since = now;
    } else if (now - since >= second / 2) {
      std::printf("settled_s=%.2f\n", static_cast<double>(since - begun) / second);
      return 0;
    }
    pause_for(second / 50);
  }
  std::puts("settled_s=never");
  return 1;
}

int watch(const Truth& truth, double seconds, double every) {
  const auto interval = std::llround(every * 1e9);
  std::int64_t first = error_of_system_clock(truth), last = first, worst = std::abs(first);
  int jumps = 0;
  const std::int64_t begun = read_clock(CLOCK_MONOTONIC_RAW),
                     end = begun + std::llround(seconds * 1e9);
  while (read_clock(CLOCK_MONOTONIC_RAW) < end) {
    pause_for(interval);
    const std::int64_t error = error_of_system_clock(truth);
    // Faster than the kernel can slew (10 % by tick, 500 ppm by offset): somebody stepped.
    if (std::abs(error - last) > interval / 8 + 1'000'000) ++jumps;
    last = error;
    worst = std::max(worst, std::abs(error));
  }
  const auto took = static_cast<double>(read_clock(CLOCK_MONOTONIC_RAW) - begun);
  std::printf("worst_ns=%lld last_ns=%lld jumps=%d drift_ppm=%.3f\n", static_cast<long long>(worst),
              static_cast<long long>(last), jumps, static_cast<double>(last - first) / took * 1e6);
  return 0;
}

// Waits for the RTC's next tick; what it shows from then on. Not by its device, which is rtcd's.
std::int64_t wait_for_tick() {
  const auto shown = [] {
    long long seconds = 0;
    std::FILE* file = std::fopen("/sys/class/rtc/rtc0/since_epoch", "r");
    if (file == nullptr || std::fscanf(file, "%lld", &seconds) != 1) std::exit(1);
    std::fclose(file);
    return seconds;
  };
  const long long first = shown();
  for (;;) {
    pause_for(second / 20'000);
    if (const long long now = shown(); now != first) return now;
  }
}

int tick(const Truth& truth) {
  const std::int64_t shown = wait_for_tick();
  std::printf("rtc=%lld truth_ns=%lld\n", static_cast<long long>(shown),
              static_cast<long long>(truth.at(read_clock(CLOCK_MONOTONIC_RAW))));
  return 0;
}

int resume(const char* rtc, const char* truth_then, const char* ppm) {
  const auto passed = static_cast<double>(wait_for_tick() - std::atoll(rtc)) * second;
  const std::int64_t raw = read_clock(CLOCK_MONOTONIC_RAW);
  const std::int64_t utc =
      std::atoll(truth_then) + std::llround(passed / (1 + std::atof(ppm) * 1e-6));
  std::FILE* file = std::fopen(truth_file, "w");
  if (file == nullptr) return 1;
  std::fprintf(file, "%lld %lld %s 0 0\n", static_cast<long long>(utc), static_cast<long long>(raw),
               ppm);
  return std::fclose(file);
}

void put_time(unsigned char* to, std::int64_t utc) {
  const auto seconds = static_cast<std::uint32_t>(utc / second + ntp_of_1970);
  const auto fraction =
      static_cast<std::uint32_t>((static_cast<__uint128_t>(utc % second) << 32) / second);
  const std::uint32_t words[2] = {htonl(seconds), htonl(fraction)};
  std::memcpy(to, words, sizeof words);
}

int serve(const Truth& truth) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(123);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return perror("bind"), 1;
  for (;;) {
    unsigned char packet[1024];
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const auto length =
        recvfrom(fd, packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&peer), &size);
    const std::int64_t now = read_clock(CLOCK_MONOTONIC_RAW), received = truth.at(now);
    if (length < 48 || (packet[0] & 7) != 3) continue;
    const auto version = static_cast<unsigned char>(packet[0] & 0x38);
    unsigned char reply[48] = {static_cast<unsigned char>(truth.indicator(now) | version | 4), 1,
                               packet[2], 0xec};
    std::memcpy(reply + 12, "TRUE", 4);
    put_time(reply + 16, received - second);
    std::memcpy(reply + 24, packet + 40, 8);
    put_time(reply + 32, received);
    put_time(reply + 40, truth.at(read_clock(CLOCK_MONOTONIC_RAW)));
    sendto(fd, reply, sizeof reply, 0, reinterpret_cast<sockaddr*>(&peer), size);
  }
}

struct Told {
  int leap = 3;
  std::uint32_t reference = 0;  // its reference id
  std::int64_t error = 0;       // against the truth, ns
};

// One question to SERVER.
bool ask(const Truth& truth, int fd, Told& answer) {
  unsigned char packet[48] = {0x23};
  if (send(fd, packet, sizeof packet, 0) != sizeof packet) return false;
  if (recv(fd, packet, sizeof packet, 0) != sizeof packet) return false;
  const std::int64_t now = read_clock(CLOCK_MONOTONIC_RAW);
  std::uint32_t words[2];
  std::memcpy(words, packet + 40, sizeof words);
  const std::int64_t told =
      (std::int64_t{ntohl(words[0])} - ntp_of_1970) * second +
      static_cast<std::int64_t>(static_cast<__uint128_t>(ntohl(words[1])) * second >> 32);
  std::memcpy(&answer.reference, packet + 12, sizeof answer.reference);
  answer.reference = ntohl(answer.reference);
  answer.leap = packet[0] >> 6;
  answer.error = told - truth.at(now);
  return true;
}

int connect_to(const char* server) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const timeval patience{.tv_sec = 0, .tv_usec = 200'000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(123);
  inet_pton(AF_INET, server, &address.sin_addr);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) perror("connect");
  return fd;
}

// In the middle of each second from FROM to TO, counted from the leap's moment.
int tell_leap(const Truth& truth, int from, int to, const char* server) {
  const int fd = server != nullptr ? connect_to(server) : -1;
  const char* const states[] = {"OK", "INS", "DEL", "OOP", "WAIT", "ERROR"};
  for (int t = from; t <= to; ++t) {
    const std::int64_t when = truth.moment() + t * second + second / 2;
    for (std::int64_t left; (left = when - truth.uniform_at(read_clock(CLOCK_MONOTONIC_RAW))) > 0;)
      pause_for(left);
    timex kernel{};
    const int state = adjtimex(&kernel);
    const std::int64_t error = error_of_system_clock(truth);
    const std::int64_t utc = truth.at(read_clock(CLOCK_MONOTONIC_RAW)) / second % 86400;
    const bool is_extra = truth.change > 0 && t == 0;
    std::printf("t=%d utc=%02d:%02d:%02d clock_ms=%.3f tai=%d kernel=%s", t,
                static_cast<int>(utc / 3600), static_cast<int>(utc / 60 % 60),
                static_cast<int>(utc % 60) + is_extra, static_cast<double>(error) * 1e-6,
                kernel.tai, states[state < 0 ? 5 : state]);
    Told told;
    if (fd >= 0 && ask(truth, fd, told))
      std::printf(" li=%d served_ms=%.3f ref=%08X", told.leap,
                  static_cast<double>(told.error) * 1e-6, told.reference);
    std::puts("");
  }
  return 0;
}

int die_by_filter() {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{.len = 4, .filter = steps};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
  return syscall(SYS_getppid) > 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  const std::string_view verb = count > 1 ? words[1] : "";
  if (verb == "begin" && count == 4) return begin(words[2], words[3], "0", "0");
  if (verb == "begin" && count == 6) return begin(words[2], words[3], words[4], words[5]);
  if (verb == "slept" && count == 3) return note_sleep(load(), std::atof(words[2]));
  if (verb == "serve") return serve(load());
  if (verb == "set" && count == 3) return set(load(), std::atof(words[2]));
  if (verb == "error") return show(load());
  if (verb == "settle" && count == 4)
    return settle(load(), std::atoll(words[2]), std::atof(words[3]));
  if (verb == "watch" && count == 4) return watch(load(), std::atof(words[2]), std::atof(words[3]));
  if (verb == "tick") return tick(load());
  if (verb == "resume" && count == 5) return resume(words[2], words[3], words[4]);
  if (verb == "leap" && count >= 4)
    return tell_leap(load(), std::atoi(words[2]), std::atoi(words[3]),
                     count > 4 ? words[4] : nullptr);
  if (verb == "die_by_filter") return die_by_filter();
  std::fputs(
      "usage: true_clock begin SECONDS PPM [LEAP CHANGE]|slept SECONDS|serve|set SECONDS|error|\n"
      "       settle NS SECONDS|watch SECONDS EVERY|tick|resume RTC NS PPM|\n"
      "       leap FROM TO [SERVER]|die_by_filter\n",
      stderr);
  return 2;
}
