// See journal.h.
#include "ntpd-net/journal.h"

#include "common/wire/refid.h"

namespace ntp {
namespace {

std::string name_in_logs(const Daemon& daemon, int place) {
  if (const ReferenceClock* clock = daemon.reference_clocks.at(place))
    return refid_name(clock->refid);
  return to_text(daemon.pool.at(place).remote.address);
}

SystemTime now_in_logs(Daemon& daemon) { return daemon.clocks.read().system; }

void log_selected_place(Daemon& daemon, int place, const SelectionOptions& options,
                        std::uint8_t reachability, std::optional<RawTime> sampled) {
  const Reading now = daemon.clocks.read();
  const SelectionRow row{.name = name_in_logs(daemon, place),
                         .when = now.system,
                         .options = options,
                         .reachability = reachability,
                         .since_sample = sampled ? now.raw - *sampled : Nanos{0}};
  daemon.passage.logs.at(LogName::selection)
      .row(selection_row(row, daemon.ensemble.statistics(SourceIndex{place}, now.raw)));
}

}  // namespace

void log_measurement(Daemon& daemon, const Source& source, const Taken& taken) {
  Logs& logs = daemon.passage.logs;
  if (!logs.is_on(LogName::measurements)) return;
  const bool is_synchronised =
      taken.answered && (taken.passed & passed::synchronised) == passed::synchronised;
  if (!is_synchronised && !logs.takes_raw()) return;
  logs.at(LogName::measurements).row(measurement_row(source, taken, now_in_logs(daemon)));
}

void log_statistics(Daemon& daemon, const Source& source, double surprise) {
  Logs& logs = daemon.passage.logs;
  if (!logs.is_on(LogName::statistics)) return;
  const Reading now = daemon.clocks.read();
  const StatisticsRow row{
      .name = name_in_logs(daemon, source.index.value), .when = now.system, .stress = surprise};
  logs.at(LogName::statistics)
      .row(statistics_row(row, daemon.ensemble.statistics(source.index, now.raw)));
}

void log_tracking(Daemon& daemon) {
  Logs& logs = daemon.passage.logs;
  const Reference& reference = daemon.reference;
  if (!logs.is_on(LogName::tracking)) return;
  const Reading now = daemon.clocks.read();
  const TrackingRow row{
      .name = name_in_logs(daemon, reference.combined->reference.value),
      .when = now.system,
      .remaining = now.system.since_zero - reference.combined->line.at(now.raw).since_zero,
      .root_dispersion = reference.root_dispersion_at(now.raw)};
  logs.at(LogName::tracking).row(tracking_row(row, reference));
}

void log_tracking_lost(Daemon& daemon) {
  if (!daemon.passage.logs.is_on(LogName::tracking)) return;
  daemon.passage.logs.at(LogName::tracking).row(tracking_row_lost(now_in_logs(daemon)));
}

void log_temperature(Daemon& daemon) {
  LogFile& log = daemon.passage.logs.at(LogName::tempcomp);
  const Thermometer& thermometer = *daemon.passage.thermometer;
  if (log.is_on())
    log.row(
        temperature_row(thermometer.temperature(), thermometer.bend().rate(), now_in_logs(daemon)));
}

void log_selection(Daemon& daemon) {
  if (!daemon.passage.logs.is_on(LogName::selection)) return;
  for (const ReferenceClock& clock : daemon.reference_clocks.all())
    log_selected_place(daemon, clock.index.value, clock.effective, clock.reachability,
                       clock.samples > 0 ? std::optional{clock.sampled} : std::nullopt);
  for (const int place : daemon.pool.order()) {
    const Source& source = daemon.pool.at(place);
    log_selected_place(daemon, place, source.effective, source.reachability,
                       source.counts.good > 0 ? std::optional{source.sampled} : std::nullopt);
  }
}

}  // namespace ntp
