// What gets an answer and what stands in it; above all the table of every first octet with
// every length, against rules that are written down here a second time.
#include "ntpd-net/server_answer.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

#include "common/wire/key_file.h"
#include "common/wire/refid.h"

namespace ntp {
namespace {

const Endpoint client{*parse_address("192.0.2.7"), 40000};

Result<Request, Count> read_one(Octets octets, const Endpoint& from, const AccessPage& access) {
  Request request;
  if (const auto silence = read_request(octets, from, access, request))
    return std::unexpected{*silence};
  return request;
}

class Server : public ::testing::Test {
 protected:
  Server() { EXPECT_EQ(AccessList{*access_}.change({.allow = true}), AccessChange::done); }

  Result<Request, Count> read(std::size_t size, std::uint8_t first = 0x23,
                              std::uint16_t port = 40000) {
    octets_.assign(size, std::byte{0});
    if (size > 0) octets_[0] = std::byte{first};
    return read_one(octets_, {client.address, port}, *access_);
  }
  Request request(const Header& header) {
    octets_.assign(header_size, std::byte{0});
    write_header(header, octets_);
    return read_one(octets_, client, *access_).value();
  }

  std::unique_ptr<AccessPage> access_ = std::make_unique<AccessPage>();
  std::vector<std::byte> octets_;
  const ServedState state_{.from_system_clock = true,
                           .leap = Leap::none,
                           .stratum = 2,
                           .refid = 0xc0000201,
                           .reference = {Nanos{999s}},
                           .root_delay = 1ms,
                           .root_dispersion = 2ms,
                           .dispersion_at = {Nanos{100s}},
                           .dispersion_growth = ppm(10),
                           .precision_log2 = -25};
  const Reading now_{.raw = {Nanos{200s}}, .system = {Nanos{1000s}}};
};

// Zeros after the header: in version 4 four of them are a crypto-NAK, and 20 or 24 a MAC of
// key 0; longer ones are extension fields of length 0, which no field has. Up to version 3
// 20 to 68 octets are a MAC.
bool is_expected(std::uint8_t first, std::size_t size, std::uint16_t port) {
  const int version = first >> 3 & 7;
  const int mode = first & 7;
  if (size < 48 || size % 4 != 0 || size > 1140) return false;
  if (version < 1 || version > 4) return false;
  const std::size_t rest = size - 48;
  if (version <= 3 && rest != 0 && (rest < 20 || rest > 68)) return false;
  if (version == 4 && rest != 0 && rest != 4 && rest != 20 && rest != 24) return false;
  return mode == 3 || mode == 1 || (mode == 0 && version == 1 && port != 123);
}

TEST_F(Server, EveryFirstOctetWithEveryLengthIsAnsweredAsTheRulesSayOrNotAtAll) {
  const KeyStore keys;
  int answers = 0;
  for (const std::uint16_t port : {123, 40000}) {
    for (int first = 0; first < 256; ++first) {
      for (std::size_t size = 1; size <= 1500; ++size) {
        const auto octet = static_cast<std::uint8_t>(first);
        const auto taken = read(size, octet, port);
        ASSERT_EQ(taken.has_value(), is_expected(octet, size, port)) << first << " " << size;
        if (!taken) continue;
        // With zeros for a MAC there is no key, so only the bare header is answered.
        const auto key = check_request_mac(*taken, keys);
        ASSERT_EQ(key.has_value(), size == header_size) << first << " " << size;
        if (!key) continue;
        std::array<std::byte, most_answer> answer;
        const Header header =
            make_answer(*taken, prepare_serving(state_, now_), {1}, {2}, false, -128);
        ASSERT_LE(write_answer(header, *key, answer), size);
        ASSERT_EQ(header.mode, (first & 7) == 1 ? Mode::passive : Mode::server);
        ++answers;
      }
    }
  }
  // 4 versions times 4 leap indicators: modes 1 and 3 on both ports, and mode 0 of NTPv1.
  EXPECT_EQ(answers, 2 * 4 * 4 * 2 + 4);
}

TEST_F(Server, SilenceIsCountedByItsReason) {
  EXPECT_EQ(read(47).error(), Count::short_datagram);
  EXPECT_EQ(read(49).error(), Count::ragged_length);
  EXPECT_EQ(read(1144).error(), Count::long_datagram);
  EXPECT_EQ(read(48, 0x03).error(), Count::unwanted_version);
  EXPECT_EQ(read(48, 0x2b).error(), Count::unwanted_version);
  EXPECT_EQ(read(48, 0x24).error(), Count::unwanted_mode);
  EXPECT_EQ(read(48, 0x16).error(), Count::unwanted_mode);  // mode 6
  EXPECT_EQ(read(48, 0x17).error(), Count::unwanted_mode);  // mode 7
  EXPECT_EQ(read(48, 0x08, 123).error(), Count::unwanted_mode);
  EXPECT_EQ(read(76).error(), Count::bad_extension);
  EXPECT_EQ(read(56).error(), Count::bad_extension);
  EXPECT_EQ(read(64, 0x1b).error(), Count::bad_mac_length);
  EXPECT_EQ(AccessList{*access_}.change({.allow = false, .all = true}), AccessChange::done);
  EXPECT_EQ(read(48).error(), Count::denied);
}

TEST_F(Server, TheAnswerRepeatsWhatTheClientMustKnowAndNothingElse) {
  const Request asked = request({.leap = Leap::unsynchronised,
                                 .version = 3,
                                 .stratum = 16,
                                 .poll_log2 = 17,
                                 .precision_log2 = 32,
                                 .root_delay = 77,
                                 .root_dispersion = 88,
                                 .refid = 99,
                                 .reference = {5},
                                 .origin = {6},
                                 .receive = {7},
                                 .transmit = {8}});
  const Header answer =
      make_answer(asked, prepare_serving(state_, now_), {0x101}, {0x102}, false, -128);
  EXPECT_EQ(answer.leap, Leap::none);
  EXPECT_EQ(answer.version, 3);
  EXPECT_EQ(answer.mode, Mode::server);
  EXPECT_EQ(answer.stratum, 2);
  EXPECT_EQ(answer.poll_log2, 17);
  EXPECT_EQ(answer.precision_log2, -25);
  EXPECT_EQ(answer.root_delay, to_short(1ms));
  EXPECT_EQ(answer.root_dispersion, to_short(3ms));  // 100 s at 10 ppm later
  EXPECT_EQ(answer.refid, 0xc0000201u);
  EXPECT_EQ(answer.reference, to_wire({Nanos{999s}}));
  EXPECT_EQ(answer.origin, WireTime{8});
  EXPECT_EQ(answer.receive, WireTime{0x101});
  EXPECT_EQ(answer.transmit, WireTime{0x102});
}

TEST_F(Server, AnInterleavedAnswerRepeatsTheClientsReceiveTime) {
  const Request asked = request({.origin = {0x11}, .receive = {7}, .transmit = {8}});
  const Header answer = make_answer(asked, prepare_serving(state_, now_), {1}, {2}, true, -128);
  EXPECT_EQ(answer.origin, WireTime{7});
}

TEST_F(Server, OnlyARequestWithAnOddOriginAndTwoTimesMayInterleave) {
  EXPECT_TRUE(request({.origin = {0x11}, .receive = {7}, .transmit = {8}}).may_interleave());
  EXPECT_FALSE(request({.origin = {0x10}, .receive = {7}, .transmit = {8}}).may_interleave());
  EXPECT_FALSE(request({.origin = {0}, .receive = {7}, .transmit = {8}}).may_interleave());
  EXPECT_FALSE(request({.origin = {0x11}, .receive = {8}, .transmit = {8}}).may_interleave());
}

TEST_F(Server, TheRateLimitsIntervalIsSuggestedToFasterClients) {
  const Serving serving = prepare_serving(state_, now_);
  EXPECT_EQ(make_answer(request({.poll_log2 = -10}), serving, {1}, {2}, false, -128).poll_log2,
            -10);
  EXPECT_EQ(make_answer(request({.poll_log2 = -10}), serving, {1}, {2}, false, 3).poll_log2, 3);
  EXPECT_EQ(make_answer(request({.poll_log2 = 6}), serving, {1}, {2}, false, 3).poll_log2, 6);
}

TEST_F(Server, AnUnsynchronisedServerSaysSo) {
  ServedState state = state_;
  state.leap = Leap::unsynchronised;
  const Header base = prepare_serving(state, now_).base;
  EXPECT_EQ(base.leap, Leap::unsynchronised);
  EXPECT_EQ(base.stratum, 0);
  EXPECT_EQ(base.refid, 0u);
  state.leap = Leap::none;
  state.stratum = 16;
  EXPECT_EQ(prepare_serving(state, now_).base.leap, Leap::unsynchronised);
  EXPECT_EQ(prepare_serving(state, now_).base.stratum, 0);
}

TEST_F(Server, AKissHasStratumZeroAndTheClientsOrigin) {
  const Header kiss =
      make_kiss(request({.transmit = {8}}), prepare_serving(state_, now_), {1}, {2}, 3);
  EXPECT_EQ(kiss.stratum, 0);
  EXPECT_EQ(kiss.leap, Leap::unsynchronised);
  EXPECT_EQ(kiss.refid, refid_of_name("RATE"));
  EXPECT_EQ(kiss.origin, WireTime{8});
}

TEST_F(Server, TheServedTimeIsTheLineAndNotTheMachinesClock) {
  ServedState state = state_;
  state.from_system_clock = false;
  state.line = {.anchor = {Nanos{100s}}, .utc = {Nanos{5000s}}, .rate = ppm(100)};
  state.system_rate = ppm(50);
  const Serving serving = prepare_serving(state, now_);
  EXPECT_EQ(serving.utc_now, UtcTime{Nanos{5100s} + 10ms});
  EXPECT_EQ(from_wire(serving.wire_of(now_.system)), serving.utc_now);
  // A second of the machine's clock, 50 ppm fast, is less than a second of raw time, and the
  // line runs 100 ppm fast against that.
  EXPECT_LE(abs(from_wire(serving.wire_of(now_.system - 1s)) - (serving.utc_now - 1s - 50us)), 1ns);
  EXPECT_LE(abs(from_wire(serving.wire_of(now_.system + 1s)) - (serving.utc_now + 1s + 50us)), 1ns);
}

TEST_F(Server, TheMachinesClockIsServedWhenThereIsNoLine) {
  const Serving serving = prepare_serving(state_, now_);
  EXPECT_EQ(serving.utc_now, UtcTime{Nanos{1000s}});
  EXPECT_EQ(from_wire(serving.wire_of({Nanos{999s}})), UtcTime{Nanos{999s}});
}

TEST_F(Server, TimesTellWhichOfTheTwoTheyAre) {
  for (std::uint64_t random = 0; random < 1000; ++random) {
    const WireTime time = to_wire({Nanos{1790000000'123456789}});
    const WireTime receive = receive_time(time, -24, random);
    const WireTime transmit = transmit_time(time, -24, random);
    EXPECT_EQ(receive.bits & 1, 1u);
    EXPECT_EQ(transmit.bits & 1, 0u);
    EXPECT_EQ(receive.bits >> 8, time.bits >> 8);
    EXPECT_EQ(transmit.bits >> 8, time.bits >> 8);
  }
  EXPECT_FALSE(transmit_time({0}, -24, 0).is_zero());  // 2036-02-07, when the era ends
}

TEST_F(Server, NeitherTimeRepeatsTheOrigin) {
  const Serving serving = prepare_serving(state_, now_);
  const Header first = make_answer(request({.transmit = {9}}), serving, {9}, {2}, false, -128);
  EXPECT_NE(first.receive, first.origin);
  EXPECT_EQ(first.receive.bits & 1, 1u);
  const Header second = make_answer(request({.transmit = {8}}), serving, {9}, {8}, false, -128);
  EXPECT_NE(second.transmit, second.origin);
  EXPECT_EQ(second.transmit.bits & 1, 0u);
}

TEST_F(Server, StampsFromTheFutureOrOldOnesAreNotBelieved) {
  EXPECT_TRUE(is_plausible({Nanos{1000s}}, {Nanos{1000s}}));
  EXPECT_TRUE(is_plausible({Nanos{1000s} - 50ms}, {Nanos{1000s}}));
  EXPECT_FALSE(is_plausible({Nanos{1000s} + 1ns}, {Nanos{1000s}}));
  EXPECT_FALSE(is_plausible({Nanos{998s}}, {Nanos{1000s}}));
}

class Keyed : public Server {
 protected:
  Result<const Key*, Count> check(std::uint8_t version, const Key& with, std::size_t fields = 0) {
    octets_.assign(header_size + fields, std::byte{0});
    write_header({.version = version}, octets_);
    if (fields > 0) {
      Writer out{std::span{octets_}.subspan(header_size)};
      out.put(fields_type_);
      out.put(static_cast<std::uint16_t>(fields));
    }
    const Mac mac = make_mac(with, octets_, version);
    octets_.insert(octets_.end(), mac.view().begin(), mac.view().end());
    request_ = read_one(octets_, client, *access_).value();
    return check_request_mac(request_, keys_);
  }

  const KeyStore keys_ = parse_key_file(
                             "5 SHA1 HEX:00112233445566778899\n"
                             "9 SHA512 abcdefghijklmnop",
                             "test")
                             .keys;
  Request request_;
  std::uint16_t fields_type_ = 0x2005;
};

TEST_F(Keyed, ARequestWithAGoodMacIsAnsweredWithOneOfTheSameLength) {
  for (const std::uint32_t id : {5u, 9u}) {
    for (std::uint8_t version = 1; version <= 4; ++version) {
      const auto key = check(version, *keys_.find(id));
      ASSERT_TRUE(key);
      ASSERT_EQ((*key)->id, id);
      std::array<std::byte, most_answer> answer;
      const Header header =
          make_answer(request_, prepare_serving(state_, now_), {1}, {2}, false, -128);
      const std::size_t size = write_answer(header, *key, answer);
      EXPECT_EQ(size, octets_.size());
      EXPECT_TRUE(is_authentic(**key, Octets{answer}.first(header_size),
                               Octets{answer}.subspan(header_size, size - header_size), version));
    }
  }
}

TEST_F(Keyed, TheMacCoversTheExtensionFields) {
  EXPECT_TRUE(check(4, *keys_.find(5), 16));
  octets_[header_size + 6] ^= std::byte{1};
  const Request changed = read_one(octets_, client, *access_).value();
  EXPECT_EQ(check_request_mac(changed, keys_).error(), Count::bad_mac);
}

TEST_F(Keyed, AWrongMacOrKeyGetsSilence) {
  Key wrong = *keys_.find(5);
  wrong.secret[0] ^= 1;
  EXPECT_EQ(check(4, wrong).error(), Count::bad_mac);
  wrong.id = 6;
  EXPECT_EQ(check(4, wrong).error(), Count::unknown_key);
}

TEST_F(Keyed, ACryptoNakGetsSilence) {
  octets_.assign(header_size + 4, std::byte{0});
  octets_[0] = std::byte{0x23};
  const auto nak = read_one(octets_, client, *access_);
  ASSERT_TRUE(nak);
  EXPECT_EQ(check_request_mac(*nak, keys_).error(), Count::bad_mac);
}

TEST_F(Keyed, FieldsOfNtsGetSilenceFromAServerWithoutIt) {
  fields_type_ = 0x0404;
  EXPECT_EQ(check(4, *keys_.find(5), 28).error(), Count::unknown_key);
}

}  // namespace
}  // namespace ntp
