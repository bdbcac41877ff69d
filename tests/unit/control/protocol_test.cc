// Lengths, headers, permissions and refusals of the monitoring protocol, and what each
// generation of client gets.
#include "common/control/protocol.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace ntp::control {
namespace {

using enum Command;

// Number -> length on the wire, as seen between chronyc and chronyd (4.3; the newer ones 4.6).
const std::map<int, std::size_t> wire_lengths{
    {1, 60},      {2, 60},   {3, 68},   {4, 44},   {5, 44},   {6, 28},       {7, 44},
    {8, 44},      {9, 28},   {11, 40},  {13, 28},  {14, 32},  {15, 76},      {16, 28},
    {17, 44},     {18, 44},  {19, 44},  {20, 44},  {21, 44},  {22, 44},      {23, 44},
    {24, 44},     {25, 40},  {26, 40},  {29, 40},  {30, 28},  {31, 28},      {33, 104},
    {34, 84},     {35, 56},  {36, 28},  {37, 28},  {41, 416}, {42, 28},      {43, 28},
    {44, 48},     {45, 44},  {46, 44},  {47, 44},  {48, 28},  {49, 28},      {50, 28},
    {51, 52},     {52, 28},  {53, 28},  {54, 196}, {56, 36},  {57, 172},     {62, 28},
    {63, 28},     {64, 372}, {65, 284}, {66, 28},  {67, 52},  {68, 520},     {69, 76},
    {70, 28},     {71, 28},  {72, 52},  {73, 48},  {74, 48},  {0x4d01, 300}, {0x4d02, 156},
    {0x4d03, 220}};  // ours

constexpr std::uint32_t sequence = 0xf6bd24ee;
using Buffer = std::array<std::byte, longest_request>;

std::vector<std::byte> request_octets(std::uint16_t command, std::size_t length,
                                      std::uint8_t version = 6) {
  std::vector<std::byte> octets(std::max<std::size_t>(length, 20));
  Writer out{octets};
  out.put(version);
  out.put(std::uint8_t{1});
  out.put(std::uint16_t{0});
  out.put(command);
  out.put(std::uint16_t{0});
  out.put(sequence);
  octets.resize(length);
  return octets;
}

Refused refusal(const std::vector<std::byte>& octets, const Door& door = {.is_unix = true}) {
  const auto request = parse_request(octets, door);
  EXPECT_FALSE(request.has_value());
  return request ? Refused{} : request.error();
}

TEST(ControlCommands, EveryRequestHasTheLengthSeenOnTheWire) {
  ASSERT_EQ(command_rows().size(), wire_lengths.size());
  for (const CommandRow& row : command_rows()) {
    const auto number = static_cast<int>(row.command);
    EXPECT_EQ(row.full_request_size, wire_lengths.at(number)) << number;
  }
}

TEST(ControlRequest, IsTakenAtItsLengthAndAboveAndRefusedBelow) {
  for (const CommandRow& row : command_rows()) {
    const auto number = static_cast<std::uint16_t>(row.command);
    EXPECT_TRUE(parse_request(request_octets(number, row.request_size), {.is_unix = true}));
    EXPECT_TRUE(parse_request(request_octets(number, longest_request), {.is_unix = true}));
    if (row.request_size == shortest_request) continue;
    const Refused refused = refusal(request_octets(number, row.request_size - 4));
    EXPECT_FALSE(refused.silent) << number;
    EXPECT_EQ(refused.status, Status::bad_length) << number;
  }
}

TEST(ControlRequest, WhatCannotBeAnsweredSafelyIsDropped) {
  EXPECT_TRUE(refusal(request_octets(33, 27)).silent);
  EXPECT_TRUE(refusal(request_octets(33, 864)).silent);
  EXPECT_TRUE(refusal(request_octets(33, 104, 4)).silent);
  auto reply = request_octets(33, 104);
  reply[1] = std::byte{2};
  EXPECT_TRUE(refusal(reply).silent);
  for (const int reserved : {2, 3}) {
    auto octets = request_octets(33, 104);
    octets[reserved] = std::byte{1};
    EXPECT_TRUE(refusal(octets).silent);
  }
}

TEST(ControlRequest, AnotherVersionIsToldOurs) {
  for (const std::uint8_t version : {5, 7, 255}) {
    const Refused refused = refusal(request_octets(33, 104, version));
    EXPECT_EQ(refused.status, Status::bad_version);
    Buffer out;
    const Octets answer = write_refusal(refused, out);
    ASSERT_EQ(answer.size(), 28u);
    EXPECT_EQ(answer[0], std::byte{6});
  }
}

TEST(ControlRequest, NumbersThatMeanNothingAreInvalid) {
  for (const int number : {0, 10, 12, 27, 28, 32, 38, 39, 40, 55, 58, 59, 60, 61, 75, 65535}) {
    const Refused refused = refusal(request_octets(static_cast<std::uint16_t>(number), 400));
    EXPECT_FALSE(refused.silent) << number;
    EXPECT_EQ(refused.status, Status::invalid) << number;
  }
}

TEST(ControlRequest, OverUdpOnlyTheOpenCommandsPass) {
  const std::vector<int> open{14, 15, 33, 34, 35, 41, 44, 51, 65};
  for (const CommandRow& row : command_rows()) {
    const auto number = static_cast<int>(row.command);
    const auto octets = request_octets(static_cast<std::uint16_t>(number), row.full_request_size);
    if (std::ranges::find(open, number) != open.end()) {
      EXPECT_TRUE(parse_request(octets, {})) << number;
    } else {
      EXPECT_EQ(refusal(octets, {}).status, Status::unauthorised) << number;
    }
  }
}

TEST(ControlRequest, TheLengthIsJudgedBeforeThePermission) {
  EXPECT_EQ(refusal(request_octets(64, 100), {}).status, Status::bad_length);
}

TEST(ControlRequest, AWordOpensItsCommandAndTheCountThatItNeeds) {
  OpenCommands open;
  EXPECT_TRUE(open_by_word(open, "selectdata"));
  EXPECT_TRUE(open.test(14));
  EXPECT_TRUE(open.test(69));
  EXPECT_EQ(open.count(), 2u);
  EXPECT_FALSE(open_by_word(open, "makestep"));
  EXPECT_EQ(open.count(), 2u);
}

TEST(ControlRequest, BothFormsOfLocalArriveAsTheNewerOne) {
  Buffer out;
  const Local2 local{.on = 1, .stratum = 11, .distance = Seconds{0.5}, .orphan = 1};
  const auto request = parse_request(write_request(local2, 0, 1, local, out), {.is_unix = true});
  ASSERT_TRUE(request);
  const auto& body = std::get<Local3>(request->body);
  EXPECT_EQ(body.stratum, 11);
  EXPECT_EQ(body.orphan, 1);
  EXPECT_EQ(body.wait_synced.count(), 0.0);
}

TEST(ControlRequest, ThePacketOfMakestepIsTheOneSeenOnTheWire) {
  Buffer out;
  const Octets octets =
      write_request(makestep_policy, 0, sequence, MakestepPolicy{3, Seconds{0.1}}, out);
  ASSERT_EQ(octets.size(), 28u);
  Cursor in{octets};
  EXPECT_EQ(in.take<std::uint64_t>(), 0x0601000000320000u);
  EXPECT_EQ(in.take<std::uint32_t>(), sequence);
  in.skip(8);
  EXPECT_EQ(in.take<std::uint64_t>(), 0x00000003fccccccdu);
}

TEST(ControlReply, OfAccheckIsTheOneSeenOnTheWire) {
  Buffer asked, out;
  const auto request = parse_request(
      write_request(access_check, 0, sequence, OneAddress{{ipv4_address(0x01020304)}}, asked),
      {.is_unix = true});
  ASSERT_TRUE(request);
  const Octets reply = write_status(*request, Status::access_denied, out);
  ASSERT_EQ(reply.size(), 28u);
  Cursor in{reply};
  EXPECT_EQ(in.take<std::uint64_t>(), 0x0602000000190001u);
  EXPECT_EQ(in.take<std::uint64_t>(), 0x0009000000000000u);
  EXPECT_EQ(in.take<std::uint32_t>(), sequence);
}

Request asked(Command command, std::size_t length) {
  return {.command = command, .sequence = sequence, .length = length};
}

TEST(ControlReply, ComesBackToTheClientAsItWasWritten) {
  Buffer out;
  const Tracking said{.ref_id = 0x01020304, .stratum = 3, .leap = 1, .frequency = ppm(-3.5)};
  const Octets octets = write_reply(asked(tracking, 104), said, out);
  ASSERT_EQ(octets.size(), 104u);
  const auto reply = parse_reply(octets, tracking, sequence);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, Status::success);
  const auto heard = parse_body<Tracking>(*reply);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->ref_id, said.ref_id);
  EXPECT_EQ(heard->stratum, 3);
  EXPECT_NEAR(heard->frequency.ppm(), -3.5, 1e-6);
}

