// One table row or one short function a directive.
#include "common/conf/grammar.h"

#include <algorithm>

#include "common/conf/directives.h"
#include "common/conf/rare_lines.h"
#include "common/conf/server_lines.h"
#include "common/conf/source_lines.h"
#include "common/conf/words.h"
#include "common/conf/words_table.h"

namespace ntp {

namespace {

using C = ControlSettings;
using N = NtsSettings;
using P = SelectionSettings;
using V = ServerSettings;

constexpr double most_count = 1e9;

// Directives that are one word and one value.
constexpr auto plain_words = std::to_array<Word<Settings>>({
    {"acquisitionport", at<&Settings::acquisitionport>, "PORT", 0, 65535},
    {"bindacqdevice", at<&Settings::acquisition_device>, "INTERFACE"},
    {"binddevice", at<&Settings::server, &V::binddevice>, "INTERFACE"},
    {"bindcmddevice", at<&Settings::control, &C::bind_device>, "INTERFACE"},
    {"clientloglimit", at<&Settings::server, &V::clientloglimit>, "OCTETS", 0, 2147483648.0},
    {"clockprecision", at<&Settings::selection, &P::clockprecision>, "SECONDS", 1e-9, 1},
    {"cmdport", at<&Settings::control, &C::port>, "PORT", 0, 65535},
    {"combinelimit", at<&Settings::selection, &P::combinelimit>, "RATIO", 0, 1e9},
    {"dscp", at<&Settings::dscp>, "CODEPOINT", 0, 63},
    {"dumpdir", at<&Settings::dumpdir>, "DIRECTORY"},
    {"hwtstimeout", at<&Settings::hwtstimeout>, "SECONDS", 0, most_seconds},
    {"keyfile", at<&Settings::keyfile>, "FILE"},
    {"logbanner", at<&Settings::log, &LogSettings::banner>, "LINES", 0, most_count},
    {"logchange", at<&Settings::log, &LogSettings::change>, "SECONDS", 0, most_seconds},
    {"logdir", at<&Settings::log, &LogSettings::directory>, "DIRECTORY"},
    {"manual", at<&Settings::manual>},
    {"maxdistance", at<&Settings::selection, &P::maxdistance>, "SECONDS", 0, most_seconds},
    {"maxjitter", at<&Settings::selection, &P::maxjitter>, "SECONDS", 0, most_seconds},
    {"maxntsconnections", at<&Settings::nts, &N::max_connections>, "COUNT", 1, most_count},
    {"maxsamples", at<&Settings::selection, &P::maxsamples>, "COUNT", 0, most_count},
    {"maxstratum", at<&Settings::selection, &P::maxstratum>, "STRATUM", 0, 15},
    {"maxtxbuffers", at<&Settings::maxtxbuffers>, "COUNT", 0, 1048576},
    {"maxupdateskew", at<&Settings::selection, &P::maxupdateskew>, "PPM", 0, 1e6},
    {"minsamples", at<&Settings::selection, &P::minsamples>, "COUNT", 0, most_count},
    {"minsources", at<&Settings::selection, &P::minsources>, "COUNT", 1, most_count},
    {"minstratum", at<&Settings::selection, &P::minstratum>, "STRATUM", 0, 15},
    {"nocerttimecheck", at<&Settings::nts, &N::nocerttimecheck>, "UPDATES", 0, most_count},
    {"noclientlog", at<&Settings::server, &V::noclientlog>},
    {"nosystemcert", at<&Settings::nts, &N::nosystemcert>},
    {"ntpsigndsocket", at<&Settings::server, &V::ntpsigndsocket>, "DIRECTORY"},
    {"ntscachedir", at<&Settings::nts, &N::dumpdir>, "DIRECTORY"},
    {"ntsdumpdir", at<&Settings::nts, &N::dumpdir>, "DIRECTORY"},
    {"ntsntpserver", at<&Settings::nts, &N::ntp_server>, "NAME"},
    {"ntsport", at<&Settings::nts, &N::server_port>, "PORT", 0, 65535},
    {"ntsprocesses", at<&Settings::nts, &N::processes>, "COUNT", 0, 1000},
    {"ntsrefresh", at<&Settings::nts, &N::refresh>, "SECONDS", 0, most_seconds},
    {"ntsrotate", at<&Settings::nts, &N::rotate>, "SECONDS", 0, most_seconds},
    {"ntsservercert", at<&Settings::nts, &N::server_certificates>, "FILE"},
    {"ntsserverkey", at<&Settings::nts, &N::server_keys>, "FILE"},
    {"port", at<&Settings::server, &V::port>, "PORT", 0, 65535},
    {"ptpdomain", at<&Settings::ptpdomain>, "DOMAIN", 0, 255},
    {"ptpport", at<&Settings::ptpport>, "PORT", 0, 65535},
    {"refresh", at<&Settings::refresh>, "SECONDS", 0, most_seconds},
    {"reselectdist", at<&Settings::selection, &P::reselectdist>, "SECONDS", 0, most_seconds},
    {"stratumweight", at<&Settings::selection, &P::stratumweight>, "SECONDS", 0, most_seconds},
});

using Take = Result<void> (*)(Settings&, Directive&);
struct Function {
  std::string_view name;
  Take take;
};

Result<void> take_directories(Settings& settings, Directive& in) {
  std::size_t count = 0;
  for (; in.has_more(); ++count) settings.sourcedirs.push_back(NTP_TRY(in.text("DIRECTORY")));
  if (count == 0) return in.complain("needs DIRECTORY");
  if (count > 10) return in.complain("takes at most 10 directories");
  return {};
}

Result<void> take_authselectmode(Settings& settings, Directive& in) {
  constexpr auto modes =
      std::to_array<std::string_view>({"mix", "require", "prefer", "ignore"});  // by AuthSelectMode
  const auto word = NTP_TRY(in.text("MODE"));
  const auto mode =
      std::ranges::find_if(modes, [&](auto name) { return equal_ignoring_case(name, word); });
  if (mode == modes.end())
    return in.complain("MODE is require, prefer, mix or ignore, not \"" + word + "\"");
  settings.selection.authselectmode = static_cast<AuthSelectMode>(mode - modes.begin());
  return {};
}

Result<void> take_mailonchange(Settings& settings, Directive& in) {
  settings.log.mail_address = NTP_TRY(in.text("ADDRESS"));
  settings.log.mail_threshold = to_nanos(NTP_TRY(in.real("THRESHOLD", 0, most_seconds)));
  return {};
}

Result<void> take_bindaddress(Settings& settings, Directive& in) {
  const auto address = NTP_TRY(take_address(in));
  (address.family == Family::ipv4 ? settings.server.bind_ipv4 : settings.server.bind_ipv6) =
      address;
  settings.server.bind_addresses.push_back(address);
  return {};
}

Result<void> take_bindacqaddress(Settings& settings, Directive& in) {
  const auto address = NTP_TRY(take_address(in));
  (address.family == Family::ipv4 ? settings.acquisition_ipv4 : settings.acquisition_ipv6) =
      address;
  return {};
}

Result<void> take_pidfile(Settings& settings, Directive& in) {
  const auto path = NTP_TRY(in.text("FILE"));
  settings.pidfile = path == "/" ? std::string{} : path;
  return {};
}

Result<void> take_any_source(Settings& settings, Directive& in) {
  settings.sources.push_back(NTP_TRY(take_source(in)));
  return {};
}

// The line reader has followed these where they may stand.
Result<void> refuse_inclusion(Settings&, Directive& in) { return in.complain("cannot stand here"); }

Result<void> leave_alone(Settings&, Directive& in) {
  while (in.take()) continue;
  return {};
}

// Adds what `take` makes to a list, or puts it in a place.
template <auto take, auto... members>
Result<void> append(Settings& settings, Directive& in) {
  at<members...>(settings).push_back(NTP_TRY(take(in)));
  return {};
}
template <auto take, auto... members>
Result<void> assign(Settings& settings, Directive& in) {
  at<members...>(settings) = NTP_TRY(take(in));
  return {};
}
template <auto take, auto... members>
Result<void> amend(Settings& settings, Directive& in) {
  return take(at<members...>(settings), in);
}

constexpr auto functions = std::to_array<Function>({
    {"server", take_any_source},
    {"pool", take_any_source},
    {"peer", take_any_source},
    {"refclock", append<take_refclock, &Settings::refclocks>},
    {"allow", append<take_access_rule, &Settings::server, &V::access>},
    {"deny", append<take_access_rule, &Settings::server, &V::access>},
    {"cmdallow", append<take_access_rule, &Settings::control, &C::access>},
    {"cmddeny", append<take_access_rule, &Settings::control, &C::access>},
    {"authselectmode", take_authselectmode},
    {"bindacqaddress", take_bindacqaddress},
    {"bindaddress", take_bindaddress},
    {"bindcmdaddress", amend<take_bindcmdaddress, &Settings::control>},
    {"broadcast", append<take_broadcast, &Settings::server, &V::broadcasts>},
    {"cmdratelimit", amend<take_rate_limit, &Settings::control, &C::ratelimit>},
    {"fastpath", assign<take_fastpath, &Settings::server, &V::fastpath>},
    {"hwtimestamp", append<take_hwtimestamp, &Settings::hwtimestamps>},
    {"local", assign<take_local, &Settings::server, &V::local>},
    {"log", amend<take_log, &Settings::log>},
    {"mailonchange", take_mailonchange},
    {"ntsaeads", assign<take_aeads, &Settings::nts, &N::aeads>},
    {"ntsratelimit", amend<take_rate_limit, &Settings::server, &V::ntsratelimit>},
    {"ntstrustedcerts", append<take_trusted_certificates, &Settings::nts, &N::trusted>},
    {"opencommands", amend<take_opencommands, &Settings::control>},
    {"pidfile", take_pidfile},
    {"ratelimit", amend<take_rate_limit, &Settings::server, &V::ratelimit>},
    {"smoothtime", assign<take_smoothtime, &Settings::server, &V::smoothtime>},
    {"sourcedir", take_directories},
    {"tempcomp", assign<take_tempcomp, &Settings::tempcomp>},
    {"include", refuse_inclusion},
    {"confdir", refuse_inclusion},
    {"dumponexit", leave_alone},
    {"commandkey", leave_alone},
    {"generatecommandkey", leave_alone},
    {"linux_freq_scale", leave_alone},
    {"linux_hz", leave_alone},
});

Result<void> take_directive(Settings& settings, Directive& in) {
  if (NTP_TRY(take_clock_directive(settings.clock, in))) return {};
  if (const auto row = find_word(plain_words, in.name()); row != plain_words.end()) {
    NTP_TRY(take_value(*row, settings, in));
  } else if (const auto function = find_word(functions, in.name()); function != functions.end()) {
    NTP_TRY(function->take(settings, in));
  } else {
    return in.complain("unknown directive" + suggestion(in.name(), directive_words));
  }
  return in.end();
}

std::string said_of(const Directive& in, std::string_view text) {
  return in.complain(text).error().message;
}

void remark_on_source(Configuration& out, const Directive& in) {
  const auto& source = out.settings.sources.back();
  if (const auto idle = idle_options(source); !idle.empty())
    out.notes.push_back(said_of(in, idle + ": no effect"));
}

void remark(Configuration& out, const Directive& in) {
  const auto fact = find_word(directive_facts, in.name());
  if (fact != directive_facts.end() && !fact->warning.empty())
    out.warnings.push_back(said_of(in, fact->warning));
  if (source_kind(in)) remark_on_source(out, in);
  if (in.name() == "ntsaeads" && out.settings.nts.aeads.size() > 1)
    out.notes.push_back(said_of(in, "of these 15 alone is spoken here"));
}

}  // namespace

Result<Configuration> parse_configuration(std::vector<ConfLine> lines) {
  Configuration out{.lines = std::move(lines)};
  for (const auto& line : out.lines) {
    Directive directive{line};
    NTP_TRY(take_directive(out.settings, directive));
    remark(out, directive);
  }
  return out;
}

Result<SourceSettings> parse_source(std::string_view text) {
  const ConfLine line{"arguments", 1, std::string{text}};
  Directive directive{line};
  if (!source_kind(directive)) return directive.complain("a source is server, pool or peer");
  return take_source(directive);
}

}  // namespace ntp
