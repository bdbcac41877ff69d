// Shapes are those of ntp.org's ntpdate; scripts cut them at fixed words, so no word moves.
// Where versions differ (a sign before positive offsets) the newer one is printed. The delay is
// the measured one: the classic's floor of 0.0256 s is not imitated.
#include "ntpdate/report.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cstring>

#include "common/wire/refid.h"

namespace ntp::ntpdate {
namespace {

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody listens: nothing better to do
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string stamp() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::tm local{};
  ::localtime_r(&now.tv_sec, &local);
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{:2} {} {:02}:{:02}:{:02}", local.tm_mday, months[local.tm_mon],
                     local.tm_hour, local.tm_min, local.tm_sec);
}

// A reference time as "SSSSSSSS.FFFFFFFF  Day, Mon dd yyyy HH:MM:SS.mmm", local time.
std::string wire_line(WireTime time) {
  const std::string octets = fmt::format("{:08x}.{:08x}", time.bits >> 32, time.bits & 0xffffffffu);
  const Nanos utc = time.is_zero() ? Nanos{0} : from_wire(time).since_zero;
  const std::time_t seconds = utc / 1s;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char day[64];
  std::strftime(day, sizeof day, "%a, %b %e %Y %H:%M:%S", &local);  // "C" locale: never set
  return fmt::format("{}  {}.{:03}", octets, day, (utc % 1s) / 1ms);
}

std::string refid_text(const Header& header) {
  if (header.stratum <= 1) {
    const std::string name = refid_name(header.refid);
    return fmt::format("[{}]", name);
  }
  return fmt::format("[{}]", to_text(ipv4_address(header.refid)));
}

std::string json_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      quoted += fmt::format("\\u{:04x}", static_cast<int>(c));
    else quoted += c;
  }
  return quoted + '"';
}

std::string seconds(Nanos span, int decimals) {
  return fmt::format("{:.{}f}", to_seconds(span), decimals);
}

// Two rows of four, eight wide, zero where there is no sample.
std::string filter_rows(const Asked& asked, Nanos Measured::*field, int decimals) {
  std::string rows;
  for (int i = 0; i < most_samples; ++i) {
    const Nanos value =
        i < asked.kept ? asked.samples[static_cast<std::size_t>(i)].*field : Nanos{0};
    rows += fmt::format("{:<8}", seconds(value, decimals));
    if (i == 3) rows += "\n              ";
    else if (i != 7) rows += ' ';
  }
  return rows;
}

}  // namespace

std::string signed_seconds(Nanos offset) { return fmt::format("{:+.6f}", to_seconds(offset)); }

std::string query_line(const Asked& asked) {
  const Summary summary = summarise(asked);
  const std::string offset = asked.kept == 0 ? "0.000000" : signed_seconds(summary.offset);
  return fmt::format("server {}, stratum {}, offset {}, delay {}\n", to_text(asked.server.address),
                     asked.answered ? asked.header.stratum : 0, offset, seconds(summary.delay, 5));
}

std::string query_json(const Asked& asked) {
  const Summary summary = summarise(asked);
  std::string line = fmt::format(R"({{"server":{},"name":{},"port":{},"sent":{},"answers":{})",
                                 json_text(to_text(asked.server.address)), json_text(asked.name),
                                 asked.server.port, asked.sent, asked.kept);
  if (asked.kept > 0) {
    line += fmt::format(R"(,"stratum":{},"offset":{:.9f},"delay":{:.9f},"dispersion":{:.9f})",
                        asked.header.stratum, to_seconds(summary.offset), to_seconds(summary.delay),
                        to_seconds(summary.dispersion));
  }
  const Drop drop = examine(asked);
  if (drop != Drop::kept) line += fmt::format(R"(,"dropped":{})", json_text(in_words(drop)));
  return line + "}\n";
}

std::string debug_block(const Asked& asked) {
  const Header& h = asked.header;
  const Summary summary = summarise(asked);
  const int leap = asked.answered ? static_cast<int>(h.leap) : 0;
  return fmt::format(
             "server {}, port {}\n"
             "stratum {}, precision {}, leap {:02b}, trust {:03o}\n"
             "refid {}, delay {}, dispersion {}\n"
             "transmitted {}, in filter {}\n",
             to_text(asked.server.address), asked.server.port, asked.answered ? h.stratum : 0,
             h.precision_log2, leap, asked.untrusted ? 1 : 0, refid_text(h),
             seconds(from_short(h.root_delay), 5), seconds(from_short(h.root_dispersion), 5),
             asked.sent, asked.kept) +
         fmt::format(
             "reference time:    {}\n"
             "originate timestamp: {}\n"
             "transmit timestamp:  {}\n"
             "filter delay: {}\n"
             "filter offset:{}\n"
             "delay {}, dispersion {}\n"
             "offset {}\n\n",
             wire_line(h.reference), wire_line(h.origin), wire_line(h.transmit),
             filter_rows(asked, &Measured::delay, 5), filter_rows(asked, &Measured::offset, 6),
             seconds(summary.delay, 5), seconds(summary.dispersion, 5),
             signed_seconds(summary.offset));
}

std::string result_line(const Address& server, Nanos offset, bool stepped) {
  return fmt::format("{} time server {} offset {} sec", stepped ? "step" : "adjust",
                     to_text(server), signed_seconds(offset));
}

std::string result_json(const Address& server, Nanos offset, Nanos bound, bool stepped,
                        std::string_view why_not) {
  std::string line =
      fmt::format(R"({{"action":"{}","server":"{}","offset":{:.9f},"bound":{:.9f},"adjusted":{})",
                  stepped ? "step" : "adjust", to_text(server), to_seconds(offset),
                  to_seconds(bound), why_not.empty());
  if (!why_not.empty()) line += fmt::format(R"(,"reason":{})", json_text(why_not));
  return line + "}\n";
}

Speaker::Speaker(bool to_syslog, bool also_terminal, int pid)
    : terminal_{!to_syslog || also_terminal}, pid_{pid} {
  ::tzset();
  if (!to_syslog) return;
  syslog_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un log{};
  log.sun_family = AF_UNIX;
  std::strcpy(log.sun_path, "/dev/log");
  if (::connect(syslog_, reinterpret_cast<const sockaddr*>(&log), sizeof log) == 0) return;
  ::close(syslog_);
  syslog_ = -1;
  terminal_ = true;  // no log on this machine: say it where somebody may see it
}

Speaker::~Speaker() {
  if (syslog_ >= 0) ::close(syslog_);
}

void Speaker::say(Level level, std::string_view text) const {
  if (syslog_ >= 0) {
    constexpr int facility_daemon = 3 << 3;
    write_all(syslog_, fmt::format("<{}>ntpdate[{}]: {}", facility_daemon | static_cast<int>(level),
                                   pid_, text));
  }
  if (!terminal_) return;
  write_all(level == Level::error ? 2 : 1,
            fmt::format("{} ntpdate[{}]: {}\n", stamp(), pid_, text));
}

void Speaker::complain(std::string_view text) const { write_all(2, fmt::format("{}\n", text)); }
void Speaker::print(std::string_view text) const { write_all(1, text); }

}  // namespace ntp::ntpdate
