// meridian.conf(5) names every directive and option that the grammar takes and no other, and
// says "No effect" of exactly those that have none.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "common/base/text.h"
#include "common/conf/directives.h"
#include "common/conf/grammar.h"

namespace ntp {
namespace {

struct Page {
  std::map<std::string, std::string> entries;  // directive -> what is said of it
  std::set<std::string> options;               // all Cm words
};

// The words up to the first argument: ".It Ic allow Oo Cm all" gives "allow".
std::vector<std::string> named_by(std::string_view line) {
  std::vector<std::string> names;
  for (const auto word : split_words(line.substr(7))) {
    if (word == "," || word == "Ic") continue;
    if (word == "Ar" || word == "Op" || word == "Oo") {
      const auto next = line.find(", Ic ");  // "a Ar FILE , Ic b Ar FILE" names two
      if (next != line.npos) names.emplace_back(split_words(line.substr(next + 5))[0]);
      return names;
    }
    names.emplace_back(word);
  }
  return names;
}

Page read_page() {
  Page page;
  std::ifstream in{"man/meridian.conf.5"};
  std::vector<std::string> current;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(".Ss") || line.starts_with(".Sh")) current.clear();
    if (line.starts_with(".It Ic ")) {
      current = named_by(line);
      for (const auto& name : current) page.entries[name];
    }
    for (const auto& name : current) page.entries[name] += line + "\n";
    for (auto at = line.find("Cm "); at != line.npos; at = line.find("Cm ", at + 1)) {
      for (const auto word : split_words(std::string_view{line}.substr(at + 3)))
        page.options.emplace(word);
    }
  }
  return page;
}

TEST(Manual, NamesEveryDirectiveAndNoOther) {
  const auto page = read_page();
  std::set<std::string> in_page, in_grammar;
  for (const auto& [name, text] : page.entries) in_page.insert(name);
  for (const auto& fact : directive_facts) in_grammar.emplace(fact.name);
  EXPECT_EQ(in_page, in_grammar);
}

TEST(Manual, SaysNoEffectOfThoseThatHaveNone) {
  const auto page = read_page();
  for (const auto& fact : directive_facts) {
    const auto entry = page.entries.find(std::string{fact.name});
    ASSERT_NE(entry, page.entries.end()) << fact.name;
    const bool says = entry->second.find("No effect") != std::string::npos;
    EXPECT_EQ(says, fact.owner == Owner::nobody) << fact.name;
  }
}

// Asks the grammar itself: a wrong option is answered with the nearest right one.
TEST(Manual, NamesEveryOptionOfASource) {
  const auto page = read_page();
  for (const auto* option :
       {"minpoll",          "maxpoll",       "iburst",       "burst",    "prefer",
        "noselect",         "trust",         "require",      "key",      "port",
        "maxsources",       "offline",       "auto_offline", "ipv4",     "ipv6",
        "version",          "minstratum",    "offset",       "maxdelay", "maxdelayratio",
        "maxdelaydevratio", "maxdelayquant", "nts",          "ntsport",  "certset",
        "xleave",           "copy",          "extfield",     "mindelay", "asymmetry",
        "minsamples",       "maxsamples",    "maxunreach",   "filter",   "polltarget",
        "presend"}) {
    EXPECT_TRUE(page.options.contains(option)) << option;
    const auto wrong = parse_source("server a " + std::string{option} + "x");
    EXPECT_NE(wrong.error().message.find("\"" + std::string{option} + "\"?"), std::string::npos)
        << wrong.error().message;
  }
}

}  // namespace
}  // namespace ntp
