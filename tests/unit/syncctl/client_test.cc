// Repeats, patience and strangers' datagrams.
#include "syncctl/client.h"

#include <gtest/gtest.h>

#include "tests/unit/syncctl/fake_daemon.h"

namespace ntp::syncctl {
namespace {

using control::Command;

TEST(Client, AsksAgainWithDoubledPatienceAndANewSequence) {
  FakeDaemon daemon;
  daemon.losses = 2;
  Client client{daemon, {.timeout = 1s, .retries = 2}};
  ASSERT_TRUE(client.ask(Command::refresh));
  ASSERT_EQ(daemon.waits.size(), 3u);
  EXPECT_GT(daemon.waits[0], 900ms);
  EXPECT_GT(daemon.waits[1], 1900ms);
  EXPECT_GT(daemon.waits[2], 3900ms);
  EXPECT_EQ(daemon.asked.back().attempt, 2);
}

TEST(Client, GivesUpAfterItsRetriesAndLeavesTheAddress) {
  FakeDaemon daemon;
  daemon.losses = 100;
  daemon.addresses = 2;
  Client client{daemon, {.timeout = 1ms, .retries = 2}};
  EXPECT_EQ(client.ask(Command::refresh).error(), Trouble::no_answer);
  EXPECT_EQ(daemon.waits.size(), 6u);
}

TEST(Client, WaitsThroughAnswersToSomeoneElse) {
  FakeDaemon daemon;
  daemon.strangers = 3;
  Client client{daemon, {}};
  const auto answer = client.ask(Command::refresh);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, control::Status::success);
}

TEST(Client, DoesNotListenToStrangersForEver) {
  FakeDaemon daemon;
  daemon.strangers = 1000;
  Client client{daemon, {.timeout = 1s, .retries = 0}};
  EXPECT_FALSE(client.ask(Command::refresh));
  EXPECT_LT(daemon.waits.size(), 100u);
}

}  // namespace
}  // namespace ntp::syncctl
