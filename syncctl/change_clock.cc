// Changes that concern this machine's clock and how it is served: makestep, settime, manual,
// local, smoothtime. What moves the clock goes to clockd when clockd is there.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/base/text.h"
#include "common/os/system_clocks.h"
#include "syncctl/change.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

using control::Command;

std::unexpected<Problem> bad_syntax(std::string_view command) {
  return complaint(fmt::format("Invalid syntax for {} command", command));
}

std::string joined(Words words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

// local stratum N, distance S, orphan, activate S, waitsynced S, waitunsynced S.
Fetched<control::Local3> local_from(Words words) {
  constexpr double orphan_patience = 300;  // s, unless waitunsynced says otherwise
  control::Local3 local{.on = 1, .stratum = 10, .distance = Seconds{1.0}};
  bool patience_given = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "orphan") {
      local.orphan = 1;
      continue;
    }
    if (i + 1 == words.size()) return bad_syntax("local");
    const std::string_view option = words[i];
    const std::string_view value = words[++i];
    const auto number = parse_real(value);
    if (!number) return bad_syntax("local");
    if (option == "stratum") {
      local.stratum = parse_integer<std::int32_t>(value).value_or(0);
      if (local.stratum < 1 || local.stratum > 15) return bad_syntax("local");
    } else if (option == "distance") {
      local.distance = Seconds{*number};
    } else if (option == "activate") {
      local.activate = Seconds{*number};
    } else if (option == "waitsynced") {
      local.wait_synced = Seconds{*number};
    } else if (option == "waitunsynced") {
      local.wait_unsynced = Seconds{*number};
      patience_given = true;
    } else {
      return bad_syntax("local");
    }
  }
  if (local.orphan != 0 && !patience_given) local.wait_unsynced = Seconds{orphan_patience};
  return local;
}

}  // namespace

Done make_step(Session& session, Words words) {
  if (words.empty()) {
    const auto told = tell_clockd(session, {.operation = ClockOperation::make_step});
    return told ? *told : change(session, Command::makestep);
  }
  const auto threshold = parse_real(words[0]);
  const auto limit =
      words.size() < 2 ? std::optional<std::int32_t>{} : parse_integer<std::int32_t>(words[1]);
  if (!threshold || !limit) return complaint("Bad syntax for makestep command");
  const auto told = tell_clockd(session, {.operation = ClockOperation::change_step_gate,
                                          .first = to_nanos(*threshold).count(),
                                          .second = *limit});
  if (told) return *told;
  return change(session, Command::makestep_policy,
                control::MakestepPolicy{*limit, Seconds{*threshold}});
}

Done change_maxupdateskew(Session& session, Words words) {
  const auto skew = words.empty() ? std::nullopt : parse_real(words[0]);
  if (!skew) return bad_syntax("maxupdateskew");
  return change(session, Command::maxupdateskew, control::RateValue{ppm(*skew)});
}

// chrony's sense: what is to be taken away from the clock. clockd's: what is to be added.
Done nudge_frequency(Session& session, Words words) {
  const auto rate = words.empty() ? std::nullopt : parse_real(words[0]);
  if (!rate) return complaint("Invalid value");
  constexpr double parts = 1e9;  // of 1e-15 in one ppm
  const auto told = tell_clockd(
      session, {.operation = ClockOperation::adjust_rate, .first = std::llround(-*rate * parts)});
  return told ? *told : change(session, Command::dfreq, control::RateValue{ppm(*rate)});
}

Done nudge_offset(Session& session, Words words) {
  const auto offset = words.empty() ? std::nullopt : parse_real(words[0]);
  if (!offset) return complaint("Invalid value");
  const auto told = tell_clockd(
      session, {.operation = ClockOperation::adjust_offset, .first = to_nanos(-*offset).count()});
  return told ? *told : change(session, Command::doffset, control::DurationValue{Seconds{*offset}});
}

Done set_time(Session& session, Words words) {
  const UtcTime now{SystemClocks{}.read().system.since_zero};
  const auto time = parse_date(joined(words), now);
  if (!time) return std::unexpected{Problem{510, "- Could not parse date string"}};
  const auto reply =
      NTP_TRY(fetch<control::ManualTimestamp>(session, Command::settime, control::SetTime{*time}));
  if (session.settings.form == Form::json) {
    show(session, {.name = "settime",
                   .rows = {{real_cell("offset", reply.offset.count(), 9),
                             real_cell("frequency_change", wire_ppm(reply.frequency_change), 3),
                             real_cell("frequency", wire_ppm(reply.frequency), 3)}},
                   .is_table = false});
    return {};
  }
  show_status(session, 200, "OK");
  session.output.print(fmt::format(
      "Clock was {:.2f} seconds fast.  Frequency change = {:.2f}ppm, new frequency = {:.2f}ppm\n",
      reply.offset.count(), wire_ppm(reply.frequency_change), wire_ppm(reply.frequency)));
  return {};
}

Done change_manual(Session& session, Words words) {
  constexpr std::array<std::string_view, 3> options{"off", "on", "reset"};
  if (words.empty()) return bad_syntax("manual");
  if (words[0] == "list") return show_manual_list(session, words);
  if (words[0] == "delete") {
    const auto index =
        words.size() < 2 ? std::optional<std::uint32_t>{} : parse_integer<std::uint32_t>(words[1]);
    if (!index) return complaint("Bad syntax for manual delete command");
    return change(session, Command::manual_delete, control::Index{*index});
  }
  const auto known = std::ranges::find(options, words[0]);
  if (known == options.end()) return bad_syntax("manual");
  return change(session, Command::manual,
                control::Option{static_cast<std::int32_t>(known - options.begin())});
}

// Daemons before 4.6 know only the shorter form.
Done change_local(Session& session, Words words) {
  control::Local3 local{};
  if (words.size() != 1 || words[0] != "off") local = NTP_TRY(local_from(words));
  auto answer = session.client.ask(Command::local3, local);
  if (answer && answer->status == control::Status::invalid) {
    answer = session.client.ask(
        Command::local2, control::Local2{local.on, local.stratum, local.distance, local.orphan});
  }
  return report_change(session, std::move(answer));
}

Done change_smooth_time(Session& session, Words words) {
  constexpr std::array<std::string_view, 2> options{"reset", "activate"};
  const auto known = words.empty() ? options.end() : std::ranges::find(options, words[0]);
  if (known == options.end()) return bad_syntax("smoothtime");
  return change(session, Command::smooth_time,
                control::Option{static_cast<std::int32_t>(known - options.begin())});
}

}  // namespace ntp::syncctl
