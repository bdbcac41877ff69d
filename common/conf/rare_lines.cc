// Hardware stamps, temperature compensation, NTS certificates, logs.
#include "common/conf/rare_lines.h"

#include <algorithm>

#include "common/conf/words_table.h"

namespace ntp {

namespace {

constexpr double most_banner = 1e9;
using H = HardwareTimestamp;

struct FilterWord {
  std::string_view name;
  ReceiveFilter filter;
};
constexpr auto receive_filters = std::to_array<FilterWord>({{"all", ReceiveFilter::all},
                                                            {"ntp", ReceiveFilter::ntp},
                                                            {"ptp", ReceiveFilter::ptp},
                                                            {"none", ReceiveFilter::none}});

constexpr auto log_words = std::to_array<Word<LogSettings>>({
    {"rawmeasurements", at<&LogSettings::rawmeasurements>},
    {"measurements", at<&LogSettings::measurements>},
    {"statistics", at<&LogSettings::statistics>},
    {"selection", at<&LogSettings::selection>},
    {"tracking", at<&LogSettings::tracking>},
    {"rtc", at<&LogSettings::rtc>},
    {"refclocks", at<&LogSettings::refclocks>},
    {"tempcomp", at<&LogSettings::tempcomp>},
});

// rxfilter waits in a text of its own until it is known to be one of four words.
struct HardwareOptions {
  HardwareTimestamp stamp{};
  std::string filter{};
};
constexpr auto hardware_words = std::to_array<Word<HardwareOptions>>({
    {"minpoll", at<&HardwareOptions::stamp, &H::minpoll>, "LOG2", -6, 20},
    {"maxpoll", at<&HardwareOptions::stamp, &H::maxpoll>, "LOG2", -6, 20},
    {"minsamples", at<&HardwareOptions::stamp, &H::minsamples>, "COUNT", 2, 65536},
    {"maxsamples", at<&HardwareOptions::stamp, &H::maxsamples>, "COUNT", 2, 65536},
    {"precision", at<&HardwareOptions::stamp, &H::precision>, "SECONDS", 0, 1},
    {"txcomp", at<&HardwareOptions::stamp, &H::transmit_correction>, "SECONDS", -1, 1},
    {"rxcomp", at<&HardwareOptions::stamp, &H::receive_correction>, "SECONDS", -1, 1},
    {"nocrossts", at<&HardwareOptions::stamp, &H::nocrossts>},
    {"rxfilter", at<&HardwareOptions::filter>, "FILTER"},
});

}  // namespace

Result<HardwareTimestamp> take_hwtimestamp(Directive& in) {
  HardwareOptions options;
  options.stamp.interface = NTP_TRY(in.text("INTERFACE"));
  NTP_TRY(take_options(hardware_words, options, in));
  if (!options.filter.empty()) {
    const auto row = find_word(receive_filters, options.filter);
    if (row == receive_filters.end()) {
      return in.complain("rxfilter is all, ntp, ptp or none, not \"" + options.filter + "\"");
    }
    options.stamp.rxfilter = row->filter;
  }
  return options.stamp;
}

Result<TemperatureCompensation> take_tempcomp(Directive& in) {
  TemperatureCompensation out;
  out.file = NTP_TRY(in.text("FILE"));
  out.interval = to_nanos(NTP_TRY(in.real("INTERVAL", 0, most_seconds)));
  if (!in.has_more()) return in.complain("needs T0 K0 K1 K2 or a file of POINTS");
  if (!parse_real(in.peek())) {
    out.points = NTP_TRY(in.text("POINTS"));
  } else {
    out.t0 = NTP_TRY(in.real("T0", -1e9, 1e9));
    out.k0 = NTP_TRY(in.real("K0", -1e9, 1e9));
    out.k1 = NTP_TRY(in.real("K1", -1e9, 1e9));
    out.k2 = NTP_TRY(in.real("K2", -1e9, 1e9));
  }
  NTP_TRY(in.end());
  return out;
}

Result<TrustedCertificates> take_trusted_certificates(Directive& in) {
  TrustedCertificates trusted;
  const auto first = NTP_TRY(in.text("FILE"));
  trusted.path = first;
  if (in.has_more()) {
    const auto set = parse_integer<std::uint32_t>(first);
    if (!set)
      return in.complain("ID must be a whole number from 0 to 4294967295, not \"" + first + "\"");
    trusted.set = *set;
    trusted.path = NTP_TRY(in.text("FILE"));
  }
  NTP_TRY(in.end());
  return trusted;
}

Result<std::vector<int>> take_aeads(Directive& in) {
  std::vector<int> aeads;
  while (in.has_more()) aeads.push_back(static_cast<int>(NTP_TRY(in.integer("AEAD", 1, 65535))));
  if (aeads.empty())
    return in.complain("needs AEAD: 15 (AES-SIV-CMAC-256) or 30 (AES-128-GCM-SIV)");
  if (std::ranges::find(aeads, 15) == aeads.end())
    return in.complain(
        "AEAD 15 (AES-SIV-CMAC-256), which every NTS server has, is the only one"
        " spoken here: name it, or leave the line out");
  return aeads;
}

Result<void> take_log(LogSettings& log, Directive& in) {
  while (const auto word = in.take()) {
    const auto row = find_word(log_words, *word);
    if (row != log_words.end() && row->name == *word) {  // names of logs are case-sensitive
      NTP_TRY(take_value(*row, log, in));
      continue;
    }
    std::array<std::string_view, log_words.size()> names;
    std::ranges::transform(log_words, names.begin(), &Word<LogSettings>::name);
    return in.complain("there is no log \"" + std::string{*word} + "\"" + suggestion(*word, names));
  }
  return {};
}

Result<LogSettings> read_log_settings(std::span<const ConfLine> lines) {
  LogSettings log;
  for (const ConfLine& line : lines) {
    Directive in{line};
    if (in.name() == "log") NTP_TRY(take_log(log, in));
    else if (in.name() == "logdir") log.directory = NTP_TRY(in.text("DIRECTORY"));
    else if (in.name() == "logbanner")
      log.banner = static_cast<int>(NTP_TRY(in.integer("LINES", 0, most_banner)));
  }
  return log;
}

}  // namespace ntp
