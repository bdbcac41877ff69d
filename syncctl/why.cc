// why SOURCE: the state of a source as one sentence, with the numbers that decided it.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "common/base/text.h"
#include "common/control/source_flags.h"
#include "syncctl/names.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

using control::Command;

struct Case {
  control::SourceData source{};
  control::SelectData selection{};
  control::SourceStats stats{};
  std::string name{};  // as configured, where the row has no address
};

struct Whole {
  std::vector<Case> all{};
  std::size_t asked = 0;
};

std::string trimmed(Seconds value, Sign sign) {
  return std::string{trim(offset_text(value, sign))};
}

std::string interval_of(const control::SelectData& data) {
  return fmt::format("[{}, {}]", trimmed(data.low_limit, Sign::always),
                     trimmed(data.high_limit, Sign::always));
}

std::string label_of(const Case& one) {
  if (one.source.mode == control::SourceMode::refclock) {
    return refid_text(refid_of(one.source.address));
  }
  if (!one.name.empty()) return one.name;
  return address_text(one.source.address);
}

Fetched<Case> fetch_case(Session& session, std::uint32_t index) {
  const control::Index at{index};
  Case one;
  one.source = NTP_TRY(fetch<control::SourceData>(session, Command::source_data, at));
  one.selection = NTP_TRY(fetch<control::SelectData>(session, Command::select_data, at));
  one.stats = NTP_TRY(fetch<control::SourceStats>(session, Command::source_stats, at));
  if (one.source.address.id) one.name = configured_name(session, one.source.address).value_or("");
  return one;
}

bool is_named(Session& session, const Case& one, std::string_view word) {
  if (label_of(one) == word || address_text(one.source.address) == word) return true;
  if (one.source.mode == control::SourceMode::refclock) return false;
  return configured_name(session, one.source.address).value_or("") == word;
}

Fetched<Whole> fetch_all(Session& session, std::string_view word) {
  Whole whole{.asked = SIZE_MAX};
  const auto count = NTP_TRY(count_sources(session));
  for (std::uint32_t index = 0; index < count; ++index) {
    const Case one = NTP_TRY(fetch_case(session, index));
    if (whole.asked == SIZE_MAX && is_named(session, one, word)) whole.asked = index;
    whole.all.push_back(one);
  }
  if (whole.asked == SIZE_MAX) return std::unexpected{problem_of(control::Status::no_such_source)};
  return whole;
}

std::string reach_words(const Case& one) {
  if (one.source.mode == control::SourceMode::refclock) {
    return fmt::format("{} of its last 8 intervals had one",
                       std::popcount(one.source.reachability));
  }
  return fmt::format("{} of its last 8 polls had a synchronised answer",
                     std::popcount(one.source.reachability));
}

// The source that is followed, with its interval; for those that lost against it.
std::string against(const Whole& whole) {
  for (const Case& one : whole.all) {
    if (one.selection.state == '*') {
      return fmt::format("{} is followed with {}", label_of(one), interval_of(one.selection));
    }
  }
  return "no source is followed";
}

std::size_t agreeing(const Whole& whole) {
  return static_cast<std::size_t>(std::ranges::count_if(whole.all, [](const Case& one) {
    return one.selection.state == '*' || one.selection.state == '+';
  }));
}

std::size_t waiting(const Whole& whole) {
  return static_cast<std::size_t>(
      std::ranges::count_if(whole.all, [](const Case& one) { return one.selection.state == 'W'; }));
}

// Why it is asked for nothing, or nothing comes of it, whatever is known of it; else empty.
std::string hindrance(const Case& one) {
  namespace flag = control::source_flag;
  const auto has = [&](std::uint16_t bit) { return (one.source.flags & bit) != 0; };
  if (one.source.address.id) {
    return fmt::format(
        "{} has no address yet: the name did not resolve, or gave fewer addresses than are wanted; "
        "`refresh` asks for it again now",
        address_text(one.source.address));
  }
  if (has(flag::keyless))
    return "it is not asked: its key is missing in the key file; `rekey` reads that again";
  if (has(flag::barred)) return "it is not asked: its address family is left alone here";
  const auto offline = [&](std::string_view why) {
    return fmt::format("it is not asked: {}; `online {}` brings it back", why,
                       address_text(one.source.address));
  };
  if (has(flag::held)) return offline("the operator took it offline (option or command `offline`)");
  if (has(flag::unrouted))
    return "it is not asked: there is no route to it; it is asked again when one comes";
  if (has(flag::offline)) return offline("it went offline when it did not answer (auto_offline)");
  if (has(flag::stopped)) return "it told us not to ask it (DENY or RSTR), and is asked rarely";
  return {};
}

// Why answers came and no sample, by the last of them; empty where none came.
std::string useless_words(const control::NtpData& data) {
  if (data.total_rx == 0 || data.total_good > 0) return {};
  if (data.leap == 3 || data.stratum == 0 || data.stratum >= 16)
    return "; it says that it is not synchronised itself";
  constexpr unsigned all_but_loop = control::ntp_flag::tests - 1U;  // test D is the lowest
  if ((data.flags & control::ntp_flag::tests) == all_but_loop)
    return "; it follows us (test D of `ntpdata`)";
  return fmt::format("; {} answer(s) came and none passed the tests of `ntpdata`", data.total_rx);
}

