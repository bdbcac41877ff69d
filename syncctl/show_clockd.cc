// What clockd does with the clock, and what it refused to do: read from its status page, which it
// hands to whoever asks on its socket. ntpd-net has no part in it.
#include <fmt/format.h>

#include "common/board/clock_socket.h"
#include "common/board/refusal.h"
#include "common/board/status_board.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

Result<StatusRecord> read_status(const std::string& run_directory) {
  auto socket = NTP_TRY(ClockSocket::connect(clock_socket_path(run_directory)));
  auto page = NTP_TRY(socket.observe());
  const auto reader = NTP_TRY(StatusReader::adopt(std::move(page)));
  const auto status = reader.latest();
  if (!status) return failure("clockd shows nothing");
  return *status;
}

std::string_view word_of(ClockState state) {
  switch (state) {
    case ClockState::free_running: return "Free running";
    case ClockState::synchronised: return "Synchronised";
    case ClockState::holdover: return "Holdover";
    case ClockState::refused: return "Refused";
  }
  return "Invalid";
}

}  // namespace

Done show_clock(Session& session, Words) {
  if (!session.settings.may_ask_clockd)
    return complaint("clockd is asked on its own machine only: leave -h out");
  const auto status = read_status(session.settings.run_directory);
  if (!status) return complaint(status.error().message);
  std::string pattern =
      "State             : {}\n"
      "Dry run           : {}\n"
      "Leap status       : {}\n"
      "Error             : {} seconds\n"
      "Error bound       : {} seconds\n"
      "Base rate         : {} ppm\n"
      "Learnt rate       : {} ppm\n"
      "Steps             : {}\n"
      "Last step         : {} seconds\n"
      "Correction allowed: {} seconds\n"
      "Estimates obeyed  : {}\n";
  Row row{word_cell("state", word_of(status->state)),
          yes_no_cell("dry_run", status->dry_run),
          leap_cell("leap", static_cast<std::uint8_t>(status->leap)),
          real_cell("error", to_seconds(status->error), 9, Sign::always),
          real_cell("error_bound", to_seconds(status->bound), 9),
          real_cell("base_rate", status->base_rate.ppm(), 6, Sign::always),
          real_cell("learnt_rate", status->learnt_rate.ppm(), 6, Sign::always),
          count_cell("steps", static_cast<std::int64_t>(status->steps)),
          real_cell("last_step", to_seconds(status->last_step), 9, Sign::always),
          real_cell("correction_allowed", to_seconds(status->budget_left), 6),
          count_cell("obeyed", static_cast<std::int64_t>(status->accepted))};
  for (int i = 0; i < refusals; ++i) {
    const std::string_view reason = name(Refusal{static_cast<std::uint8_t>(i)});
    pattern += fmt::format("Refused, {:<9}: {{}}\n", reason);
    const auto count = static_cast<std::int64_t>(status->refusals[static_cast<std::size_t>(i)]);
    row.push_back(count_cell(reason.data(), count));
  }
  show(session, {.name = "clock", .pattern = pattern, .rows = {std::move(row)}, .is_table = false});
  return {};
}

}  // namespace ntp::syncctl
