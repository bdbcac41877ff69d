// Options of server, pool, peer and refclock, as tables.
#include "common/conf/source_lines.h"

#include <algorithm>

#include "common/conf/words_table.h"

namespace ntp {

namespace {

using S = SourceSettings;
using R = RefclockSettings;
using O = SelectionOptions;

constexpr double most_count = 1e9;

constexpr auto source_words = std::to_array<Word<S>>({
    {"port", at<&S::port>, "PORT", 0, 65535},
    {"minpoll", at<&S::minpoll>, "LOG2", -7, 24},
    {"maxpoll", at<&S::maxpoll>, "LOG2", -7, 24},
    {"iburst", at<&S::iburst>},
    {"burst", at<&S::burst>},
    {"offline", at<&S::offline>},
    {"auto_offline", at<&S::auto_offline>},
    {"prefer", at<&S::selection, &O::prefer>},
    {"noselect", at<&S::selection, &O::noselect>},
    {"trust", at<&S::selection, &O::trust>},
    {"require", at<&S::selection, &O::require>},
    {"maxsources", at<&S::maxsources>, "COUNT", 1, 16},
    {"key", at<&S::key>, "ID", 1, 4294967295.0},
    {"nts", at<&S::nts>},
    {"ntsport", at<&S::ntsport>, "PORT", 0, 65535},
    {"certset", at<&S::certset>, "ID", 0, 4294967295.0},
    {"xleave", at<&S::xleave>},
    {"copy", at<&S::copy>},
    {"version", at<&S::version>, "VERSION", 1, 4},
    {"maxdelay", at<&S::maxdelay>, "SECONDS", 0, 1000},
    {"maxdelayratio", at<&S::maxdelayratio>, "RATIO", 0, 1e6},
    {"maxdelaydevratio", at<&S::maxdelaydevratio>, "RATIO", 0, 1e6},
    {"maxdelayquant", at<&S::maxdelayquant>, "QUANTILE", 0, 1},
    {"mindelay", at<&S::mindelay>, "SECONDS", 0, 1000},
    {"asymmetry", at<&S::asymmetry>, "RATIO", -0.5, 0.5},
    {"offset", at<&S::offset>, "SECONDS", -most_seconds, most_seconds},
    {"minsamples", at<&S::minsamples>, "COUNT", 0, most_count},
    {"maxsamples", at<&S::maxsamples>, "COUNT", 0, most_count},
    {"maxunreach", at<&S::maxunreach>, "POLLS", 0, most_count},
    {"filter", at<&S::filter>, "POLLS", 0, most_count},
    {"polltarget", at<&S::polltarget>, "COUNT", 1, most_count},
    {"presend", at<&S::presend>, "LOG2", -7, 100},
    {"minstratum", at<&S::minstratum>, "STRATUM", 0, 16},
});

// Not in the table above: they take a word of their own kind.
constexpr auto source_option_names = [] {
  std::array<std::string_view, source_words.size() + 3> names;
  for (std::size_t i = 0; i < source_words.size(); ++i) names[i] = source_words[i].name;
  names[source_words.size()] = "ipv4";
  names[source_words.size() + 1] = "ipv6";
  names[source_words.size() + 2] = "extfield";
  return names;
}();

constexpr auto refclock_words = std::to_array<Word<R>>({
    {"poll", at<&R::poll>, "LOG2", -32, 32},
    {"dpoll", at<&R::dpoll>, "LOG2", -32, 32},
    {"refid", at<&R::refid>, "REFID"},
    {"lock", at<&R::lock_refid>, "REFID"},
    {"rate", at<&R::rate>, "HZ", 1, 1e6},
    {"maxlockage", at<&R::maxlockage>, "PULSES", 0, most_count},
    {"width", at<&R::width>, "SECONDS", 0, most_seconds},
    {"pps", at<&R::pps>},
    {"tai", at<&R::tai>},
    {"local", at<&R::local>},
    {"stratum", at<&R::stratum>, "STRATUM", 0, 15},
    {"offset", at<&R::offset>, "SECONDS", -most_seconds, most_seconds},
    {"delay", at<&R::delay>, "SECONDS", 0, most_seconds},
    {"precision", at<&R::precision>, "SECONDS", 0, most_seconds},
    {"maxdispersion", at<&R::maxdispersion>, "SECONDS", 0, most_seconds},
    {"filter", at<&R::filter>, "SAMPLES", 1, 1e6},
    {"minsamples", at<&R::minsamples>, "COUNT", 0, most_count},
    {"maxsamples", at<&R::maxsamples>, "COUNT", 0, most_count},
    {"maxunreach", at<&R::maxunreach>, "POLLS", 0, most_count},
    {"prefer", at<&R::selection, &O::prefer>},
    {"noselect", at<&R::selection, &O::noselect>},
    {"trust", at<&R::selection, &O::trust>},
    {"require", at<&R::selection, &O::require>},
});

struct DriverWord {
  std::string_view name;
  RefclockDriver driver;
};
constexpr auto drivers = std::to_array<DriverWord>({{"PPS", RefclockDriver::pps},
                                                    {"SOCK", RefclockDriver::sock},
                                                    {"SHM", RefclockDriver::shm},
                                                    {"PHC", RefclockDriver::phc},
                                                    {"RTC", RefclockDriver::rtc}});

constexpr auto kinds =
    std::to_array<std::string_view>({"server", "pool", "peer"});  // by SourceKind

struct IdleOption {
  std::string_view name;
  bool (*is_set)(const SourceSettings&);
};
constexpr auto idle = std::to_array<IdleOption>({
    {"extfield", [](const S& s) { return !s.extension_fields.empty(); }},
    {"iburst", [](const S& s) { return s.kind == SourceKind::peer && s.iburst; }},
    {"burst", [](const S& s) { return s.kind == SourceKind::peer && s.burst; }},
    {"nts", [](const S& s) { return s.kind == SourceKind::peer && s.nts; }},
    {"presend", [](const S& s) { return s.kind == SourceKind::peer && s.presend.has_value(); }},
    {"copy", [](const S& s) { return s.kind == SourceKind::peer && s.copy; }},
});

Result<void> take_extension_field(SourceSettings& source, Directive& in) {
  const auto word = NTP_TRY(in.text("TYPE"));
  const auto type = parse_integer<std::uint16_t>(word, 16);
  if (!type)
    return in.complain("TYPE must be a hexadecimal number up to FFFF, not \"" + word + "\"");
  source.extension_fields.push_back(*type);
  return {};
}

Result<void> take_source_option(SourceSettings& source, Directive& in) {
  const auto word = *in.take();
  if (const auto row = find_word(source_words, word); row != source_words.end()) {
    return take_option(*row, source, in);
  }
  if (equal_ignoring_case(word, "ipv4")) source.family = Family::ipv4;
  else if (equal_ignoring_case(word, "ipv6")) source.family = Family::ipv6;
  else if (equal_ignoring_case(word, "extfield")) return take_extension_field(source, in);
  else
    return in.complain("unknown option \"" + std::string{word} + "\"" +
                       suggestion(word, source_option_names));
  return {};
}

// A name on its own becomes a host name or an address: letters, digits and a few signs.
bool is_plausible_name(std::string_view name) {
  return name.size() <= 255 && std::ranges::all_of(name, [](char c) {
           const bool letter =
               (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
           return letter || static_cast<unsigned char>(c) >= 0x80 ||
                  std::string_view{".-_:%"}.find(c) != std::string_view::npos;
         });
}

Result<void> check_refid(const std::string& refid, const Directive& in) {
  const bool printable = std::ranges::all_of(refid, [](char c) { return c > ' ' && c < 127; });
  if (refid.size() > 4 || !printable)
    return in.complain("REFID is at most 4 ASCII characters, not \"" + refid + "\"");
  return {};
}

}  // namespace

std::optional<SourceKind> source_kind(const Directive& directive) {
  const auto found = std::ranges::find(kinds, directive.name());
  if (found == kinds.end()) return std::nullopt;
  return static_cast<SourceKind>(found - kinds.begin());
}

std::string_view to_text(SourceKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

std::string idle_options(const SourceSettings& source) {
  std::string names;
  for (const auto& option : idle) {
    if (!option.is_set(source)) continue;
    names.append(names.empty() ? "" : ", ").append(option.name);
  }
  return names;
}

Result<SourceSettings> take_source(Directive& in) {
  SourceSettings source{.kind = source_kind(in).value_or(SourceKind::server)};
  source.name = NTP_TRY(in.text("NAME"));
  if (!is_plausible_name(source.name)) {
    return in.complain("\"" + source.name + "\" is neither a host name nor an address");
  }
  while (in.has_more()) NTP_TRY(take_source_option(source, in));
  source.maxpoll = std::max(source.minpoll, source.maxpoll);
  return source;
}

Result<RefclockSettings> take_refclock(Directive& in) {
  RefclockSettings clock;
  const auto word = NTP_TRY(in.text("DRIVER"));
  const auto driver = find_word(drivers, word);
  if (driver == drivers.end())
    return in.complain("DRIVER is PPS, SOCK, SHM, PHC or RTC, not \"" + word + "\"");
  clock.driver = driver->driver;

  auto rest = NTP_TRY(in.text("PARAMETER"));
  std::string_view parts = rest;
  const auto colon = parts.find(':');
  clock.parameter = parts.substr(0, colon);
  while (parts.find(':') != parts.npos) {
    parts.remove_prefix(parts.find(':') + 1);
    clock.driver_options.emplace_back(parts.substr(0, parts.find(':')));
  }
  if (clock.parameter.empty()) return in.complain("needs PARAMETER before \":\"");

  NTP_TRY(take_options(refclock_words, clock, in));
  NTP_TRY(check_refid(clock.refid, in));
  NTP_TRY(check_refid(clock.lock_refid, in));
  return clock;
}

}  // namespace ntp
