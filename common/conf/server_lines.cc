// Access rules and the server's own options.
#include "common/conf/server_lines.h"

#include <algorithm>

#include "common/conf/words_table.h"

namespace ntp {

namespace {

constexpr auto local_words = std::to_array<Word<LocalSettings>>({
    {"stratum", at<&LocalSettings::stratum>, "STRATUM", 1, 15},
    {"distance", at<&LocalSettings::distance>, "SECONDS", 0, most_seconds},
    {"activate", at<&LocalSettings::activate>, "SECONDS", 0, most_seconds},
    {"orphan", at<&LocalSettings::orphan>},
    {"waitsynced", at<&LocalSettings::waitsynced>, "SECONDS", 0, most_seconds},
    {"waitunsynced", at<&LocalSettings::waitunsynced>, "SECONDS", 0, most_seconds},
});

constexpr auto rate_limit_words = std::to_array<Word<RateLimit>>({
    {"interval", at<&RateLimit::interval>, "LOG2", -19, 12},
    {"burst", at<&RateLimit::burst>, "COUNT", 1, 255},
    {"leak", at<&RateLimit::leak>, "LOG2", 1, 4},
    {"kod", at<&RateLimit::kod>, "LOG2", 0, 4},
});

constexpr auto commands = std::to_array<std::string_view>(
    {"activity", "authdata", "clients", "manual", "ntpdata", "rtcdata", "selectdata", "serverstats",
     "smoothing", "sourcename", "sources", "sourcestats", "tracking"});

// Numbers, dots, colons and slashes only: a subnet was meant, even if it is wrong.
bool looks_like_subnet(std::string_view text) {
  return text.find_first_of("/:") != text.npos ||
         text.find_first_not_of("0123456789.") == text.npos;
}

}  // namespace

Result<AccessRule> take_access_rule(Directive& in) {
  AccessRule rule{.allow = in.name().ends_with("allow")};
  if (in.peek() == "all") {  // this word alone is case-sensitive: "ALL" may be a host
    rule.all = true;
    in.take();
  }
  if (const auto word = in.take()) {
    if (const auto subnet = parse_subnet(*word)) {
      rule.subnet = *subnet;
    } else if (looks_like_subnet(*word)) {
      return in.complain("\"" + std::string{*word} +
                         "\" is not a subnet such as 192.0.2.0/24 or 2001:db8::/32");
    } else {
      rule.host = *word;
    }
  }
  NTP_TRY(in.end());
  return rule;
}

Result<LocalSettings> take_local(Directive& in) {
  constexpr Nanos not_given{-1};
  LocalSettings local{.enabled = true, .waitunsynced = not_given};
  NTP_TRY(take_options(local_words, local, in));
  if (local.waitunsynced == not_given) local.waitunsynced = local.orphan ? Nanos{300s} : Nanos{0};
  return local;
}

Result<void> take_rate_limit(RateLimit& limit, Directive& in) {
  limit.enabled = true;
  if (in.name() == "ratelimit") return take_options(rate_limit_words, limit, in);
  constexpr auto without_kod =
      std::to_array({rate_limit_words[0], rate_limit_words[1], rate_limit_words[2]});
  return take_options(without_kod, limit, in);
}

Result<SmoothTime> take_smoothtime(Directive& in) {
  SmoothTime smooth;
  smooth.max_frequency = ppm(NTP_TRY(in.real("MAX-FREQUENCY", 0, 1e6)));
  smooth.max_wander = ppm(NTP_TRY(in.real("MAX-WANDER", 0, 1e6)));
  smooth.leaponly = in.take_if("leaponly");
  NTP_TRY(in.end());
  return smooth;
}

Result<Address> take_address(Directive& in) {
  const auto word = NTP_TRY(in.text("ADDRESS"));
  const auto address = parse_address(word);
  if (!address) return in.complain("\"" + word + "\" is not an IPv4 or IPv6 address");
  return *address;
}

Result<Broadcast> take_broadcast(Directive& in) {
  Broadcast broadcast;
  broadcast.interval = static_cast<int>(NTP_TRY(in.integer("INTERVAL", 1, 1'000'000)));
  broadcast.address = NTP_TRY(take_address(in));
  if (in.has_more())
    broadcast.port = static_cast<std::uint16_t>(NTP_TRY(in.integer("PORT", 1, 65535)));
  NTP_TRY(in.end());
  return broadcast;
}

Result<FastPathSettings> take_fastpath(Directive& in) {
  FastPathSettings fastpath{.interface = NTP_TRY(in.text("INTERFACE"))};
  if (const auto hook = in.take()) {
    if (*hook != "driver" && *hook != "generic")
      return in.complain("the hook is driver or generic, not \"" + std::string{*hook} + "\"");
    fastpath.hook = *hook;
  }
  NTP_TRY(in.end());
  return fastpath;
}

Result<void> take_bindcmdaddress(ControlSettings& control, Directive& in) {
  if (in.peek().starts_with('/')) {
    const auto path = *in.take();
    control.socket = path == "/" ? std::string_view{} : path;
    return in.end();
  }
  control.bind_is_default = false;
  control.bind_addresses.push_back(NTP_TRY(take_address(in)));
  return in.end();
}

Result<void> take_opencommands(ControlSettings& control, Directive& in) {
  control.open_commands.clear();
  while (const auto word = in.take()) {
    const auto known =
        std::ranges::find_if(commands, [&](auto name) { return equal_ignoring_case(name, *word); });
    if (known == commands.end()) {
      return in.complain("\"" + std::string{*word} + "\" cannot be opened" +
                         suggestion(*word, commands));
    }
    control.open_commands.emplace_back(*known);
  }
  return {};
}

}  // namespace ntp
