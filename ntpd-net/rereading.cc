// See rereading.h.
#include "ntpd-net/rereading.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/log.h"
#include "common/conf/difference.h"
#include "common/wire/key_file.h"

namespace ntp {
namespace {

using control::ReloadAction;
using control::ReloadVerdict;

constexpr std::size_t most_text = 16'000;  // octets of changes that are told

// As if the last line said so: the roles get the lines.
void override_directory(Configuration& configuration, const char* name, const std::string& value,
                        std::string& setting) {
  if (value.empty()) return;
  setting = value;
  configuration.lines.push_back(
      {.file = "arguments", .number = 1, .text = std::string{name} + " " + value});
}

bool holds(const std::vector<LineChange>& changes, std::initializer_list<Reach> any) {
  return std::ranges::any_of(changes, [&](const LineChange& change) {
    return std::ranges::find(any, change.reach) != any.end();
  });
}

std::uint32_t programs_of(const std::vector<LineChange>& changes) {
  namespace program = control::reload_program;
  return (holds(changes, {Reach::clock, Reach::both, Reach::everyone}) ? program::clockd : 0) |
         (holds(changes, {Reach::rtc, Reach::everyone}) ? program::rtcd : 0) |
         (holds(changes, {Reach::refclock, Reach::everyone}) ? program::refclockd : 0);
}

std::string names_of(std::uint32_t programs) {
  namespace program = control::reload_program;
  std::string names;
  const auto add = [&](std::uint32_t bit, const char* name) {
    if ((programs & bit) != 0) names.append(names.empty() ? "" : " ").append(name);
  };
  add(program::clockd, "clockd");
  add(program::rtcd, "rtcd");
  add(program::refclockd, "refclockd");
  return names;
}

bool serves(const Settings& settings) {
  return settings.server.port != 0 &&
         std::ranges::any_of(settings.server.access, &AccessRule::allow);
}

// The server's sockets are opened while that is still allowed.
bool begins_to_serve(const Settings& before, const Settings& after) {
  return serves(after) && !serves(before);
}

ReloadVerdict judge(const Rereading& reading, const std::vector<LineChange>& changes,
                    const ReloadWish& wish, bool needs_start) {
  if (changes.empty() && !reading.keys_changed) return ReloadVerdict::same;
  if (needs_start ||
      holds(changes, {Reach::restart, Reach::refclock, Reach::both, Reach::everyone}))
    return ReloadVerdict::restart;
  if (wish.action == ReloadAction::look) return ReloadVerdict::ready;
  if (wish.digest != 0 && wish.digest != reading.digest) return ReloadVerdict::moved;
  if ((reading.programs & ~wish.programs) != 0) return ReloadVerdict::others;
  return ReloadVerdict::applied;
}

std::string verdict_line(ReloadVerdict verdict, std::uint32_t programs) {
  switch (verdict) {
    case ReloadVerdict::same: return "Nothing changed.\n";
    case ReloadVerdict::ready:
      return programs == 0
                 ? "Can be applied.\n"
                 : fmt::format("Can be applied once {} was restarted.\n", names_of(programs));
    case ReloadVerdict::applied: return "Applied.\n";
    case ReloadVerdict::restart: return "Nothing was applied: some lines need a restart.\n";
    case ReloadVerdict::others:
      return fmt::format("Nothing was applied: restart {0}, then say so: syncctl reload {0}\n",
                         names_of(programs));
    case ReloadVerdict::moved:
      return "Nothing was applied: the files changed since they were looked at.\n";
    case ReloadVerdict::wrong: return "Nothing was applied.\n";
  }
  return "";
}

Rereading wrong(std::string text) {
  return {.verdict = ReloadVerdict::wrong,
          .text = std::move(text) + "\n" + verdict_line(ReloadVerdict::wrong, 0)};
}

bool differ_for_workers(const Settings& a, const Settings& b) {
  return a.server.ratelimit != b.server.ratelimit || a.server.noclientlog != b.server.noclientlog;
}

}  // namespace

Result<Configuration> read_for(const Options& options) {
  auto configuration = options.lines.empty() ? read_configuration(options.configuration)
                                             : read_configuration(std::span{options.lines});
  if (!configuration) return configuration;
  override_directory(*configuration, "rundir", options.rundir,
                     configuration->settings.clock.rundir);
  override_directory(*configuration, "statedir", options.statedir,
                     configuration->settings.clock.statedir);
  return configuration;
}

Result<KeyText> read_key_text(const std::string& path, std::string_view in_force) {
  if (path.empty()) return KeyText{};
  std::string text = NTP_TRY(read_vetted_file(path, default_vetting()));
  KeyFile file = parse_key_file(text, path);
  if (const auto kept = key_lines(in_force, file.bad); !kept.empty()) text += "\n" + kept;
  return KeyText{.text = std::move(text), .warnings = std::move(file.warnings)};
}

ReloadWish wish_of(const OfficeMessage& message) {
  return {.action = message.first == 1 ? ReloadAction::apply : ReloadAction::look,
          .digest = static_cast<std::uint32_t>(message.second),
          .programs = static_cast<std::uint32_t>(message.second >> 32)};
}

Rereading read_again(const Options& options, const Configuration& present,
                     const std::string& present_keys, const ReloadWish& wish) {
  auto next = read_for(options);
  if (!next) return wrong(next.error().message);
  auto keys = read_key_text(next->settings.keyfile, present_keys);
  if (!keys) return wrong(keys.error().message);
  const auto changes = compare_lines(present, *next);
  Rereading reading{
      .digest = digest_of(*next), .programs = programs_of(changes), .keys = std::move(keys->text)};
  reading.keys_changed = reading.keys != present_keys;
  reading.server_changed =
      reading.keys_changed || differ_for_workers(present.settings, next->settings);
  const bool needs_start = begins_to_serve(present.settings, next->settings);
  reading.verdict = judge(reading, changes, wish, needs_start);
  reading.text = describe(changes).substr(0, most_text);
  if (needs_start) reading.text += "! ntpd-net serves nobody yet: it needs a restart to begin\n";
  if (reading.keys_changed) reading.text += fmt::format("~ keys of {}\n", next->settings.keyfile);
  for (const auto* warnings : {&keys->warnings, &next->warnings})
    for (const std::string& warning : *warnings) reading.text += "Warning: " + warning + "\n";
  reading.text += verdict_line(reading.verdict, reading.programs & ~wish.programs);
  reading.configuration = *std::move(next);
  return reading;
}

// `first`: verdict in the low half, octets of the text above it.
OfficeMessage message_of(const Rereading& reading) {
  return {
      .word = OfficeWord::configuration,
      .first = static_cast<std::int64_t>(static_cast<std::uint64_t>(reading.text.size()) << 32 |
                                         static_cast<std::uint32_t>(reading.verdict)),
      .second = static_cast<std::int64_t>(std::uint64_t{reading.programs} << 32 | reading.digest)};
}

std::string joined(const Rereading& reading) {
  const bool applies = reading.verdict == ReloadVerdict::applied;
  return reading.text + (applies ? handover_text(*reading.configuration) : std::string{});
}

HandedReading split_reading(const OfficeMessage& message, std::string_view joined) {
  const auto length = std::min(static_cast<std::size_t>(message.first >> 32), joined.size());
  return {.verdict = static_cast<ReloadVerdict>(message.first & 0xffffffff),
          .digest = static_cast<std::uint32_t>(message.second),
          .programs = static_cast<std::uint32_t>(message.second >> 32),
          .text = std::string{joined.substr(0, length)},
          .handover = std::string{joined.substr(length)}};
}

}  // namespace ntp
