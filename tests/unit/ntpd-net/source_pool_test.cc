// Entries, names and places; names are answered by the test.
#include "ntpd-net/source_pool.h"

#include <gtest/gtest.h>

#include "common/wire/key_file.h"

namespace ntp {
namespace {

SourceSettings line(const char* name, SourceKind kind = SourceKind::server) {
  SourceSettings settings;
  settings.kind = kind;
  settings.name = name;
  return settings;
}

class SourcePoolTest : public testing::Test {
 protected:
  Ensemble ensemble{EnsembleOptions{}};
  KeyStore keys;
  SourcePool pool{ensemble, keys, {}, 0s};
  MonotonicTime now{100s};

  std::vector<Address> addresses() const {
    std::vector<Address> out;
    for (const int place : pool.order()) out.push_back(pool.at(place).remote.address);
    return out;
  }
};

TEST_F(SourcePoolTest, AnAddressIsASourceAtOnceAndOnlyOnce) {
  EXPECT_EQ(pool.add(line("192.0.2.1"), now), AddOutcome::added);
  EXPECT_EQ(pool.add(line("192.0.2.1"), now), AddOutcome::already_known);
  EXPECT_EQ(pool.order().size(), 1u);
}

TEST_F(SourcePoolTest, FirstRequestsAreSpreadOverTime) {
  for (const char* name : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) (void)pool.add(line(name), now);
  EXPECT_EQ(pool.at(pool.order()[0]).request.when(), now + 10ms);
  EXPECT_EQ(pool.at(pool.order()[2]).request.when(), now + 410ms);
}

TEST_F(SourcePoolTest, ANameIsUnresolvedUntilItsAnswerComes) {
  NameService names;  // resolves in this process: localhost needs no network
  EXPECT_EQ(pool.add(line("localhost"), now), AddOutcome::added);
  EXPECT_EQ(pool.unresolved(), 1);
  pool.ask_names(names, now);
  ASSERT_TRUE(names.has_waiting());
  pool.take_names(names, now);
  EXPECT_EQ(pool.unresolved(), 0);
  ASSERT_EQ(addresses().size(), 1u);
  EXPECT_TRUE(addresses()[0].is_loopback());
  EXPECT_EQ(pool.entry_of(pool.order()[0])->settings.name, "localhost");
}

TEST_F(SourcePoolTest, EveryAddressThatAPoolOwesHasANumberOfItsOwn) {
  SourceSettings several = line("localhost", SourceKind::pool);
  several.maxsources = 4;
  several.family = Family::ipv4;
  (void)pool.add(line("nowhere.invalid"), now);
  (void)pool.add(several, now);
  EXPECT_EQ(pool.entries()[1].owed, (std::vector<std::uint32_t>{2, 3, 4, 5}));
  EXPECT_EQ(pool.owner_of(4), &pool.entries()[1]);
  EXPECT_TRUE(pool.remove_unresolved(4));  // one of them, not the pool
  EXPECT_FALSE(pool.remove_unresolved(4));
  EXPECT_EQ(pool.unresolved(), 4);
  EXPECT_TRUE(pool.remove_unresolved(1));
  ASSERT_EQ(pool.entries().size(), 1U);
  NameService names;
  pool.ask_names(names, now);
  pool.take_names(names, now);  // one address, so two are still owed
  EXPECT_EQ(pool.entries()[0].owed, (std::vector<std::uint32_t>{3, 5}));
  EXPECT_TRUE(pool.remove(addresses()[0]));
  EXPECT_EQ(pool.unresolved(), 2);  // what was deleted is not owed again
  EXPECT_TRUE(pool.remove_unresolved(3) && pool.remove_unresolved(5));
  EXPECT_TRUE(pool.entries().empty());
}

TEST_F(SourcePoolTest, ANameWithoutAnAnswerIsAskedAgainLater) {
  NameService names;
  SourceSettings literal_only = line("localhost");
  literal_only.family = Family::ipv6;
  SourcePool ipv4_only{ensemble, keys, {.ipv4 = true, .ipv6 = false}, 0s};
  (void)ipv4_only.add(literal_only, now);
  ipv4_only.ask_names(names, now);
  ipv4_only.take_names(names, now);
  EXPECT_EQ(ipv4_only.unresolved(), 1);
  EXPECT_EQ(ipv4_only.next_resolution(), now + 2s);
}

TEST_F(SourcePoolTest, ANameIsAskedForAgainAfterRefresh) {
  NameService names;
  SourcePool refreshed{ensemble, keys, {}, 1h};
  (void)refreshed.add(line("localhost"), now);
  refreshed.ask_names(names, now);
  refreshed.take_names(names, now);
  EXPECT_EQ(refreshed.next_resolution(), now + 1h);
  refreshed.ask_names(names, now + 59min);
  EXPECT_FALSE(names.has_waiting());
  refreshed.ask_names(names, now + 1h);
  EXPECT_TRUE(names.has_waiting());
}

TEST_F(SourcePoolTest, AFamilyOptionTakesAddressesOfItsFamilyOnly) {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    NameService names;
    SourcePool one{ensemble, keys, {}, 0s};
    SourceSettings settings = line("localhost");
    settings.family = family;
    (void)one.add(settings, now);
    one.ask_names(names, now);
    one.take_names(names, now);
    for (const int place : one.order()) EXPECT_EQ(one.at(place).remote.address.family, family);
    EXPECT_EQ(one.order().size(), family == Family::ipv4 ? 1u : one.order().size());
  }
}

TEST_F(SourcePoolTest, ASourceBeginsWithWhatTheLastRunMeasured) {
  std::vector<Sample> samples;
  for (int i = 1; i <= 12; ++i) {
    const RawTime sent{16s * i};
    const UtcTime there{1'800'000'000s + 16s * i};
    samples.push_back({.sent = sent,
                       .server_received = there,
                       .server_sent = there,
                       .received = sent + 1ms,
                       .stratum = 2});
  }
  pool.keep_dump(
      {{.address = *parse_address("192.0.2.1"), .reachability = 0x3f, .samples = samples}});
  (void)pool.add(line("192.0.2.2"), now);
  EXPECT_FALSE(ensemble.combined().has_value());
  (void)pool.add(line("192.0.2.1"), now);
  ASSERT_TRUE(ensemble.combined().has_value());
  const Source& source = *pool.find(*parse_address("192.0.2.1"));
  EXPECT_EQ(source.reachability, 0x3f);
  EXPECT_EQ(source.kept.size(), 12u);
  EXPECT_EQ(ensemble.poll_evidence(source.index, 6).samples, 12);
}

TEST_F(SourcePoolTest, ADeletedServerDoesNotComeBackByItsName) {
  NameService names;
  (void)pool.add(line("localhost"), now);
  pool.ask_names(names, now);
  pool.take_names(names, now);
  EXPECT_TRUE(pool.remove(addresses()[0]));
  EXPECT_TRUE(pool.entries().empty());
}

TEST_F(SourcePoolTest, ASourceWhoseKeyIsMissingIsNeverAsked) {
  SourceSettings keyed = line("192.0.2.1");
  keyed.key = 7;
  (void)pool.add(keyed, now);
  EXPECT_FALSE(pool.at(pool.order()[0]).request.is_armed());
}

TEST_F(SourcePoolTest, ReloadTouchesOnlyWhatCameFromSourceDirectories) {
  SourceSettings moving = line("192.0.2.9");
  moving.from_sourcedir = true;
  (void)pool.add(line("192.0.2.1"), now);
  (void)pool.add(moving, now);
  SourceSettings next = line("192.0.2.10");
  next.from_sourcedir = true;
  pool.reload(std::span{&next, 1}, now);
  EXPECT_EQ(addresses(),
            (std::vector<Address>{*parse_address("192.0.2.1"), *parse_address("192.0.2.10")}));
}

TEST_F(SourcePoolTest, AReloadKeepsWhatDidNotChangeAndWhatWasAddedByCommand) {
  const SourceSettings kept = line("192.0.2.1"), gone = line("192.0.2.2"), came = line("192.0.2.3");
  for (const SourceSettings& each : {kept, gone, line("192.0.2.9")}) (void)pool.add(each, now);
  pool.at(pool.order()[0]).counts.good = 7;
  const std::vector<SourceSettings> before{kept, gone}, after{came, kept};
  pool.adopt(before, after, now);
  EXPECT_EQ(addresses(),
            (std::vector<Address>{*parse_address("192.0.2.1"), *parse_address("192.0.2.9"),
                                  *parse_address("192.0.2.3")}));
  EXPECT_EQ(pool.at(pool.order()[0]).counts.good, 7U);
}

TEST_F(SourcePoolTest, KeysReadAgainBringASourceBackOrTakeItAway) {
  SourceSettings keyed = line("192.0.2.1");
  keyed.key = 7;
  (void)pool.add(keyed, now);
  const Source& source = pool.at(pool.order()[0]);
  EXPECT_FALSE(source.online);
  keys = parse_key_file("7 SHA1 a-secret-of-some-length\n", "test").keys;
  pool.take_keys(now);
  EXPECT_TRUE(source.online);
  EXPECT_EQ(source.key, keys.find(7));
  keys = KeyStore{};
  pool.take_keys(now);
  EXPECT_FALSE(source.online);
  EXPECT_EQ(source.key, nullptr);
}

}  // namespace
}  // namespace ntp
