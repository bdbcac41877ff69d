// Everything that a program here refused to believe since it started, in one table: clockd's
// estimates from its status page, the hardware clock's time from rtcd, answers, requests, commands
// and the drift file from ntpd-net. A program that does not run has no rows.
#include "common/board/clock_socket.h"
#include "common/board/refusal.h"
#include "common/board/rtc_socket.h"
#include "common/board/status_board.h"
#include "syncctl/drops.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

using control::Command;
using control::Refusals;

constexpr Nanos patience = 2s;

struct Table {
  bool has_zeros = false;
  std::vector<Row> rows{};

  void add(std::string_view program, std::string_view what, std::string_view reason,
           std::uint64_t count) {
    if (count == 0 && !has_zeros) return;
    rows.push_back({word_cell("program", program, 9), word_cell("what", what, 10),
                    word_cell("reason", reason, 16),
                    count_cell("count", static_cast<std::int64_t>(count), 10)});
  }
};

struct Reason {
  std::string_view what;
  std::string_view name;
  std::uint64_t Refusals::*member;
};
constexpr std::array reasons{Reason{"answer", "malformed", &Refusals::malformed},
                             Reason{"answer", "wrong_mode", &Refusals::wrong_mode},
                             Reason{"answer", "unasked", &Refusals::unasked},
                             Reason{"answer", "duplicate", &Refusals::duplicate},
                             Reason{"answer", "bogus", &Refusals::bogus},
                             Reason{"answer", "missing_time", &Refusals::missing_time},
                             Reason{"answer", "unauthentic", &Refusals::unauthentic},
                             Reason{"answer", "told_to_slow", &Refusals::told_to_slow},
                             Reason{"answer", "told_to_stop", &Refusals::told_to_stop},
                             Reason{"answer", "other_kiss", &Refusals::other_kiss},
                             Reason{"answer", "unsynchronised", &Refusals::unsynchronised},
                             Reason{"answer", "distant_root", &Refusals::distant_root},
                             Reason{"answer", "impossible_time", &Refusals::impossible_time},
                             Reason{"answer", "implausible", &Refusals::implausible},
                             Reason{"command", "denied", &Refusals::denied_command},
                             Reason{"command", "rate_limited", &Refusals::limited_command},
                             Reason{"command", "malformed", &Refusals::malformed_command},
                             Reason{"command", "other_version", &Refusals::old_command},
                             Reason{"command", "unknown", &Refusals::unknown_command},
                             Reason{"command", "short", &Refusals::short_command},
                             Reason{"command", "not_open", &Refusals::closed_command},
                             Reason{"driftfile", "no_numbers", &Refusals::drift_file}};

void add_clockd(Table& table, const std::string& run_directory) {
  auto socket = ClockSocket::connect(clock_socket_path(run_directory));
  if (!socket) return;
  auto page = socket->observe();
  if (!page) return;
  const auto reader = StatusReader::adopt(*std::move(page));
  const auto status = reader ? reader->latest() : std::nullopt;
  if (!status) return;
  for (int i = 0; i < refusals; ++i) {
    table.add("clockd", "estimate", name(Refusal{static_cast<std::uint8_t>(i)}),
              status->refusals[static_cast<std::size_t>(i)]);
  }
}

void add_rtcd(Table& table, const std::string& run_directory) {
  auto socket = RtcSocket::ask(rtc_socket_path(run_directory), RtcOperation::observe);
  if (!socket) return;
  const auto reply = socket->wait(patience);
  if (!reply) return;
  table.add("rtcd", "RTC", "low_battery", reply->refused.low_battery);
  table.add("rtcd", "RTC", "too_old", reply->refused.too_old);
  table.add("rtcd", "RTC", "before_saved", reply->refused.before_saved);
  table.add("rtcd", "RTC", "too_far_ahead", reply->refused.too_far);
}

}  // namespace

Done show_refusals(Session& session, Words words) {
  Table table{.has_zeros = has_word(words, "-a")};
  const auto refused = NTP_TRY(fetch<Refusals>(session, Command::refusals));
  for (const Reason& reason : reasons)
    table.add("ntpd-net", reason.what, reason.name, refused.*reason.member);
  const auto drops = NTP_TRY(fetch<control::ServerDrops>(session, Command::server_drops));
  for (const DropReason& reason : drop_reasons)
    table.add("ntpd-net", "request", reason.key, drops.*reason.member);
  if (session.settings.may_ask_clockd) {
    add_clockd(table, session.settings.run_directory);
    add_rtcd(table, session.settings.run_directory);
  }
  show(session, {.name = "refusals",
                 .title = "Program   What       Reason                Count",
                 .pattern = "{} {} {} {}\n",
                 .rows = std::move(table.rows)});
  return {};
}

}  // namespace ntp::syncctl
