// The clock's directives, by tables of members: most are one word and one value.
#include "common/conf/clock_settings.h"

#include <algorithm>
#include <array>

#include "common/base/text.h"
#include "common/conf/words.h"

namespace ntp {

namespace {

struct TextWord {
  std::string_view name, what;
  std::string ClockSettings::*member;
};
constexpr auto text_words = std::to_array<TextWord>({
    {"user", "NAME", &ClockSettings::user},
    {"rundir", "DIRECTORY", &ClockSettings::rundir},
    {"statedir", "DIRECTORY", &ClockSettings::statedir},
    {"leapsectz", "TIMEZONE", &ClockSettings::leapsectz},
    {"leapseclist", "FILE", &ClockSettings::leapseclist},
    {"rtcfile", "FILE", &ClockSettings::rtcfile},
    {"rtcdevice", "DEVICE", &ClockSettings::rtcdevice},
    {"hwclockfile", "FILE", &ClockSettings::hwclockfile},
});

struct FlagWord {
  std::string_view name;
  bool ClockSettings::*member;
};
constexpr auto flag_words = std::to_array<FlagWord>({
    {"rtcsync", &ClockSettings::rtcsync},
    {"rtconutc", &ClockSettings::rtconutc},
    {"lock_all", &ClockSettings::lock_all},
});

struct RateWord {
  std::string_view name;
  Rate ClockSettings::*member;
};
constexpr auto rate_words = std::to_array<RateWord>({
    {"maxslewrate", &ClockSettings::maxslewrate},
    {"maxdrift", &ClockSettings::maxdrift},
    {"maxclockerror", &ClockSettings::maxclockerror},
});

struct ModeWord {
  std::string_view name;
  LeapMode mode;
};
constexpr auto leap_modes = std::to_array<ModeWord>({{"system", LeapMode::system},
                                                     {"step", LeapMode::step},
                                                     {"slew", LeapMode::slew},
                                                     {"ignore", LeapMode::ignore}});

constexpr double most_seconds = 1e9;  // 31 years: enough for any step, far from overflow
constexpr long most_count = 1'000'000'000;

template <typename Table>
auto find_word(const Table& table, std::string_view name) {
  return std::ranges::find_if(table,
                              [&](const auto& row) { return equal_ignoring_case(row.name, name); });
}

Result<void> take_makestep(ClockSettings& settings, Directive& in) {
  StepPolicy policy;
  policy.threshold = to_nanos(NTP_TRY(in.real("THRESHOLD", 0, most_seconds)));
  policy.updates = static_cast<int>(NTP_TRY(in.integer("LIMIT", -most_count, most_count)));
  settings.makestep = policy;
  return {};
}

Result<void> take_maxchange(ClockSettings& settings, Directive& in) {
  ChangeLimit limit;
  limit.offset = to_nanos(NTP_TRY(in.real("OFFSET", 0, most_seconds)));
  limit.start = static_cast<int>(NTP_TRY(in.integer("START", 0, most_count)));
  limit.ignore = static_cast<int>(NTP_TRY(in.integer("IGNORE", -most_count, most_count)));
  settings.maxchange = limit;
  return {};
}

Result<void> take_initstepslew(ClockSettings& settings, Directive& in) {
  InitStepSlew early;
  early.threshold = to_nanos(NTP_TRY(in.real("THRESHOLD", 0, most_seconds)));
  while (const auto host = in.take()) early.hosts.emplace_back(*host);
  settings.initstepslew = std::move(early);
  return {};
}

Result<void> take_fallbackdrift(ClockSettings& settings, Directive& in) {
  FallbackDrift fallback;
  fallback.least = static_cast<int>(NTP_TRY(in.integer("MIN", 0, 31)));
  fallback.most = static_cast<int>(NTP_TRY(in.integer("MAX", 0, 31)));
  if (fallback.most < fallback.least) return in.complain("MAX is below MIN");
  settings.fallbackdrift = fallback.most == 0 ? std::nullopt : std::optional{fallback};
  return {};
}

Result<void> take_driftfile(ClockSettings& settings, Directive& in) {
  settings.driftfile = NTP_TRY(in.text("FILE"));
  if (in.take_if("interval"))
    settings.driftfile_interval = to_nanos(NTP_TRY(in.real("INTERVAL", 0, most_seconds)));
  return {};
}

Result<void> take_leapsecmode(ClockSettings& settings, Directive& in) {
  const auto word = NTP_TRY(in.text("MODE"));
  const auto* const row = find_word(leap_modes, word);
  if (row == leap_modes.end())
    return in.complain("MODE is system, step, slew or ignore, not \"" + word + "\"");
  settings.leapsecmode = row->mode;
  return {};
}

// True if the directive is in a table or has its own function; its arguments are taken.
Result<bool> take_arguments(ClockSettings& settings, Directive& in) {
  const auto& name = in.name();
  if (const auto* row = find_word(text_words, name); row != text_words.end()) {
    settings.*row->member = NTP_TRY(in.text(row->what));
  } else if (const auto* flag = find_word(flag_words, name); flag != flag_words.end()) {
    settings.*flag->member = true;
  } else if (const auto* rate = find_word(rate_words, name); rate != rate_words.end()) {
    settings.*rate->member = ppm(NTP_TRY(in.real("PPM", 0, 1e6)));
  } else if (name == "corrtimeratio") {
    settings.corrtimeratio = NTP_TRY(in.real("RATIO", 1e-6, 1e6));
  } else if (name == "rtcautotrim") {
    settings.rtcautotrim = NTP_TRY(in.real("SECONDS", 0, most_seconds));
  } else if (name == "sched_priority") {
    settings.sched_priority = static_cast<int>(NTP_TRY(in.integer("PRIORITY", 0, 100)));
  } else if (name == "makestep") {
    NTP_TRY(take_makestep(settings, in));
  } else if (name == "maxchange") {
    NTP_TRY(take_maxchange(settings, in));
  } else if (name == "initstepslew") {
    NTP_TRY(take_initstepslew(settings, in));
  } else if (name == "fallbackdrift") {
    NTP_TRY(take_fallbackdrift(settings, in));
  } else if (name == "driftfile") {
    NTP_TRY(take_driftfile(settings, in));
  } else if (name == "leapsecmode") {
    NTP_TRY(take_leapsecmode(settings, in));
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<bool> take_clock_directive(ClockSettings& settings, Directive& directive) {
  const bool taken = NTP_TRY(take_arguments(settings, directive));
  if (taken) NTP_TRY(directive.end());
  return taken;
}

Result<ClockSettings> read_clock_settings(std::span<const ConfLine> lines) {
  ClockSettings settings;
  for (const auto& line : lines) {
    Directive directive{line};
    const bool taken = NTP_TRY(take_clock_directive(settings, directive));
    if (taken || std::ranges::find(directive_words, directive.name()) != directive_words.end())
      continue;
    return directive.complain("unknown directive" + suggestion(directive.name(), directive_words));
  }
  return settings;
}

}  // namespace ntp
