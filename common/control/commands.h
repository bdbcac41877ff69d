// The commands of the monitoring protocol and the one table that says of each: its number, its
// body, what it answers, how long a request must be, and who may ask. Lengths are those on the
// wire, header included, so that no reply is longer than its request.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/control/replies.h"

namespace ntp::control {

enum class Command : std::uint16_t {
  online = 1,
  offline = 2,
  burst = 3,
  minpoll = 4,
  maxpoll = 5,
  dump = 6,
  maxdelay = 7,
  maxdelayratio = 8,
  maxupdateskew = 9,
  settime = 11,
  manual = 13,
  source_count = 14,
  source_data = 15,
  rekey = 16,
  allow = 17,
  allow_all = 18,
  deny = 19,
  deny_all = 20,
  command_allow = 21,
  command_allow_all = 22,
  command_deny = 23,
  command_deny_all = 24,
  access_check = 25,
  command_access_check = 26,
  delete_source = 29,
  write_rtc = 30,
  dfreq = 31,
  tracking = 33,
  source_stats = 34,
  rtc_report = 35,
  trim_rtc = 36,
  cycle_logs = 37,
  manual_list = 41,
  manual_delete = 42,
  makestep = 43,
  activity = 44,
  minstratum = 45,
  polltarget = 46,
  maxdelaydevratio = 47,
  reselect = 48,
  reselect_distance = 49,
  makestep_policy = 50,
  smoothing = 51,
  smooth_time = 52,
  refresh = 53,
  server_stats = 54,
  local2 = 56,
  ntp_data = 57,
  shutdown = 62,
  onoffline = 63,
  add_source = 64,
  source_name = 65,
  reset_sources = 66,
  auth_data = 67,
  clients = 68,
  select_data = 69,
  reload_sources = 70,
  doffset = 71,
  select_options = 72,
  source_offset = 73,
  local3 = 74,
  // Ours, far from chrony's numbers; only through the Unix socket.
  reload = 0x4d01,
  server_drops = 0x4d02,
  refusals = 0x4d03,
};
inline constexpr std::uint16_t command_limit = 75;  // of what may be open over UDP

enum class Status : std::uint16_t {
  success = 0,
  failed = 1,
  unauthorised = 2,
  invalid = 3,
  no_such_source = 4,
  invalid_stamp = 5,
  not_enabled = 6,
  bad_subnet = 7,
  access_allowed = 8,
  access_denied = 9,
  no_host_access = 10,
  source_already_known = 11,
  too_many_sources = 12,
  no_rtc = 13,
  bad_rtc_file = 14,
  inactive = 15,
  bad_sample = 16,
  invalid_family = 17,
  bad_version = 18,
  bad_length = 19,
  invalid_name = 21
};

enum class ReplyType : std::uint16_t {
  null = 1,
  source_count = 2,
  source_data = 3,
  tracking = 5,
  source_stats = 6,
  rtc = 7,
  activity = 12,
  smoothing = 13,
  server_stats1 = 14,
  ntp_data1 = 16,
  manual_timestamp = 17,
  manual_list = 18,
  source_name = 19,
  auth_data = 20,
  clients = 21,
  server_stats2 = 22,
  select_data = 23,
  server_stats3 = 24,
  server_stats4 = 25,
  ntp_data2 = 26,
  reload = 0x4d01,  // ours, as the next
  server_drops = 0x4d02,
  refusals = 0x4d03,
};

inline constexpr std::uint8_t protocol_version = 6;
inline constexpr std::uint16_t control_port = 323;
inline constexpr std::size_t request_header_size = 20;
inline constexpr std::size_t reply_header_size = 28;
inline constexpr std::size_t shortest_request = 28;  // an error reply must fit
inline constexpr std::size_t longest_request = 860;  // longer ones are dropped
inline constexpr std::size_t longest_reply = 520;

// Who knocks: the Unix socket may ask everything, UDP only what is open.
using OpenCommands = std::bitset<command_limit>;
[[nodiscard]] const OpenCommands& default_open_commands();
// Adds what a word of the `opencommands` directive names; false when it names nothing.
[[nodiscard]] bool open_by_word(OpenCommands& open, std::string_view word);
[[nodiscard]] bool is_open(const OpenCommands& open, Command command);

struct CommandRow {
  Command command;
  std::size_t request_size;       // shortest request taken, header included
  std::size_t full_request_size;  // what our client sends: room for the newest reply
  RequestBody (*decode)(Cursor&);
};
// In order of number.
[[nodiscard]] std::span<const CommandRow> command_rows();
// Null for numbers that mean nothing.
[[nodiscard]] const CommandRow* find_command(std::uint16_t number);

}  // namespace ntp::control
