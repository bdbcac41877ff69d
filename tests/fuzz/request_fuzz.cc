// Any octets as a request to the server role: silence, or an answer that is not longer than
// the request, repeats its nonce, and carries a MAC only where there was a good one.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "common/wire/key_file.h"
#include "ntpd-net/server_answer.h"

namespace {

using namespace ntp;

struct World {
  std::unique_ptr<AccessPage> access = std::make_unique<AccessPage>();
  KeyStore keys = parse_key_file(
                      "1 MD5 abcdefghijkl\n2 SHA512 abcdefghijkl\n"
                      "3 AES128 HEX:2b7e151628aed2a6abf7158809cf4f3c",
                      "keys")
                      .keys;
  World() { ENSURE(AccessList{*access}.change({.allow = true}) == AccessChange::done); }
};

void check_answer(const Request& request, const Key* key, std::size_t request_size) {
  const ServedState state{.leap = Leap::none, .stratum = 2};
  const Serving serving = prepare_serving(state, {.system = {Nanos{1'790'000'000s}}});
  const bool interleaved = request.may_interleave();
  const Header header = make_answer(request, serving, {1}, {2}, interleaved, 3);
  ENSURE(header.origin == (interleaved ? request.header.receive : request.header.transmit));
  ENSURE(header.receive != header.origin && header.transmit != header.origin);
  std::array<std::byte, most_answer> answer{};
  const std::size_t size = write_answer(header, key, answer);
  ENSURE(size <= request_size);
  const auto again = parse_header(Octets{answer}.first(size));
  ENSURE(again && *again == header);
  ENSURE(again->mode == Mode::server || again->mode == Mode::passive);
  const auto tail = split_tail(Octets{answer}.first(size), again->version);
  ENSURE(tail && tail->has_mac() == (key != nullptr));
  ENSURE(key == nullptr || is_authentic(*key, tail->covered, tail->mac, again->version));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const World world;
  const Octets datagram{reinterpret_cast<const std::byte*>(data), size};
  Request request;
  if (read_request(datagram, {ipv4_loopback, 40000}, *world.access, request)) return 0;
  const auto key = check_request_mac(request, world.keys);
  if (key) check_answer(request, *key, size);
  return 0;
}
