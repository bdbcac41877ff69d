// The command table and the words of `opencommands`. Data, and two searches.
#include "common/control/commands.h"

#include <algorithm>
#include <array>

namespace ntp::control {

namespace {

constexpr std::size_t oldest_server_stats = 48;  // replies of 3.x
constexpr std::size_t oldest_ntp_data = 152;     // replies of 3.0 to 4.5

template <typename Body>
RequestBody decode_as(Cursor& in) {
  return decode<Body>(in);
}

template <typename Body, typename Answer>
constexpr CommandRow row(Command command, std::size_t shortest = 0) {
  const std::size_t size =
      std::max({request_header_size + wire_size<Body>, reply_header_size + wire_size<Answer>});
  return {command, shortest != 0 ? shortest : size, size, decode_as<Body>};
}

using enum Command;
constexpr std::array rows{
    row<AddressRange, Empty>(online),
    row<AddressRange, Empty>(offline),
    row<Burst, Empty>(burst),
    row<SourceNumber, Empty>(minpoll),
    row<SourceNumber, Empty>(maxpoll),
    row<Dump, Empty>(dump),
    row<SourceReal, Empty>(maxdelay),
    row<SourceReal, Empty>(maxdelayratio),
    row<RateValue, Empty>(maxupdateskew),
    row<SetTime, ManualTimestamp>(settime),
    row<Option, Empty>(manual),
    row<Empty, SourceCount>(source_count),
    row<Index, SourceData>(source_data),
    row<Empty, Empty>(rekey),
    row<AccessSubnet, Empty>(allow),
    row<AccessSubnet, Empty>(allow_all),
    row<AccessSubnet, Empty>(deny),
    row<AccessSubnet, Empty>(deny_all),
    row<AccessSubnet, Empty>(command_allow),
    row<AccessSubnet, Empty>(command_allow_all),
    row<AccessSubnet, Empty>(command_deny),
    row<AccessSubnet, Empty>(command_deny_all),
    row<OneAddress, Empty>(access_check),
    row<OneAddress, Empty>(command_access_check),
    row<OneAddress, Empty>(delete_source),
    row<Empty, Empty>(write_rtc),
    row<RateValue, Empty>(dfreq),
    row<Empty, Tracking>(tracking),
    row<Index, SourceStats>(source_stats),
    row<Empty, RtcReport>(rtc_report),
    row<Empty, Empty>(trim_rtc),
    row<Empty, Empty>(cycle_logs),
    row<Empty, ManualList>(manual_list),
    row<Index, Empty>(manual_delete),
    row<Empty, Empty>(makestep),
    row<Empty, Activity>(activity),
    row<SourceNumber, Empty>(minstratum),
    row<SourceNumber, Empty>(polltarget),
    row<SourceReal, Empty>(maxdelaydevratio),
    row<Empty, Empty>(reselect),
    row<DurationValue, Empty>(reselect_distance),
    row<MakestepPolicy, Empty>(makestep_policy),
    row<Empty, Smoothing>(smoothing),
    row<Option, Empty>(smooth_time),
    row<Empty, Empty>(refresh),
    row<Empty, ServerStats>(server_stats, oldest_server_stats),
    row<Local2, Empty>(local2),
    row<OneAddress, NtpData>(ntp_data, oldest_ntp_data),
    row<Empty, Empty>(shutdown),
    row<Empty, Empty>(onoffline),
    row<AddSource, Empty>(add_source),
    row<OneAddress, SourceName>(source_name),
    row<Empty, Empty>(reset_sources),
    row<OneAddress, AuthData>(auth_data),
    row<ClientsRequest, Clients>(clients),
    row<Index, SelectData>(select_data),
    row<Empty, Empty>(reload_sources),
    row<DurationValue, Empty>(doffset),
    row<SelectOptions, Empty>(select_options),
    row<SourceOffset, Empty>(source_offset),
    row<Local3, Empty>(local3),
    row<ReloadRequest, ReloadReport>(reload),
    row<Empty, ServerDrops>(server_drops),
    row<Empty, Refusals>(refusals),
};
static_assert(std::ranges::is_sorted(rows, {}, &CommandRow::command));

struct OpenWord {
  std::string_view word;
  Command command;
  bool needs_count;  // its rows are walked by index
  bool by_default;
};
constexpr std::array open_words{
    OpenWord{"activity", activity, false, true},
    OpenWord{"authdata", auth_data, true, false},
    OpenWord{"clients", clients, false, false},
    OpenWord{"manual", manual_list, false, true},
    OpenWord{"manual_list", manual_list, false, false},
    OpenWord{"ntpdata", ntp_data, false, false},
    OpenWord{"rtcdata", rtc_report, false, true},
    OpenWord{"selectdata", select_data, true, false},
    OpenWord{"serverstats", server_stats, false, false},
    OpenWord{"smoothing", smoothing, false, true},
    OpenWord{"sourcename", source_name, false, true},
    OpenWord{"sources", source_data, true, true},
    OpenWord{"sourcestats", source_stats, true, true},
    OpenWord{"tracking", tracking, false, true},
};

void open(OpenCommands& set, const OpenWord& word) {
  set.set(static_cast<std::size_t>(word.command));
  if (word.needs_count) set.set(static_cast<std::size_t>(source_count));
}

}  // namespace

std::span<const CommandRow> command_rows() { return rows; }

const CommandRow* find_command(std::uint16_t number) {
  const auto found = std::ranges::lower_bound(rows, Command{number}, {}, &CommandRow::command);
  return found != rows.end() && found->command == Command{number} ? &*found : nullptr;
}

const OpenCommands& default_open_commands() {
  static const OpenCommands set = [] {
    OpenCommands open_set;
    for (const OpenWord& word : open_words) {
      if (word.by_default) open(open_set, word);
    }
    return open_set;
  }();
  return set;
}

bool open_by_word(OpenCommands& set, std::string_view text) {
  const auto found = std::ranges::find(open_words, text, &OpenWord::word);
  if (found == open_words.end()) return false;
  open(set, *found);
  return true;
}

bool is_open(const OpenCommands& set, Command command) {
  const auto number = static_cast<std::size_t>(command);
  return number < set.size() && set.test(number);
}

}  // namespace ntp::control
