// A line with the time, then for each source one of its own and one a cookie; see kept_keys.h.
#include "ntpd-net/kept_keys.h"

#include <fmt/format.h>

#include <optional>

#include "common/base/text.h"

namespace ntp {
namespace {

constexpr std::string_view first_word = "meridian-nts-keys-1";
constexpr std::size_t most_sources_kept = 64;
constexpr std::int64_t most_seconds = INT64_C(1) << 33;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty() && words.size() < 16) {
    const auto length = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, length));
    line.remove_prefix(std::min(length + 1, line.size()));
  }
  return words;
}

std::string to_hex(Octets octets) {
  std::string text;
  for (const std::byte octet : octets) text += fmt::format("{:02x}", std::to_integer<int>(octet));
  return text;
}

// Exactly as many octets as `out` has.
bool read_hex(std::string_view text, WritableOctets out) {
  if (text.size() != 2 * out.size()) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    const auto pair = text.substr(2 * i, 2);
    const auto value = parse_integer<std::uint8_t>(pair, 16);
    if (!digit(pair[0]) || !digit(pair[1]) || !value) return false;
    out[i] = std::byte{*value};
  }
  return true;
}

std::optional<std::int64_t> seconds_in(std::string_view word) {
  const auto value = parse_integer<std::int64_t>(word);
  return value && *value >= 0 && *value <= most_seconds ? value : std::nullopt;
}

std::optional<Endpoint> endpoint_in(std::string_view address, std::string_view port) {
  const auto where = parse_address(address);
  const auto number = parse_integer<std::uint16_t>(port);
  if (!where || !number || *number == 0) return std::nullopt;
  return Endpoint{*where, *number};
}

// "source MAKER PORT SERVER PORT NAME AGE KEY KEY"
std::optional<KeptKeys> parse_source(std::string_view line, std::int64_t since) {
  const auto words = words_of(line);
  if (words.size() != 9 || words[0] != "source") return std::nullopt;
  const auto maker = endpoint_in(words[1], words[2]), server = endpoint_in(words[3], words[4]);
  const auto age = seconds_in(words[6]);
  KeptKeys kept;
  if (!maker || !server || !age || words[5].empty() || words[5].size() > 255 ||
      !read_hex(words[7], kept.keys.client_to_server) ||
      !read_hex(words[8], kept.keys.server_to_client))
    return std::nullopt;
  kept.maker = *maker;
  kept.server = *server;
  kept.name = words[5];
  kept.age = std::chrono::seconds{*age + since};
  return kept;
}

std::optional<Cookie> parse_cookie(std::string_view line) {
  const auto words = words_of(line);
  if (words.size() != 2 || words[0] != "cookie") return std::nullopt;
  Cookie cookie;
  const std::size_t size = words[1].size() / 2;
  if (size == 0 || size > most_cookie || size % 4 != 0 ||
      !read_hex(words[1], WritableOctets{cookie.octets}.first(size)))
    return std::nullopt;
  cookie.size = static_cast<decltype(cookie.size)>(size);
  return cookie;
}

std::string source_text(const KeptKeys& kept) {
  std::string text =
      fmt::format("source {} {} {} {} {} {} {} {}\n", to_text(kept.maker.address), kept.maker.port,
                  to_text(kept.server.address), kept.server.port, kept.name, kept.age / Nanos{1s},
                  to_hex(kept.keys.client_to_server), to_hex(kept.keys.server_to_client));
  for (const Cookie& cookie : kept.cookies)
    text += fmt::format("cookie {}\n", to_hex(Octets{cookie.octets}.first(cookie.size)));
  return text;
}

}  // namespace

std::string keys_text(const std::vector<KeptKeys>& sources, SystemTime now) {
  if (sources.empty()) return "";
  std::string text = fmt::format("{} {}\n", first_word, now.since_zero / Nanos{1s});
  for (const KeptKeys& source : sources)
    if (const std::string more = source_text(source); text.size() + more.size() <= most_keys_text)
      text += more;
  return text;
}

Result<std::vector<KeptKeys>> parse_keys_text(std::string_view text, SystemTime now) {
  std::vector<KeptKeys> sources;
  std::int64_t since = -1;
  for (int number = 1; !text.empty(); ++number) {
    const auto wrong = [number] { return failure(fmt::format("line {} is wrong", number)); };
    const auto length = text.find('\n');
    if (length == text.npos) return wrong();
    const auto line = text.substr(0, length);
    text.remove_prefix(length + 1);
    if (number == 1) {
      const auto words = words_of(line);
      const auto then = words.size() == 2 ? seconds_in(words[1]) : std::nullopt;
      if (!then || words[0] != first_word) return wrong();
      since = now.since_zero / Nanos{1s} - *then;
      if (since < 0) return failure("they are of the future");
    } else if (line.starts_with("source ")) {
      auto source = parse_source(line, since);
      if (!source || sources.size() == most_sources_kept) return wrong();
      sources.push_back(*std::move(source));
    } else {
      const auto cookie = parse_cookie(line);
      if (!cookie || sources.empty() || sources.back().cookies.size() == most_cookies)
        return wrong();
      sources.back().cookies.push_back(*cookie);
    }
  }
  return sources;
}

}  // namespace ntp
