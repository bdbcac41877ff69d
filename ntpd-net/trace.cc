// See trace.h.
#include "ntpd-net/trace.h"

#include <fmt/format.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/sync/ensemble.h"

namespace ntp {

std::string to_line(const TracedSample& traced) {
  const Sample& s = traced.sample;
  return fmt::format("S {} {} {} {} {} {} {} {} {} {}\n", traced.place, s.sent.since_zero.count(),
                     s.server_received.since_zero.count(), s.server_sent.since_zero.count(),
                     s.received.since_zero.count(), s.root_delay.count(), s.root_dispersion.count(),
                     s.precision.count(), static_cast<int>(s.leap), s.stratum);
}

std::optional<TracedSample> parse_traced(std::string_view line) {
  const auto words = split_words(line);
  if (words.size() != 11 || words[0] != "S") return std::nullopt;
  std::int64_t numbers[10];
  for (std::size_t i = 0; i < 10; ++i) {
    const auto number = parse_integer<std::int64_t>(words[i + 1]);
    if (!number) return std::nullopt;
    numbers[i] = *number;
  }
  const bool possible = numbers[0] >= 0 && numbers[0] < most_sources && numbers[8] >= 0 &&
                        numbers[8] <= 3 && numbers[9] >= 1 && numbers[9] <= 15 && numbers[7] > 0;
  if (!possible) return std::nullopt;
  return TracedSample{.place = static_cast<int>(numbers[0]),
                      .sample = {.sent = {Nanos{numbers[1]}},
                                 .server_received = {Nanos{numbers[2]}},
                                 .server_sent = {Nanos{numbers[3]}},
                                 .received = {Nanos{numbers[4]}},
                                 .root_delay = Nanos{numbers[5]},
                                 .root_dispersion = Nanos{numbers[6]},
                                 .precision = Nanos{numbers[7]},
                                 .leap = static_cast<Leap>(numbers[8]),
                                 .stratum = static_cast<std::uint8_t>(numbers[9])}};
}

void Trace::sample(int place, const Sample& sample) {
  if (is_on()) line(to_line({place, sample}));
}
void Trace::source_came(int place, std::string_view name) {
  if (is_on()) line(fmt::format("+ {} {}\n", place, name));
}
void Trace::source_went(int place) {
  if (is_on()) line(fmt::format("- {}\n", place));
}
void Trace::epoch() {
  if (is_on()) line("/\n");
}

void Trace::line(std::string_view text) {
  if (::write(file_.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    file_.reset();
}

}  // namespace ntp
