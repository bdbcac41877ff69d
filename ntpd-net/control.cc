// See control.h.
#include "ntpd-net/control.h"

#include "common/os/random.h"
#include "ntpd-net/command.h"
#include "ntpd-net/manual_input.h"
#include "ntpd-net/reload.h"
#include "ntpd-net/report.h"
#include "ntpd-net/served_time.h"

namespace ntp {
namespace {

using control::Command;
using control::Request;
using control::Status;

constexpr int most_commands_a_wake = 16;  // a flood of commands must not starve the sources

bool may_knock(const Daemon& daemon, const ControlDatagram& datagram) {
  return datagram.is_unix || datagram.from.is_loopback() ||
         (daemon.command_access && is_allowed(*daemon.command_access, datagram.from));
}

// cmdratelimit: this machine is counted and never limited.
bool is_over_limit(Daemon& daemon, const ControlDatagram& datagram) {
  if (datagram.is_unix) return false;
  return !daemon.command_clients.take(datagram.from, daemon.clocks.raw_now(),
                                      datagram.from.is_loopback());
}

void count_refusal(control::Refusals& refused, const control::Refused& reason) {
  if (reason.silent) ++refused.malformed_command;
  else if (reason.status == Status::bad_version) ++refused.old_command;
  else if (reason.status == Status::bad_length) ++refused.short_command;
  else if (reason.status == Status::unauthorised) ++refused.closed_command;
  else ++refused.unknown_command;
}

template <typename Body>
Octets reply(const Request& request, const std::optional<Body>& body, Status otherwise,
             WritableOctets out) {
  return body ? control::write_reply(request, *body, out)
              : control::write_status(request, otherwise, out);
}

std::uint32_t index_in(const Request& request) {
  const auto* index = std::get_if<control::Index>(&request.body);
  return index == nullptr ? 0xffffffff : index->index;
}

control::SourceAddress address_in(const Request& request) {
  const auto* address = std::get_if<control::OneAddress>(&request.body);
  return address == nullptr ? control::SourceAddress{} : address->address;
}

Octets count_sources(Daemon& daemon, const Request& request, WritableOctets out) {
  const auto rows = static_cast<std::uint32_t>(report_rows(daemon).size());
  return control::write_reply(request, control::SourceCount{rows}, out);
}

Octets list_clients(Daemon& daemon, const Request& request, WritableOctets out) {
  const auto* body = std::get_if<control::ClientsRequest>(&request.body);
  return reply(request, body ? report_clients(daemon, *body) : std::nullopt, Status::inactive, out);
}

Octets take_time(Daemon& daemon, const Request& request, WritableOctets out) {
  const auto* body = std::get_if<control::SetTime>(&request.body);
  return reply(request, body ? set_time(daemon, *body) : std::nullopt, Status::not_enabled, out);
}

}  // namespace

Octets answer(Daemon& daemon, const Request& request, WritableOctets out) {
  const auto none = Status::no_such_source;
  switch (request.command) {
    case Command::source_count: return count_sources(daemon, request, out);
    case Command::source_data:
      return reply(request, report_source(daemon, index_in(request)), none, out);
    case Command::source_stats:
      return reply(request, report_statistics(daemon, index_in(request)), none, out);
    case Command::select_data:
      return reply(request, report_selection(daemon, index_in(request)), none, out);
    case Command::ntp_data:
      return reply(request, report_ntp_data(daemon, address_in(request)), none, out);
    case Command::auth_data:
      return reply(request, report_authentication(daemon, address_in(request)), none, out);
    case Command::source_name:
      return reply(request, report_name(daemon, address_in(request)), none, out);
    case Command::tracking: return control::write_reply(request, report_tracking(daemon), out);
    case Command::rtc_report:
      return reply(request, report_hardware_clock(daemon), Status::no_rtc, out);
    case Command::activity: return control::write_reply(request, report_activity(daemon), out);
    case Command::server_stats: return control::write_reply(request, report_server(daemon), out);
    case Command::server_drops: return control::write_reply(request, report_drops(daemon), out);
    case Command::refusals: return control::write_reply(request, daemon.refused, out);
    case Command::clients: return list_clients(daemon, request, out);
    case Command::smoothing:
      return reply(request, report_smoothing(daemon), Status::not_enabled, out);
    case Command::manual_list:
      return reply(request, report_manual(daemon), Status::not_enabled, out);
    case Command::settime: return take_time(daemon, request, out);
    case Command::reload: return read_on(daemon, request, out);
    default: return control::write_status(request, obey(daemon, request), out);
  }
}

void answer_commands(Daemon& daemon, int door) {
  ControlSocket& socket = daemon.passage.control[static_cast<std::size_t>(door)];
  std::array<std::byte, 1024> in;
  std::array<std::byte, 1024> out;
  for (int i = 0; i < most_commands_a_wake; ++i) {
    const auto datagram = socket.receive(in);
    if (!datagram) return;
    if (!may_knock(daemon, *datagram)) {
      ++daemon.refused.denied_command;
      continue;
    }
    if (is_over_limit(daemon, *datagram)) {
      ++daemon.refused.limited_command;
      continue;
    }
    ++daemon.command_hits;
    const auto request = control::parse_request(
        datagram->octets, {.is_unix = datagram->is_unix, .open = &daemon.open_commands});
    if (request && begin_reload(daemon, *request, door, datagram->back)) continue;
    if (request) socket.reply(datagram->back, answer(daemon, *request, out));
    else count_refusal(daemon.refused, request.error());
    if (!request && !request.error().silent)
      socket.reply(datagram->back, control::write_refusal(request.error(), out));
  }
}

}  // namespace ntp
