// See server_broadcast.h.
#include "ntpd-net/server_broadcast.h"

#include <algorithm>
#include <cmath>

#include "common/base/text.h"

namespace ntp {

std::string to_argument(const std::vector<Broadcast>& broadcasts) {
  std::string text;
  for (const Broadcast& each : broadcasts) {
    if (!text.empty()) text += ',';
    text += std::to_string(each.interval) + '/' + to_text(each.address) + '/' +
            std::to_string(each.port);
  }
  return text;
}

std::vector<Broadcast> broadcasts_of(std::string_view argument) {
  std::vector<Broadcast> broadcasts;
  while (!argument.empty() && broadcasts.size() < most_broadcasts) {
    const std::string_view line = argument.substr(0, argument.find(','));
    argument.remove_prefix(std::min(line.size() + 1, argument.size()));
    const std::size_t first = line.find('/'), last = line.rfind('/');
    if (first == last) continue;
    const auto interval = parse_integer<int>(line.substr(0, first));
    const auto address = parse_address(line.substr(first + 1, last - first - 1));
    const auto port = parse_integer<std::uint16_t>(line.substr(last + 1));
    if (interval && *interval > 0 && address && port)
      broadcasts.push_back({.interval = *interval, .address = *address, .port = *port});
  }
  return broadcasts;
}

Broadcasts::Broadcasts(const std::vector<Broadcast>& lines) {
  for (const Broadcast& line : lines) lines_.push_back({line, {}});
}

std::optional<RawTime> Broadcasts::due() const {
  if (lines_.empty()) return std::nullopt;
  return std::ranges::min(lines_, {}, &Line::due).due;
}

const Broadcast* Broadcasts::take(RawTime now) {
  for (Line& line : lines_) {
    if (line.due > now) continue;
    const Nanos interval = std::chrono::seconds{line.broadcast.interval};
    line.due = line.due + interval > now ? line.due + interval : now + interval;
    return &line.broadcast;
  }
  return nullptr;
}

Header make_broadcast(const Broadcast& broadcast, const Serving& serving, WireTime transmit) {
  Header header = serving.base;
  header.version = 4;
  header.mode = Mode::broadcast;
  header.poll_log2 = static_cast<std::int8_t>(std::lround(std::log2(broadcast.interval)));
  header.transmit = transmit;
  return header;
}

}  // namespace ntp