TEST(ControlReply, IsNeverLongerThanItsRequest) {
  Buffer out;
  EXPECT_TRUE(write_reply(asked(tracking, 103), Tracking{}, out).empty());
  EXPECT_TRUE(write_reply(asked(server_stats, 47), ServerStats{}, out).empty());
  EXPECT_TRUE(write_reply(asked(ntp_data, 151), NtpData{}, out).empty());
}

TEST(ControlReply, EachGenerationOfClientsGetsItsOwnServerStats) {
  const ServerStats stats{.ntp_hits = 1,
                          .nke_hits = 2,
                          .command_hits = 3,
                          .log_drops = 7,
                          .authenticated_hits = 8,
                          .interleaved_hits = 9,
                          .timestamp_span = 11,
                          .hardware_tx = 17};
  struct Row {
    std::size_t request;
    int type;
    std::size_t reply;
  };
  for (const Row row :
       {Row{48, 14, 48}, Row{60, 22, 60}, Row{72, 24, 72}, Row{196, 25, 196}, Row{416, 25, 196}}) {
    Buffer out;
    const Octets octets = write_reply(asked(server_stats, row.request), stats, out);
    ASSERT_EQ(octets.size(), row.reply);
    const auto reply = parse_reply(octets, server_stats, sequence);
    ASSERT_TRUE(reply);
    EXPECT_EQ(static_cast<int>(reply->type), row.type);
    const auto heard = take_server_stats(reply->type, reply->body);
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->stats.ntp_hits, 1u);
    EXPECT_EQ(heard->stats.command_hits, 3u);
    EXPECT_EQ(heard->stats.log_drops, 7u);
    EXPECT_EQ(heard->stats.timestamp_span, row.type >= 24 ? 11u : 0u);
    EXPECT_EQ(heard->stats.hardware_tx, row.type == 25 ? 17u : 0u);
    EXPECT_FALSE(take_server_stats(reply->type, reply->body.first(reply->body.size() - 1)));
  }
}

