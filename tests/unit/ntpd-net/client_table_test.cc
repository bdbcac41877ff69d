// The client table: counts, the rate limit as chrony.conf(5) words it, and its bounds.
#include "ntpd-net/client_table.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>

namespace ntp {
namespace {

class Clients : public ::testing::Test {
 protected:
  static constexpr std::size_t sets = 64;

  ClientTable table(const RateLimit& limit = {}) { return {memory_.get(), sets, limit, 12345}; }

  // `count` requests of one client, `apart` from each other; how many were answered.
  int ask(ClientTable& table, const Address& client, int count, Nanos apart) {
    int answered = 0;
    for (int i = 0; i < count; ++i) {
      now_ += apart;
      const Verdict verdict = table.take(client, now_, random_()).verdict;
      answered += verdict == Verdict::answer ? 1 : 0;
      kisses_ += verdict == Verdict::kiss ? 1 : 0;
    }
    return answered;
  }
  std::vector<ClientReport> report() const {
    std::vector<ClientReport> all;
    for (std::size_t i = 0; i < sets * 4; ++i)
      if (const auto client = read_client(memory_.get(), sets, i, now_)) all.push_back(*client);
    return all;
  }

  std::unique_ptr<ClientSet[]> memory_ = std::make_unique<ClientSet[]>(sets);
  RawTime now_{Nanos{1000s}};
  std::mt19937_64 random_{1};
  int kisses_ = 0;
};

const Address client = ipv4_address(0xc0000201);
const Address client6 = *parse_address("2001:db8::1");

TEST_F(Clients, EachClientIsCountedOnItsOwn) {
  ClientTable clients = table();
  EXPECT_EQ(ask(clients, client, 5, 1s), 5);
  EXPECT_EQ(ask(clients, client6, 3, 1s), 3);
  const auto all = report();
  ASSERT_EQ(all.size(), 2u);
  for (const ClientReport& each : all) {
    EXPECT_TRUE(each.address == client || each.address == client6);
    EXPECT_EQ(each.hits, each.address == client ? 5u : 3u);
    EXPECT_EQ(each.drops, 0u);
    EXPECT_EQ(now_ - each.last, each.address == client ? Nanos{3s} : Nanos{0});
  }
}

TEST_F(Clients, TheAverageIntervalIsLog2OfTheSpacing) {
  ClientTable clients = table();
  (void)ask(clients, client, 1, 1s);
  EXPECT_EQ(report().at(0).interval_log2, 127);
  (void)ask(clients, client, 100, 64s);
  EXPECT_EQ(report().at(0).interval_log2, 6);
  (void)ask(clients, client, 200, 1s);
  EXPECT_EQ(report().at(0).interval_log2, 0);
}

TEST_F(Clients, WithoutALimitNothingIsDropped) {
  ClientTable clients = table();
  EXPECT_EQ(ask(clients, client, 10000, 1us), 10000);
}

TEST_F(Clients, ABurstIsAnsweredAndThenOneInAnInterval) {
  ClientTable clients = table({.enabled = true, .interval = 3, .burst = 8, .leak = 4});
  EXPECT_GE(ask(clients, client, 8, 1ms), 8);
  int extra = 0;
  for (int i = 0; i < 1000; ++i) extra += ask(clients, client, 1, 1ms);
  EXPECT_GT(extra, 20);  // the leak: a sixteenth
  EXPECT_LT(extra, 120);
}

TEST_F(Clients, TheLongRunRateIsTheIntervalsHoweverFastTheRequestsCome) {
  for (const Nanos apart : {Nanos{1ms}, Nanos{10ms}, Nanos{100ms}}) {
    memory_ = std::make_unique<ClientSet[]>(sets);
    ClientTable clients = table({.enabled = true, .interval = 0, .burst = 1, .leak = 4});
    const int count = static_cast<int>(Nanos{200s} / apart);
    const int answered = ask(clients, client, count, apart);
    const int leaked = (count - 200) / 16;
    EXPECT_NEAR(answered, 200 + leaked, 20 + leaked / 5) << apart.count();
  }
}

TEST_F(Clients, ASlowClientIsNeverLimited) {
  ClientTable clients = table({.enabled = true, .interval = 3, .burst = 1, .leak = 2});
  EXPECT_EQ(ask(clients, client, 200, 9s), 200);
}

TEST_F(Clients, AnIdleDaySavesUpOneBurstAndNoMore) {
  ClientTable clients = table({.enabled = true, .interval = 3, .burst = 8, .leak = 4});
  (void)ask(clients, client, 1, 1s);
  now_ += 24h;
  EXPECT_LT(ask(clients, client, 200, 1us), 8 + 40);
}

TEST_F(Clients, TheLeakAnswersAQuarterByDefault) {
  ClientTable clients = table({.enabled = true, .interval = 12, .burst = 1, .leak = 2});
  const int answered = ask(clients, client, 8000, 1ms);
  EXPECT_NEAR(answered, 2000, 200);
  EXPECT_EQ(report().at(0).drops, 8000u - static_cast<unsigned>(answered));
  EXPECT_EQ(kisses_, 0);
}

TEST_F(Clients, KissesAreAShareOfWhatIsDropped) {
  ClientTable clients = table({.enabled = true, .interval = 12, .burst = 1, .leak = 2, .kod = 2});
  const int answered = ask(clients, client, 8000, 1ms);
  EXPECT_NEAR(kisses_, (8000 - answered) / 4, 200);
}

TEST_F(Clients, OneClientsFloodDoesNotLimitAnother) {
  ClientTable clients = table({.enabled = true, .interval = 3, .burst = 8, .leak = 4});
  (void)ask(clients, client, 5000, 10us);
  EXPECT_EQ(ask(clients, client6, 8, 1ms), 8);
}

TEST_F(Clients, AMillionAddressesStayInTheTableAndAreCountedWhenPushedOut) {
  ClientTable clients = table();
  std::uint64_t pushed_out = 0;
  for (std::uint32_t i = 1; i <= 1'000'000; ++i)
    pushed_out += clients.take(ipv4_address(i), now_ += 1us, random_()).pushed_out ? 1 : 0;
  EXPECT_EQ(report().size(), sets * 4);
  EXPECT_EQ(pushed_out, 1'000'000 - sets * 4);
}

TEST_F(Clients, AClientThatAsksOftenSurvivesStrangers) {
  ClientTable clients = table();
  for (std::uint32_t i = 1; i <= 10'000; ++i) {
    (void)clients.take(client, now_ += 1ms, random_());
    (void)clients.take(ipv4_address(i), now_ += 1ms, random_());
  }
  bool found = false;
  for (const ClientReport& each : report()) found |= each.address == client && each.hits == 10'000;
  EXPECT_TRUE(found);
}

TEST(ClientSets, TheTableIsAPowerOfTwoInsideTheLimit) {
  EXPECT_EQ(client_sets(524288, 1), 4096u);
  EXPECT_EQ(client_sets(524288, 2), 2048u);
  EXPECT_EQ(client_sets(600000, 1), 4096u);
  EXPECT_EQ(client_sets(0, 1), 64u);
  EXPECT_EQ(client_sets(UINT64_MAX, 1), most_client_sets);
}

TEST(ClientSets, GarbageInTheMemoryIsReportedWithoutHarm) {
  std::mt19937_64 random{4};
  auto memory = std::make_unique<ClientSet[]>(64);
  for (std::size_t i = 0; i < 64; ++i)
    for (auto& record : memory[i].records)
      for (auto& word : record.words) word = random();
  int reported = 0;
  for (std::size_t i = 0; i < 300; ++i)
    reported += read_client(memory.get(), 64, i, RawTime{Nanos{5s}}).has_value() ? 1 : 0;
  EXPECT_EQ(reported, 256);
}

}  // namespace
}  // namespace ntp
