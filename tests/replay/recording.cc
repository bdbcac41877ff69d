// See recording.h.
#include "tests/replay/recording.h"

#include <lzma.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>

static_assert(std::endian::native == std::endian::little, "recordings are little-endian");

namespace ntp::replay {
namespace {

using Bytes = std::vector<std::uint8_t>;

Result<Bytes> unpack(const Bytes& packed) {
  Bytes plain(packed.size() * 4 + 4096);
  std::uint64_t memory = UINT64_MAX;
  for (;;) {
    std::size_t in = 0, out = 0;
    const lzma_ret end = lzma_stream_buffer_decode(&memory, 0, nullptr, packed.data(), &in,
                                                   packed.size(), plain.data(), &out, plain.size());
    if (end == LZMA_OK) {
      plain.resize(out);
      return plain;
    }
    if (end != LZMA_BUF_ERROR || plain.size() > (std::size_t{1} << 30)) {
      return failure("not an xz file");
    }
    plain.resize(plain.size() * 2);
  }
}

// Takes plain values from the front of the file.
class Taker {
 public:
  explicit Taker(std::span<const std::uint8_t> bytes) : rest_{bytes} {}
  template <typename T>
  Result<T> take() {
    if (rest_.size() < sizeof(T)) return failure("file ends early");
    T value;
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }
  bool is_empty() const { return rest_.empty(); }

 private:
  std::span<const std::uint8_t> rest_;
};

constexpr std::uint32_t magic = 0x3152544d;  // "MTR1"

Result<Recording> decode(const Bytes& bytes) {
  Taker in{bytes};
  if (NTP_TRY(in.take<std::uint32_t>()) != magic) return failure("not an MTR1 recording");
  Recording world;
  world.seconds = NTP_TRY(in.take<std::int32_t>());
  const int requests = NTP_TRY(in.take<std::int32_t>());
  world.servers = NTP_TRY(in.take<std::int32_t>());
  world.warm = NTP_TRY(in.take<std::int32_t>());
  double gained = 0;
  for (int k = 0; k < world.seconds; ++k) {
    world.rate_error.push_back(NTP_TRY(in.take<float>()));
    world.gained.push_back(gained);
    gained += world.rate_error.back();
  }
  for (int i = 0; i < requests; ++i) {
    Request request;
    request.server = NTP_TRY(in.take<std::int32_t>());
    request.sent = NTP_TRY(in.take<double>());
    request.up = NTP_TRY(in.take<double>());
    request.down = NTP_TRY(in.take<double>());
    if (request.server < 0 || request.server >= world.servers) return failure("no such server");
    world.requests.push_back(request);
  }
  for (int i = 0; i < world.servers; ++i) {
    world.server_error.push_back(NTP_TRY(in.take<double>()));
  }
  if (!in.is_empty()) return failure("octets after the end");
  std::ranges::stable_sort(world.requests, {}, &Request::answered_at);
  return world;
}

}  // namespace

double Recording::gained_at(double t) const {
  const auto last = static_cast<double>(seconds - 1);
  const auto k = static_cast<std::size_t>(std::clamp(std::floor(t), 0.0, last));
  return gained[k] + (t - static_cast<double>(k)) * static_cast<double>(rate_error[k]);
}

Sample Recording::sample(const Request& request) const {
  const double at_server = request.sent + request.up;
  const double back = request.answered_at();
  const double error = server_error[static_cast<std::size_t>(request.server)];
  const UtcTime served{to_nanos(at_server) + to_nanos(error)};
  return {.sent = RawTime{to_nanos(request.sent) + to_nanos(gained_at(request.sent))},
          .server_received = served,
          .server_sent = served,
          .received = RawTime{to_nanos(back) + to_nanos(gained_at(back))}};
}

Result<Recording> read_recording(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return system_failure("open " + path.string());
  const Bytes packed{std::istreambuf_iterator<char>{file}, {}};
  const auto plain = unpack(packed);
  if (!plain) return failure(path.string() + ": " + plain.error().message);
  auto world = decode(*plain);
  if (!world) return failure(path.string() + ": " + world.error().message);
  world->name = path.filename().string();
  world->name.resize(world->name.find(".mtr"));
  return world;
}

}  // namespace ntp::replay
