// --check: a configuration in plain sentences.
#include <fmt/format.h>

#include <algorithm>

#include "common/conf/authselect.h"
#include "common/conf/grammar.h"
#include "common/conf/source_lines.h"

namespace ntp {

namespace {

// "2 servers and 1 pool".
std::string count_sources(const Settings& settings) {
  std::string text;
  for (const auto kind : {SourceKind::server, SourceKind::pool, SourceKind::peer}) {
    const auto count = std::ranges::count(settings.sources, kind, &SourceSettings::kind);
    if (count == 0) continue;
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", count, to_text(kind),
                        count == 1 ? "" : "s");
  }
  if (const auto count = settings.refclocks.size(); count != 0) {
    text += fmt::format("{}{} reference clock{}", text.empty() ? "" : ", ", count,
                        count == 1 ? "" : "s");
  }
  return text;
}

// What a source's options come to, behind a comma each.
std::string explain_options(const SourceSettings& source, const SelectionOptions& selection) {
  std::string text;
  if (source.iburst) text += ", burst at start";
  if (source.key != 0) text += fmt::format(", with key {}", source.key);
  if (source.nts) text += ", with NTS";
  if (selection.prefer) text += ", preferred";
  if (selection.noselect) text += ", measured but never followed";
  if (source.offline) text += ", not asked until `online`";
  if (source.from_sourcedir) text += ", from a source directory";
  return text;
}

std::string explain_sources(const Settings& settings) {
  const auto sources = count_sources(settings);
  if (sources.empty())
    return "Takes time from nobody: no server, pool, peer or refclock is given.\n";
  auto text = fmt::format("Takes time from {}.\n", sources);
  const AuthSelection selection = authselection(settings);
  for (const auto& source : settings.sources) {
    text += fmt::format("  {} {} port {}, every 2^{} to 2^{} s{}\n", to_text(source.kind),
                        source.name, source.port, source.minpoll, source.maxpoll,
                        explain_options(source, selection.of(source)));
  }
  return text;
}

std::string explain_clock(const ClockSettings& clock) {
  std::string text;
  if (!clock.makestep) {
    text += "Never steps the clock, only slews it.\n";
  } else if (clock.makestep->updates < 0) {
    text += fmt::format("Steps the clock whenever it is more than {} s off.\n",
                        to_seconds(clock.makestep->threshold));
  } else {
    text += fmt::format(
        "Steps the clock when it is more than {} s off, in the first {} updates only.\n",
        to_seconds(clock.makestep->threshold), clock.makestep->updates);
  }
  if (clock.maxchange) {
    text += fmt::format("Refuses a change of more than {} s after {} updates.\n",
                        to_seconds(clock.maxchange->offset), clock.maxchange->start);
  }
  if (!clock.leapsectz.empty())
    text += fmt::format("Takes leap seconds from the time zone {}.\n", clock.leapsectz);
  if (!clock.leapseclist.empty())
    text += fmt::format("Takes leap seconds from {}.\n", clock.leapseclist);
  text += clock.rtcsync ? "Lets the kernel keep the real-time clock.\n"
                        : "Leaves the real-time clock to rtcd.\n";
  return text;
}

std::string explain_rule(const AccessRule& rule) {
  return fmt::format("  {}{} {}\n", rule.allow ? "allowed" : "denied", rule.all ? " all of" : "",
                     rule.host.empty() ? to_text(rule.subnet) : rule.host);
}

std::string explain_server(const ServerSettings& server) {
  const bool serves = server.port != 0 && std::ranges::any_of(server.access, &AccessRule::allow);
  if (!serves) return "Serves nobody.\n";
  auto text = fmt::format("Serves time at UDP port {}:\n", server.port);
  for (const auto& rule : server.access) text += explain_rule(rule);
  if (server.local.enabled) {
    text +=
        fmt::format("Without a source serves its own clock as stratum {}.\n", server.local.stratum);
  }
  return text;
}

std::string explain_control(const Settings& settings) {
  const auto socket = control_socket_path(settings);
  std::string text =
      socket.empty() ? "Has no control socket.\n" : fmt::format("Answers syncctl at {}.\n", socket);
  for (const auto& address : command_addresses(settings)) {
    text += fmt::format("Answers questions at {}.\n",
                        to_text(Endpoint{address, settings.control.port}));
  }
  return text;
}

}  // namespace

std::string explain(const Configuration& configuration) {
  const auto& settings = configuration.settings;
  auto text = explain_sources(settings) + explain_clock(settings.clock) +
              explain_server(settings.server) + explain_control(settings);
  for (const auto& note : configuration.notes) text += fmt::format("Note: {}\n", note);
  for (const auto& warning : configuration.warnings) text += fmt::format("Warning: {}\n", warning);
  return text;
}

}  // namespace ntp
