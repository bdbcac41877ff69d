// What the daemon knows of this machine's clocks: tracking, smoothing, rtcdata, manual list.
#include <fmt/format.h>

#include <cmath>
#include <ctime>

#include "syncctl/names.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

using control::Command;

// |value| with `decimals` for people, signed in CSV: the words after it say the sign.
Cell size_cell(const char* key, double value, int decimals) {
  return real_cell(key, value, decimals, Sign::never);
}

// Words that belong to the cell before them, no field of their own.
Cell with_words(Cell cell, std::string_view words) {
  cell.text.append(" ").append(words);
  return cell;
}

Cell reference_name(Session& session, const control::Tracking& tracking) {
  const bool is_named = tracking.address.is_set();
  return word_cell("reference_name", is_named ? source_name(session, tracking.address, SIZE_MAX)
                                              : refid_text(tracking.ref_id));
}

std::string manual_date(UtcTime time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time.since_zero).count();
  std::tm parts{};
  char text[64];
  if (gmtime_r(&seconds, &parts) == nullptr) return "INVALID";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts)};
}

}  // namespace

Done show_tracking(Session& session, Words) {
  const auto now = NTP_TRY(fetch<control::Tracking>(session, Command::tracking));
  const double correction = now.current_correction.count();
  const double frequency = wire_ppm(now.frequency);
  Report report{.name = "tracking",
                .pattern =
                    "Reference ID    : {} ({})\n"
                    "Stratum         : {}\n"
                    "Ref time (UTC)  : {}\n"
                    "System time     : {} of NTP time\n"
                    "Last offset     : {} seconds\n"
                    "RMS offset      : {} seconds\n"
                    "Frequency       : {}\n"
                    "Residual freq   : {} ppm\n"
                    "Skew            : {} ppm\n"
                    "Root delay      : {} seconds\n"
                    "Root dispersion : {} seconds\n"
                    "Update interval : {} seconds\n"
                    "Leap status     : {}\n",
                .is_table = false};
  report.rows.push_back(
      {refid_cell("reference_id", now.ref_id), reference_name(session, now),
       count_cell("stratum", now.stratum), date_cell("reference_time", now.ref_time),
       with_words(size_cell("correction", correction, 9),
                  correction > 0 ? "seconds slow" : "seconds fast"),
       real_cell("last_offset", now.last_offset.count(), 9, Sign::always),
       real_cell("rms_offset", now.rms_offset.count(), 9),
       with_words(size_cell("frequency", frequency, 3), frequency > 0 ? "ppm fast" : "ppm slow"),
       real_cell("residual_frequency", wire_ppm(now.residual_frequency), 3, Sign::always),
       real_cell("skew", wire_ppm(now.skew), 3), real_cell("root_delay", now.root_delay.count(), 9),
       real_cell("root_dispersion", now.root_dispersion.count(), 9),
       real_cell("update_interval", now.last_update_interval.count(), 1),
       leap_cell("leap", static_cast<std::uint8_t>(std::min<std::uint16_t>(now.leap, 255)))});
  show(session, report);
  return {};
}

Done show_smoothing(Session& session, Words) {
  const auto now = NTP_TRY(fetch<control::Smoothing>(session, Command::smoothing));
  const bool leap_only = (now.flags & 2) != 0;
  Cell leap = yes_no_cell("leap_only", leap_only);
  leap.text = leap.csv = leap_only ? "(leap second only)" : "";
  Report report{.name = "smoothing",
                .pattern =
                    "Active         : {} {}\n"
                    "Offset         : {} seconds\n"
                    "Frequency      : {} ppm\n"
                    "Wander         : {} ppm per second\n"
                    "Last update    : {} seconds ago\n"
                    "Remaining time : {} seconds\n",
                .is_table = false};
  report.rows.push_back({yes_no_cell("active", (now.flags & 1) != 0), std::move(leap),
                         real_cell("offset", now.offset.count(), 9, Sign::always),
                         real_cell("frequency", wire_ppm(now.frequency), 6, Sign::always),
                         real_cell("wander", wire_ppm(now.wander), 6, Sign::always),
                         real_cell("last_update", now.last_update_ago.count(), 1),
                         real_cell("remaining", now.remaining.count(), 1)});
  show(session, report);
  return {};
}

Done show_rtc_data(Session& session, Words) {
  const auto rtc = NTP_TRY(fetch<control::RtcReport>(session, Command::rtc_report));
  Report report{.name = "rtcdata",
                .pattern =
                    "RTC ref time (UTC) : {}\n"
                    "Number of samples  : {}\n"
                    "Number of runs     : {}\n"
                    "Sample span period : {}\n"
                    "RTC is fast by     : {} seconds\n"
                    "RTC gains time at  : {} ppm\n",
                .is_table = false};
  report.rows.push_back({date_cell("reference_time", rtc.ref_time),
                         count_cell("samples", rtc.samples), count_cell("runs", rtc.runs),
                         age_cell("span", rtc.span),
                         real_cell("fast", rtc.fast.count(), 6, Sign::when_negative, 12),
                         real_cell("gain", wire_ppm(rtc.gain), 3, Sign::when_negative, 9)});
  show(session, report);
  return {};
}

Done show_manual_list(Session& session, Words) {
  const auto list = NTP_TRY(fetch<control::ManualList>(session, Command::manual_list));
  if (list.samples > control::manual_samples_a_reply) {
    return std::unexpected{problem_of(Trouble::bad_reply)};
  }
  const std::string count = fmt::format("210 n_samples = {}\n", list.samples);
  Report report{.name = "manual list",
                .title = "#    Date     Time(UTC)    Slewed   Original   Residual",
                .pattern = "{} {} {} {} {}\n",
                .preface = count};
  for (std::uint32_t index = 0; index < list.samples; ++index) {
    const control::ManualSample& sample = list.slots[index];
    const auto seconds = [](const char* key, Seconds value) {
      return real_cell(key, value.count(), 2, Sign::when_negative, 10);
    };
    report.rows.push_back(
        {count_cell("index", index, 2), word_cell("date", manual_date(sample.when)),
         seconds("slewed", sample.slewed_offset), seconds("original", sample.original_offset),
         seconds("residual", sample.residual)});
  }
  show(session, report);
  return {};
}

}  // namespace ntp::syncctl