// What is to be said of one that never gave a sample.
std::string missing_words(Session& session, const Case& one) {
  if (std::string why = hindrance(one); !why.empty()) return why;
  std::string words = fmt::format("no sample yet, {}", reach_words(one));
  if (one.source.mode == control::SourceMode::refclock)
    return words + "; refclockd's log says whether it could open it";
  const control::OneAddress at{one.source.address};
  const auto keys = fetch<control::AuthData>(session, Command::auth_data, at);
  if (keys && keys->mode == control::AuthMode::nts && keys->key_bits == 0)
    return words + fmt::format("; it has no NTS keys after {} attempt(s)", keys->ke_attempts);
  const auto answer = ask(session, Command::ntp_data, at);
  if (!answer) return words;
  const auto dated = control::take_ntp_data(answer->type, answer->body);
  return dated ? words + useless_words(dated->data) : words;
}

std::string reason(Session& session, const Whole& whole) {
  const Case& one = whole.all[whole.asked];
  const control::SelectData& data = one.selection;
  const std::string error = trimmed(one.source.error, Sign::never);
  switch (data.state) {
    case '*':
      return fmt::format(
          "is followed: its interval {} of our clock's error holds with {} agreeing "
          "source(s), its root distance is {} and its score {:.1f}",
          interval_of(data), agreeing(whole), error, data.score);
    case '+':
      return fmt::format("is combined: its interval {} agrees, its root distance is {}; {}",
                         interval_of(data), error, against(whole));
    case 'N':
      return (data.configured_options & control::select_option::noselect) != 0
                 ? "is not used: its configuration says noselect"
                 : "is not used: authselectmode leaves out what is not authenticated";
    case 'M': return "is not used: " + missing_words(session, one);
    case 's':
      if (one.stats.samples == 0) return "is not used: " + missing_words(session, one);
      return fmt::format("is not used: it says that it is not synchronised itself, {}",
                         reach_words(one));
    case 'r':
      return fmt::format(
          "is not used: its stratum {} is outside of what is allowed (minstratum, maxstratum)",
          one.source.stratum);
    case 'd':
      return fmt::format("is not used: its root distance {} is over the limit (maxdistance)",
                         error);
    case '~':
      return fmt::format(
          "is not used: its samples vary by {} and its time is uncertain by {}, over the limit "
          "(maxjitter)",
          trimmed(one.stats.deviation, Sign::never), trimmed(one.stats.offset_error, Sign::never));
    case 'w':
      return fmt::format("waits: {} sample(s) are too few for statistics, and others are expected",
                         one.stats.samples);
    case 'S':
      return fmt::format("is not used: its last sample is {} s old, {}", data.last_sample_ago,
                         reach_words(one));
    case 'O': return "is not used: it serves in orphan mode, and one with a smaller ID is followed";
    case 'T':
      return fmt::format("is not used: its interval {} leaves that of the trusted sources; {}",
                         interval_of(data), against(whole));
    case 'x':
      return fmt::format("is outvoted: its interval {} misses where the majority meets; {}",
                         interval_of(data), against(whole));
    case 'W':
      return fmt::format(
          "waits: {} source(s) agree, too few (minsources) or without a required "
          "one (require, authselectmode)",
          waiting(whole));
    case 'P': return fmt::format("is not used: another source is preferred; {}", against(whole));
    case 'U':
      return fmt::format("waits for its next update, {} s after its last sample",
                         data.last_sample_ago);
    case 'D':
      return fmt::format("agrees, but its root distance {} is far above the best; {}", error,
                         against(whole));
    case 'L':
      return fmt::format("agrees, but it is an outlier with {}; {}", interval_of(data),
                         against(whole));
  }
  return fmt::format("is in a state that this version does not know ('{}')",
                     static_cast<char>(data.state));
}

}  // namespace

Done show_why(Session& session, Words words) {
  if (words.size() != 1) return complaint("Invalid syntax for why command");
  const Whole whole = NTP_TRY(fetch_all(session, words[0]));
  const Case& one = whole.all[whole.asked];
  std::string sentence = fmt::format("{} {}", label_of(one), reason(session, whole));
  const std::string hindered = hindrance(one);
  if (!hindered.empty() && sentence.find(hindered) == sentence.npos) sentence += "; " + hindered;
  if (one.stats.samples != 0) {
    sentence += fmt::format("; by {} samples our clock is {} against it", one.stats.samples,
                            trimmed(one.source.adjusted_offset, Sign::always));
  }
  sentence += '.';
  show(session, {.name = "why",
                 .pattern = "{}\n",
                 .rows = {{word_cell("sentence", sentence)}},
                 .is_table = false});
  return {};
}

}  // namespace ntp::syncctl
