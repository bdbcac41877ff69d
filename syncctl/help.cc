// The words of `help`, and the tab key's choices, which are read from them.
#include <algorithm>

#include "common/base/text.h"
#include "syncctl/commands.h"

namespace ntp::syncctl {

namespace {

constexpr std::array lines{
    HelpLine{"", "The clock:"},
    HelpLine{"tracking", "How this machine's clock does"},
    HelpLine{"waitsync [<tries> [<correction> [<skew> [<interval>]]]]",
             "Wait until the clock is right within limits"},
    HelpLine{"clock", "What clockd does with it, and how often it refused for which reason"},
    HelpLine{"refusals [-a]", "What any of the programs did not believe, by reason"},
    HelpLine{"makestep", "Step the clock now to where it should be"},
    HelpLine{"makestep <threshold> <updates>", "Change when the clock may be stepped"},
    HelpLine{"maxupdateskew <ppm>", "Change the worst skew that is obeyed"},
    HelpLine{"watch [<interval>]", "Offset, bound and sources, live"},
    HelpLine{"metrics", "Everything as OpenMetrics text"},
    HelpLine{"metrics serve [<address>:<port>|<path>]", "The same over HTTP, until it is ended"},
    HelpLine{"", "Sources of time:"},
    HelpLine{"sources [-a] [-v]", "The sources and their last samples"},
    HelpLine{"sourcestats [-a] [-v]", "What was learnt from their samples"},
    HelpLine{"selectdata [-a] [-v]", "Which are used, and the intervals that decide"},
    HelpLine{"why <source>", "The state of one source in a sentence"},
    HelpLine{"selectopts <address|refid> <+|-option>...",
             "Change noselect, prefer, trust, require"},
    HelpLine{"reselect", "Select again from scratch"},
    HelpLine{"reselectdist <seconds>", "Change the advantage that a new source needs"},
    HelpLine{"offset <address|refid> <seconds>", "Change the correction of a source"},
    HelpLine{"", "Servers:"},
    HelpLine{"activity", "How many sources are online"},
    HelpLine{"authdata [-a] [-v]", "How the sources are authenticated"},
    HelpLine{"ntpdata [<address>...]", "The last packet of each source"},
    HelpLine{"sourcename <address>", "The name of a source in the configuration"},
    HelpLine{"add server|pool|peer <name> [options]", "Add a source"},
    HelpLine{"delete <address>", "Remove a source"},
    HelpLine{"burst <good>/<all> [<mask>/<address>|<address>[/<bits>]]", "Measure quickly, once"},
    HelpLine{"online [<mask>/<address>|<address>[/<bits>]]", "Poll these sources again"},
    HelpLine{"offline [<mask>/<address>|<address>[/<bits>]]", "Poll these sources no more"},
    HelpLine{"onoffline", "Online or offline as the routes say"},
    HelpLine{"refresh", "Resolve the names of the sources again"},
    HelpLine{"reload sources", "Read the *.sources files again"},
    HelpLine{"reload [--dry-run] [clockd] [rtcd]",
             "Read everything again, or say what would change"},
    HelpLine{"maxdelay <address> <seconds>", "Change the longest round trip"},
    HelpLine{"maxdelayratio <address> <ratio>", "... against the shortest one seen"},
    HelpLine{"maxdelaydevratio <address> <ratio>", "... against its deviation"},
    HelpLine{"minpoll <address> <log2>", "Change the shortest polling interval"},
    HelpLine{"maxpoll <address> <log2>", "Change the longest polling interval"},
    HelpLine{"minstratum <address> <stratum>", "Change the least stratum assumed"},
    HelpLine{"polltarget <address> <samples>", "Change how many samples polling aims at"},
    HelpLine{"", "Serving time:"},
    HelpLine{"serverstats [-v]", "What the server did; -v: and why it did not answer"},
    HelpLine{"clients [-p <packets>] [-k] [-r]", "Who asked it"},
    HelpLine{"accheck <address>", "Whether an address may ask"},
    HelpLine{"allow [all] [<subnet>]", "Let a subnet ask"},
    HelpLine{"deny [all] [<subnet>]", "Let a subnet ask no more"},
    HelpLine{"local [options]", "Serve time without a source"},
    HelpLine{"local off", "Serve time only with a source"},
    HelpLine{"smoothing", "How the served time is smoothed"},
    HelpLine{"smoothtime reset|activate", "Begin smoothing anew, or at all"},
    HelpLine{"", "Who may control:"},
    HelpLine{"cmdaccheck <address>", "Whether an address may send commands"},
    HelpLine{"cmdallow [all] [<subnet>]", "Let a subnet send commands"},
    HelpLine{"cmddeny [all] [<subnet>]", "Let a subnet send commands no more"},
    HelpLine{"", "Time by hand:"},
    HelpLine{"manual on|off|reset", "Whether settime is taken"},
    HelpLine{"manual list", "What settime was told"},
    HelpLine{"manual delete <index>", "Forget one of them"},
    HelpLine{"settime <date>", "Say what time it is, as 16:30:05 or 2026-09-25 16:30:05"},
    HelpLine{"", "The real-time clock:"},
    HelpLine{"rtcdata", "What is known of it"},
    HelpLine{"trimrtc", "Set it to the system clock"},
    HelpLine{"writertc", "Save what is known of it"},
    HelpLine{"", "The daemon:"},
    HelpLine{"cyclelogs", "Open the log files again"},
    HelpLine{"dump", "Save the measurements"},
    HelpLine{"rekey", "Read the keys again"},
    HelpLine{"reset sources", "Forget all measurements"},
    HelpLine{"shutdown", "End the daemon"},
    HelpLine{"", "This program:"},
    HelpLine{"dns -n|+n|-4|-6|-46", "Whether and how addresses become names"},
    HelpLine{"timeout <milliseconds>", "How long to wait for the first answer"},
    HelpLine{"retries <retries>", "How often to ask again"},
    HelpLine{"keygen [<id> [<type> [<bits>]]]", "A new line for the key file"},
    HelpLine{"help", "This text"},
    HelpLine{"exit, quit", "Leave"},
};

bool is_choice(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '+';
  });
}

