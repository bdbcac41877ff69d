// What ntpdate prints: classic ntpdate's lines to the letter, and JSON. Text only; the one
// that writes them is `Speaker`, which adds the stamp of a terminal line or the priority of
// a syslog line.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "ntpdate/choice.h"

namespace ntp::ntpdate {

// "+0.000123": always a sign, six decimals of a second.
[[nodiscard]] std::string signed_seconds(Nanos offset);

// -q: "server 192.0.2.1, stratum 2, offset +0.000123, delay 0.00123".
[[nodiscard]] std::string query_line(const Asked& asked);
[[nodiscard]] std::string query_json(const Asked& asked);

// -d: the block of a server, several lines.
[[nodiscard]] std::string debug_block(const Asked& asked);

// "adjust time server 192.0.2.1 offset +0.000123 sec"; `step time server` with `stepped`.
[[nodiscard]] std::string result_line(const Address& server, Nanos offset, bool stepped);
// `why_not`: why the clock was not moved; empty when it was.
[[nodiscard]] std::string result_json(const Address& server, Nanos offset, Nanos bound,
                                      bool stepped, std::string_view why_not);

enum class Level : std::uint8_t { error = 3, notice = 5, info = 6, debug = 7 };  // syslog's numbers

// Where the lines go. Opens the system log's socket at construction when it is asked to; the
// local time zone is read then, too, so that nothing is opened later.
class Speaker {
 public:
  Speaker(bool to_syslog, bool also_terminal, int pid);
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;
  ~Speaker();

  // "23 Nov 07:30:00 ntpdate[123]: TEXT": errors to standard error, all else to standard output.
  void say(Level level, std::string_view text) const;
  // Without a stamp, to standard error, never to the system log.
  void complain(std::string_view text) const;
  // Without a stamp, to standard output: tables and JSON.
  void print(std::string_view text) const;

 private:
  int syslog_ = -1;
  bool terminal_ = true;
  int pid_ = 0;
};

}  // namespace ntp::ntpdate
