// The widths are chrony's; see logs.h.
#include "ntpd-net/logs.h"

#include <fmt/format.h>

#include <cmath>

namespace ntp {
namespace {

constexpr std::array<std::string_view, log_names.size()> headings = {
    "   Date (UTC) Time     IP Address   L St 123 567 ABCD  LP RP Score    Offset  Peer del. Peer "
    "disp.  Root del. Root disp. Refid     MTxRx",
    "   Date (UTC) Time     IP Address    Std dev'n Est offset  Offset sd  Diff freq   Est skew  "
    "Stress  Ns  Bs  Nr  Asym",
    "   Date (UTC) Time     IP Address   St   Freq ppm   Skew ppm     Offset L Co  Offset sd Rem. "
    "corr. Root delay Root disp. Max. error",
    "   Date (UTC) Time     IP Address   S EOpts Reach Score Last sample  Low end   High end",
    "   Date (UTC) Time        Temp.       Comp.",
};

constexpr std::string_view leap_letters = "N+-?";
char letter_of(Leap leap) { return leap_letters[static_cast<std::size_t>(leap) & 3]; }

// Bits of passed:: from `first` down, as digits.
std::string digits(std::uint16_t tests, std::uint16_t first, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += (tests & (first >> i)) != 0 ? '1' : '0';
  return text;
}

char letter_of(StampKind kind) { return kind == StampKind::none ? 'D' : static_cast<char>(kind); }

}  // namespace

bool is_wanted(const LogSettings& settings, LogName name) {
  switch (name) {
    case LogName::measurements: return settings.measurements || settings.rawmeasurements;
    case LogName::statistics: return settings.statistics;
    case LogName::tracking: return settings.tracking;
    case LogName::selection: return settings.selection;
    case LogName::tempcomp: return settings.tempcomp;
  }
  return false;
}

Logs::Logs(const LogSettings& settings) : takes_raw_{settings.rawmeasurements} {
  for (std::size_t i = 0; i < files_.size(); ++i) files_[i] = LogFile{headings[i], settings.banner};
}

std::string measurement_row(const Source& source, const Taken& taken, SystemTime when) {
  const Header& header = taken.header;
  const bool measured = taken.is_measured && source.last;
  const LastAnswer none{};
  const LastAnswer& last = measured ? *source.last : none;
  const Nanos delay = measured ? last.delay : Nanos{0};
  return fmt::format(
      "{} {:<15} {} {:2} {} {} {}  {:2} {:2} {:4.2f} {:10.3e} {:10.3e} {:10.3e} {:10.3e} {:10.3e} "
      "{:08X} {}{} {} {}",
      log_time(when), to_text(source.remote.address), letter_of(header.leap), header.stratum,
      digits(taken.passed, passed::test1, 3), digits(taken.passed, passed::test5, 3),
      digits(taken.passed, passed::testA, 4), source.poll.poll_log2(), header.poll_log2,
      source.poll.score(), to_seconds(measured ? -last.offset : Nanos{0}), to_seconds(delay),
      to_seconds(last.dispersion), to_seconds(from_short(header.root_delay)),
      to_seconds(from_short(header.root_dispersion)), header.refid, static_cast<int>(header.mode),
      taken.is_interleaved ? 'I' : 'B', letter_of(taken.sent_by), letter_of(taken.received_by));
}

std::string statistics_row(const StatisticsRow& row, const SourceStatistics& known) {
  constexpr int oldest_used = 0;  // chrony's "best start": our estimator keeps no list to cut
  constexpr double asymmetry = 0;
  return fmt::format(
      "{} {:<15} {:10.3e} {:10.3e} {:10.3e} {:10.3e} {:10.3e} {:7.1e} {:3} {:3} {:3} {:5.2f}",
      log_time(row.when), row.name, to_seconds(known.deviation), to_seconds(known.offset),
      to_seconds(known.offset_deviation), known.residual_rate.fraction, known.skew.fraction,
      row.stress, known.samples, oldest_used, known.runs, asymmetry);
}

std::string selection_row(const SelectionRow& row, const SourceStatistics& known) {
  const SelectionOptions& options = row.options;
  return fmt::format("{} {:<15} {} -{}{}{}{} {:4o} {:5.2f} {:10.3e} {:10.3e} {:10.3e}",
                     log_time(row.when), row.name, static_cast<char>(known.standing),
                     options.noselect ? 'N' : '-', options.prefer ? 'P' : '-',
                     options.trust ? 'T' : '-', options.require ? 'R' : '-', row.reachability,
                     known.score, to_seconds(row.since_sample), to_seconds(known.low),
                     to_seconds(known.high));
}

std::string tracking_row(const TrackingRow& row, const Reference& reference) {
  const Combined& combined = *reference.combined;
  const double distance =
      to_seconds(combined.root_delay) / 2 + to_seconds(combined.root_dispersion);
  return fmt::format(
      "{} {:<15} {:2} {:10.3f} {:10.3f} {:10.3e} {} {:2} {:10.3e} {:10.3e} {:10.3e} {:10.3e} "
      "{:10.3e}",
      log_time(row.when), row.name, combined.stratum, -combined.line.rate.ppm(),
      combined.skew.ppm(), to_seconds(reference.last_offset), letter_of(combined.leap),
      combined.combined_sources, to_seconds(combined.line.deviation), to_seconds(row.remaining),
      to_seconds(combined.root_delay), to_seconds(row.root_dispersion),
      distance + std::abs(to_seconds(row.remaining)));
}

std::string temperature_row(double temperature, Rate compensation, SystemTime when) {
  return fmt::format("{} {:11.4e} {:11.4e}", log_time(when), temperature, compensation.ppm());
}

std::string tracking_row_lost(SystemTime when) {
  return fmt::format(
      "{} {:<15} {:2} {:10.3f} {:10.3f} {:10.3e} {} {:2} {:10.3e} {:10.3e} {:10.3e} {:10.3e} "
      "{:10.3e}",
      log_time(when), "0.0.0.0", 0, 0.0, 0.0, 0.0, letter_of(Leap::unsynchronised), 0, 0.0, 0.0,
      1.0, 1.0, 0.0);
}

}  // namespace ntp
