// Promises, inheritance and the trace.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "ntpd-net/inheritance.h"
#include "ntpd-net/promises.h"
#include "ntpd-net/trace.h"

namespace ntp {
namespace {

std::set<std::string> calls(Promise promise) {
  std::set<std::string> names;
  for (const Allow& allow : promise) names.insert(allow.call);
  return names;
}

TEST(Promises, TheClientRoleMayMakeTwentyFourCallsAtMost) {
  EXPECT_LE(calls(client_promise()).size(), static_cast<std::size_t>(most_client_calls));
}

TEST(Promises, NoRoleMaySetAClockAndTheClientMayNeitherOpenNorStartAnything) {
  for (const Promise promise : {client_promise(), resolver_promise(), supervisor_promise()})
    for (const char* call : {"clock_settime", "clock_adjtime", "adjtimex", "settimeofday"})
      EXPECT_EQ(calls(promise).count(call), 0u) << call;
  for (const char* call :
       {"openat", "open", "execve", "clone", "fork", "unlink", "ptrace", "ioctl"})
    EXPECT_EQ(calls(client_promise()).count(call), 0u) << call;
}

TEST(Promises, ARoleNeedsNothingThatItsSupervisorMayNot) {
  // Filters are inherited through exec: what the supervisor may not, no role may.
  const auto supervisor = calls(supervisor_promise());
  for (const Promise promise : {client_promise(), resolver_promise()})
    for (const std::string& call : calls(promise)) EXPECT_EQ(supervisor.count(call), 1u) << call;
}

TEST(Inheritance, WhatIsGivenIsTaken) {
  Inheritance given;
  given.say("filter", "1");
  given.say("drift", "-25");
  const auto taken = Inheritance::parse(given.arguments());
  ASSERT_TRUE(taken.has_value());
  EXPECT_TRUE(taken->is("filter"));
  EXPECT_EQ(taken->number("drift"), -25);
  EXPECT_EQ(taken->word("absent"), "");
  EXPECT_FALSE(taken->take("absent").is_open());
  EXPECT_FALSE(Inheritance::parse({"nonsense"}).has_value());
}

TEST(Trace, ALineReadsBackAsTheSameSample) {
  const TracedSample traced{.place = 7,
                            .sample = {.sent = {123456789ns},
                                       .server_received = {1'800'000'000s},
                                       .server_sent = {1'800'000'000s + 1us},
                                       .received = {123556789ns},
                                       .root_delay = 3ms,
                                       .root_dispersion = 4ms,
                                       .precision = Nanos{61},
                                       .leap = Leap::insert,
                                       .stratum = 2}};
  const auto again = parse_traced(to_line(traced));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->place, 7);
  EXPECT_EQ(to_line(*again), to_line(traced));
}

TEST(Trace, LinesThatAreNoSampleAreRefused) {
  for (const char* line :
       {"", "S 1 2 3", "+ 1 name", "S 64 1 2 3 4 5 6 7 0 1", "S 1 1 2 3 4 5 6 7 0 16"})
    EXPECT_FALSE(parse_traced(line).has_value()) << line;
}

}  // namespace
}  // namespace ntp