// "[-v]" and "on|off" into the words that can be typed.
void add_choices(std::vector<std::string>& out, std::string_view pattern) {
  std::string plain;
  for (const char c : pattern) {
    if (c == '[' || c == ']' || c == '.' || c == ',') continue;
    if (c == '<') return;  // the operator's own
    plain += c == '|' ? ' ' : c;
  }
  for (const std::string_view word : split_words(plain)) {
    if (is_choice(word)) out.emplace_back(word);
  }
}

}  // namespace

std::span<const HelpLine> help_lines() { return lines; }

std::vector<std::string> completions(std::string_view line) {
  const std::vector<std::string_view> words = split_words(line);
  const bool begins_word = line.empty() || line.back() == ' ';
  const std::string_view begun = begins_word ? "" : words.back();
  const std::size_t place = words.size() - (begins_word ? 0 : 1);

  std::vector<std::string> found;
  if (place == 0) {
    for (const CommandEntry& entry : command_entries()) found.emplace_back(entry.name);
  } else {
    for (const HelpLine& help : lines) {
      const std::vector<std::string_view> usage = split_words(help.usage);
      if (usage.empty() || usage.front() != words.front()) continue;
      for (const std::string_view part : std::span{usage}.subspan(1)) add_choices(found, part);
    }
  }
  std::erase_if(found, [&](const std::string& word) { return !word.starts_with(begun); });
  std::ranges::sort(found);
  const auto rest = std::ranges::unique(found);
  found.erase(rest.begin(), rest.end());
  return found;
}

}  // namespace ntp::syncctl
