// See difference.h. The longest common subsequence of the lines, by the textbook.
#include "common/conf/difference.h"

#include <algorithm>
#include <array>
#include <span>

#include "common/conf/directives.h"
#include "common/conf/rtc_reference.h"
#include "common/conf/words_table.h"

namespace ntp {

namespace {

// What ntpd-net's client role takes up as it runs (ntpd-net/reload.cc), or the supervisor by
// starting the server's workers again over the same sockets. All else of the network's waits
// for a restart.
constexpr auto live_words = std::to_array<std::string_view>({
    "allow",         "authselectmode", "cmdallow",    "cmddeny",     "deny",         "keyfile",
    "local",         "logchange",      "minsources",  "maxdistance", "pool",         "maxjitter",
    "peer",          "ratelimit",      "noclientlog", "refresh",     "opencommands", "server",
    "sourcedir",     "maxupdateskew",  "minsamples",  "minstratum",  "maxstratum",   "reselectdist",
    "stratumweight", "combinelimit",
});

constexpr std::size_t most_cells = 4'000'000;  // of the table below; larger files differ whole
constexpr std::string_view sourced_mark = " (from a .sources file)";

Reach reach_of(std::string_view name) {
  // clockd's, and ntpd-net looks at them at its start too.
  constexpr auto shared =
      std::to_array<std::string_view>({"leapseclist", "leapsecmode", "leapsectz", "maxchange"});
  if (std::ranges::find(shared, name) != shared.end()) return Reach::both;
  if (name == "driftfile") return Reach::restart;  // ntpd-net keeps it in clockd's stead
  const auto fact = find_word(directive_facts, name);
  if (fact == directive_facts.end()) return Reach::restart;
  switch (fact->owner) {
    case Owner::nobody: return Reach::idle;
    case Owner::clock: return Reach::clock;
    case Owner::rtc: return Reach::rtc;
    case Owner::refclock: return Reach::refclock;
    case Owner::everyone: return Reach::everyone;
    case Owner::network: break;
  }
  return std::ranges::find(live_words, fact->name) != live_words.end() ? Reach::live
                                                                       : Reach::restart;
}

// Names in access rules are resolved at the start only.
bool names_a_host(Directive in) {
  if (!in.name().ends_with("allow") && !in.name().ends_with("deny")) return false;
  while (const auto word = in.take())
    if (*word != "all" && !parse_subnet(*word)) return true;
  return false;
}

struct Lines {
  std::vector<std::string> text{};
  std::vector<Reach> reach{};
};

Lines lines_of(const Configuration& configuration) {
  Lines out;
  for (const ConfLine& line : configuration.lines) {
    out.text.push_back(line.text);
    const Directive directive{line};
    out.reach.push_back(names_a_host(directive)          ? Reach::restart
                        : is_rtc_a_reference({&line, 1}) ? Reach::everyone
                                                         : reach_of(directive.name()));
  }
  for (const ConfLine& line : configuration.sourced) {
    out.text.push_back(line.text + std::string{sourced_mark});
    out.reach.push_back(Reach::live);
  }
  return out;
}

// lengths[i * (m+1) + j]: of the longest common subsequence of a[i..] and b[j..].
std::vector<std::uint16_t> common_lengths(std::span<const std::string> a,
                                          std::span<const std::string> b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::uint16_t> lengths((a.size() + 1) * width, 0);
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      auto& here = lengths[i * width + j];
      if (a[i] == b[j]) here = static_cast<std::uint16_t>(lengths[(i + 1) * width + j + 1] + 1);
      else here = std::max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  return lengths;
}

std::string_view whose(Reach reach) {
  switch (reach) {
    case Reach::live: return "";
    case Reach::idle: return "  [no effect]";
    case Reach::restart: return "  [ntpd-net: needs a restart]";
    case Reach::clock: return "  [clockd]";
    case Reach::rtc: return "  [rtcd]";
    case Reach::refclock: return "  [refclockd, ntpd-net: need a restart]";
    case Reach::both: return "  [clockd, ntpd-net: need a restart]";
    case Reach::everyone: return "  [all programs: need a restart]";
  }
  return "";
}

}  // namespace

std::vector<LineChange> compare_lines(const Configuration& before, const Configuration& after) {
  const Lines old = lines_of(before), now = lines_of(after);
  const auto [old_end, now_end] = std::ranges::mismatch(old.text, now.text);
  const auto same = static_cast<std::size_t>(old_end - old.text.begin());
  const auto a = std::span{old.text}.subspan(same), b = std::span{now.text}.subspan(same);
  const bool small = a.size() < 60'000 && (a.size() + 1) * (b.size() + 1) <= most_cells;
  const auto lengths = small ? common_lengths(a, b) : std::vector<std::uint16_t>{};
  const std::size_t width = b.size() + 1;
  std::vector<LineChange> changes;
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (small && i < a.size() && j < b.size() && a[i] == b[j]) {
      ++i, ++j;
    } else if (i < a.size() && (j == b.size() || !small ||
                                lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
      changes.push_back({false, a[i], old.reach[same + i]});
      ++i;
    } else {
      changes.push_back({true, b[j], now.reach[same + j]});
      ++j;
    }
  }
  return changes;
}

std::string describe(const std::vector<LineChange>& changes) {
  std::string text;
  for (const LineChange& change : changes) {
    text.append(change.added ? "+ " : "- ").append(change.text).append(whose(change.reach));
    text += '\n';
  }
  return text;
}

std::uint32_t digest_of(const Configuration& configuration) {
  std::uint32_t digest = 2166136261u;  // FNV-1a: for accidents, not for enemies
  for (const char c : handover_text(configuration)) {
    digest ^= static_cast<std::uint8_t>(c);
    digest *= 16777619u;
  }
  return digest == 0 ? 1 : digest;
}

}  // namespace ntp