TEST(ControlReply, ANarrowCounterStopsAtItsTop) {
  Buffer out;
  const Octets octets =
      write_reply(asked(server_stats, 72), ServerStats{.ntp_hits = 0x1'0000'0000}, out);
  const auto reply = parse_reply(octets, server_stats, sequence);
  EXPECT_EQ(take_server_stats(reply->type, reply->body)->stats.ntp_hits, 0xffffffffu);
}

TEST(ControlReply, EachGenerationOfClientsGetsItsOwnNtpData) {
  const NtpData data{
      .remote = {ipv4_address(0x7f000001)}, .remote_port = 123, .total_good = 5, .kernel_tx = 6};
  for (const std::size_t length : {152u, 172u, 424u}) {
    Buffer out;
    const Octets octets = write_reply(asked(ntp_data, length), data, out);
    const bool old = length == 152;
    ASSERT_EQ(octets.size(), old ? 152u : 172u);
    const auto reply = parse_reply(octets, ntp_data, sequence);
    const auto heard = take_ntp_data(reply->type, reply->body);
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->has_stamp_counts, !old);
    EXPECT_EQ(heard->data.remote_port, 123);
    EXPECT_EQ(heard->data.total_good, 5u);
    EXPECT_EQ(heard->data.kernel_tx, old ? 0u : 6u);
    EXPECT_FALSE(take_ntp_data(reply->type, reply->body.first(reply->body.size() - 1)));
  }
}

TEST(ControlReply, ToSomeoneElseIsNotTaken) {
  Buffer out;
  const Octets octets = write_reply(asked(tracking, 104), Tracking{}, out);
  EXPECT_FALSE(parse_reply(octets, tracking, sequence + 1));
  EXPECT_FALSE(parse_reply(octets, activity, sequence));
  EXPECT_EQ(parse_reply(octets.first(27), tracking, sequence).error(), BadReply::short_header);
  for (const int at : {0, 1, 2, 3}) {
    Buffer changed = out;
    changed[at] = std::byte{9};
    EXPECT_FALSE(parse_reply(Octets{changed}.first(octets.size()), tracking, sequence)) << at;
  }
}

TEST(ControlReply, OfTheWrongTypeOrTooShortHasNoBody) {
  Buffer out;
  const Octets octets = write_reply(asked(tracking, 104), Tracking{}, out);
  auto reply = parse_reply(octets, tracking, sequence);
  EXPECT_EQ(parse_body<Activity>(*reply).error(), BadReply::wrong_type);
  reply->body = reply->body.first(75);
  EXPECT_EQ(parse_body<Tracking>(*reply).error(), BadReply::short_body);
}

}  // namespace
}  // namespace ntp::control
