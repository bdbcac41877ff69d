// A line that says whose clock, then for each source a line of its own and one a sample; see
// dump.h.
#include "ntpd-net/dump.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "common/base/text.h"
#include "common/board/reference_sample.h"

namespace ntp {
namespace {

constexpr std::string_view first_word = "meridian-dump-1";
constexpr std::string_view refid_mark = "refid:";
constexpr std::size_t most_sources_dumped = 64;
constexpr Nanos most_root = 16s;
constexpr Nanos most_hold = 4s;
constexpr Nanos most_delay = 1000s;  // what `maxdelay` can allow
constexpr Nanos most_precision = 1s;
constexpr UtcTime earliest{946'684'800s};  // 2000
constexpr UtcTime latest{4'102'444'800s};  // 2100

std::optional<std::string_view> take_word(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const auto length = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return word;
}

std::optional<std::string_view> take_line(std::string_view& text) {
  const auto length = text.find('\n');
  if (length == text.npos) return std::nullopt;
  const auto line = text.substr(0, length);
  text.remove_prefix(length + 1);
  return line;
}

// What may be: a reference clock's samples are of stratum 0, too, and have no path: what stands for
// its delay is a draw of noise, of either sign (reference_clocks.cc).
struct Kind {
  bool has_path = true;
  Nanos least_delay{1};
  std::uint8_t least_stratum = 1;
};
constexpr Kind server{};
constexpr Kind reference_clock{
    .has_path = false, .least_delay = -2 * most_spread, .least_stratum = 0};

bool is_possible(const Sample& sample, RawTime now, const Kind& kind) {
  const Nanos hold = sample.server_sent - sample.server_received;
  const auto is_utc = [](UtcTime t) { return t >= earliest && t <= latest; };
  return sample.sent.since_zero > Nanos{0} && sample.sent <= now && sample.received <= now &&
         sample.received - sample.sent >= kind.least_delay &&
         sample.received - sample.sent <= most_delay + most_hold &&
         is_utc(sample.server_received) && is_utc(sample.server_sent) && hold >= -most_precision &&
         hold <= most_hold && sample.root_delay >= Nanos{0} && sample.root_delay <= most_root &&
         sample.root_dispersion >= Nanos{0} && sample.root_dispersion <= most_root &&
         sample.precision > Nanos{0} && sample.precision <= most_precision &&
         sample.leap != Leap::unsynchronised && sample.stratum >= kind.least_stratum &&
         sample.stratum <= 15;
}

bool is_after(const Sample& sample, const Sample& before, const Kind& kind) {
  const auto middle = [](const Sample& s) { return s.sent + (s.received - s.sent) / 2; };
  return kind.has_path ? sample.received > before.received : middle(sample) > middle(before);
}

std::optional<Sample> parse_sample(std::string_view line, RawTime now, const Kind& kind) {
  std::array<std::int64_t, 9> numbers{};
  for (std::int64_t& number : numbers) {
    const auto word = take_word(line);
    const auto value = word ? parse_integer<std::int64_t>(*word) : std::nullopt;
    if (!value || *value < 0) return std::nullopt;
    number = *value;
  }
  if (!line.empty() || numbers[7] > 3 || numbers[8] > 255) return std::nullopt;
  const Sample sample{.sent = {Nanos{numbers[0]}},
                      .server_received = {Nanos{numbers[1]}},
                      .server_sent = {Nanos{numbers[2]}},
                      .received = {Nanos{numbers[3]}},
                      .root_delay = Nanos{numbers[4]},
                      .root_dispersion = Nanos{numbers[5]},
                      .precision = Nanos{numbers[6]},
                      .leap = static_cast<Leap>(numbers[7]),
                      .stratum = static_cast<std::uint8_t>(numbers[8])};
  return is_possible(sample, now, kind) ? std::optional{sample} : std::nullopt;
}

// "meridian-dump-1 STARTED WORDS..."
std::optional<RawIdentity> parse_head(std::string_view line) {
  if (take_word(line) != first_word) return std::nullopt;
  const auto number = take_word(line);
  const auto started = number ? parse_integer<std::int64_t>(*number) : std::nullopt;
  if (!started || *started < 0) return std::nullopt;
  return RawIdentity{std::string{line}, Nanos{*started}};
}

std::string name_of(const DumpedSource& source) {
  return source.refid ? fmt::format("{}{:08X}", refid_mark, *source.refid)
                      : to_text(source.address);
}

// As name_of wrote it, and not otherwise.
std::optional<DumpedSource> parse_name(std::string_view name) {
  if (!name.starts_with(refid_mark)) {
    const auto address = parse_address(name);
    return address ? std::optional{DumpedSource{.address = *address}} : std::nullopt;
  }
  const auto digits = name.substr(refid_mark.size());
  std::uint32_t refid = 0;
  const auto end = std::from_chars(digits.begin(), digits.end(), refid, 16);
  DumpedSource source{.refid = refid};
  return end.ec == std::errc{} && name_of(source) == name ? std::optional{source} : std::nullopt;
}

// "source ADDRESS REACHABILITY", or "source refid:XXXXXXXX REACHABILITY"
std::optional<DumpedSource> parse_source(std::string_view line) {
  (void)take_word(line);
  const auto name = take_word(line), reach = take_word(line);
  if (!name || !reach || !line.empty()) return std::nullopt;
  auto source = parse_name(*name);
  const auto reachability = parse_integer<std::uint8_t>(*reach);
  if (!source || !reachability) return std::nullopt;
  source->reachability = *reachability;
  return source;
}

std::string source_text(const DumpedSource& source) {
  std::string text = fmt::format("source {} {}\n", name_of(source), source.reachability);
  for (const Sample& s : source.samples)
    text +=
        fmt::format("{} {} {} {} {} {} {} {} {}\n", s.sent.since_zero.count(),
                    s.server_received.since_zero.count(), s.server_sent.since_zero.count(),
                    s.received.since_zero.count(), s.root_delay.count(), s.root_dispersion.count(),
                    s.precision.count(), static_cast<int>(s.leap), s.stratum);
  return text;
}

}  // namespace

std::string dump_text(const RawIdentity& clock, const std::vector<DumpedSource>& sources) {
  std::string text = fmt::format("{} {} {}\n", first_word, clock.started.count(), clock.words);
  for (const DumpedSource& source : sources)
    if (const std::string more = source_text(source); text.size() + more.size() <= most_dump)
      text += more;
  return text;
}

Result<std::vector<DumpedSource>> parse_dump(std::string_view text, const RawIdentity& clock,
                                             RawTime now) {
  const auto head = take_line(text);
  const auto whose = head ? parse_head(*head) : std::nullopt;
  if (!whose) return failure("line 1: no dump of measurements");
  if (!whose->is_same(clock))
    return failure("they rest on another clock: the machine was started anew, slept, or was set");
  std::vector<DumpedSource> sources;
  for (int number = 2; !text.empty(); ++number) {
    const auto wrong = [number] { return failure(fmt::format("line {} is wrong", number)); };
    const auto line = take_line(text);
    if (!line) return wrong();
    if (line->starts_with("source ")) {
      auto source = parse_source(*line);
      if (!source || sources.size() == most_sources_dumped) return wrong();
      sources.push_back(*std::move(source));
      continue;
    }
    if (sources.empty()) return wrong();
    const Kind& kind = sources.back().refid ? reference_clock : server;
    const auto sample = parse_sample(*line, now, kind);
    auto& samples = sources.back().samples;
    if (!sample || samples.size() == most_kept ||
        (!samples.empty() && !is_after(*sample, samples.back(), kind)))
      return wrong();
    samples.push_back(*sample);
  }
  return sources;
}

}  // namespace ntp
