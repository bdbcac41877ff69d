// metrics: the daemon's state in OpenMetrics text, for a textfile collector. Base units: seconds
// and ratios; a metric that the daemon will not tell over this door is left out.
#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "syncctl/drops.h"
#include "syncctl/names.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

using control::Command;

class Metrics {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    text_ += fmt::format("# TYPE meridian_{} {}\n# HELP meridian_{} {}\n", name, type, name, help);
  }
  void sample(std::string_view name, std::string_view labels, double value) {
    // Counters are whole, instants need milliseconds, what came as a float has seven digits.
    const std::string number = value == std::floor(value) ? fmt::format("{:.0f}", value)
                               : std::fabs(value) > 1e6   ? fmt::format("{:.3f}", value)
                                                          : fmt::format("{:.7g}", value);
    text_ += labels.empty() ? fmt::format("meridian_{} {}\n", name, number)
                            : fmt::format("meridian_{}{{{}}} {}\n", name, labels, number);
  }
  void gauge(std::string_view name, std::string_view help, double value) {
    family(name, "gauge", help);
    sample(name, "", value);
  }
  [[nodiscard]] std::string end() { return std::move(text_) + "# EOF\n"; }

 private:
  std::string text_;
};

std::string escaped(std::string_view label) {
  std::string out;
  for (const char c : label) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

void add_tracking(Metrics& metrics, const control::Tracking& now) {
  metrics.gauge("synchronised", "1 when the clock follows a source.",
                now.leap != 3 && now.ref_id != 0 && now.ref_id != control::local_refid ? 1 : 0);
  metrics.gauge("stratum", "Stratum of this machine.", now.stratum);
  metrics.gauge("leap", "0 normal, 1 insert second, 2 delete second, 3 not synchronised.",
                now.leap);
  metrics.gauge("correction_seconds", "What the system clock still lacks; positive is slow.",
                now.current_correction.count());
  metrics.gauge("last_offset_seconds", "Offset at the last update.", now.last_offset.count());
  metrics.gauge("rms_offset_seconds", "Long-term average of the offset.", now.rms_offset.count());
  metrics.gauge("frequency_ratio", "Rate of the clock left alone; positive is fast.",
                now.frequency.fraction);
  metrics.gauge("residual_frequency_ratio", "Rate that the reference suggests beyond it.",
                now.residual_frequency.fraction);
  metrics.gauge("skew_ratio", "Error bound of the rate.", now.skew.fraction);
  metrics.gauge("root_delay_seconds", "Delay to the stratum 1 source.", now.root_delay.count());
  metrics.gauge("root_dispersion_seconds", "Dispersion to the stratum 1 source.",
                now.root_dispersion.count());
  metrics.gauge("update_interval_seconds", "Time between the last two updates.",
                now.last_update_interval.count());
  metrics.gauge("reference_time_seconds", "When the last update was.",
                to_seconds(now.ref_time.since_zero));
}

struct NamedSource {
  std::string labels;
  control::SourceData data;
};

Fetched<std::vector<NamedSource>> sources_of(Session& session) {
  std::vector<NamedSource> sources;
  const auto count = NTP_TRY(count_sources(session));
  for (std::uint32_t index = 0; index < count; ++index) {
    const auto data =
        NTP_TRY(fetch<control::SourceData>(session, Command::source_data, control::Index{index}));
    const bool is_clock = data.mode == control::SourceMode::refclock;
    const std::string name =
        is_clock ? refid_text(refid_of(data.address)) : address_text(data.address);
    sources.push_back({fmt::format("source=\"{}\"", escaped(name)), data});
  }
  return sources;
}

template <typename Value>
void each_source(Metrics& metrics, const std::vector<NamedSource>& sources, std::string_view name,
                 std::string_view help, Value value) {
  metrics.family(name, "gauge", help);
  for (const NamedSource& source : sources) metrics.sample(name, source.labels, value(source.data));
}

void add_sources(Metrics& metrics, const std::vector<NamedSource>& sources) {
  using control::SourceData;
  each_source(metrics, sources, "source_selected", "1 for the source that is followed.",
              [](const SourceData& d) { return d.state == control::SourceState::selected; });
  each_source(metrics, sources, "source_state",
              "0 followed, 1 unusable, 2 falseticker, 3 jittery, 4 combined, 5 not combined.",
              [](const SourceData& d) { return static_cast<double>(d.state); });
  each_source(metrics, sources, "source_stratum", "Stratum that the source says.",
              [](const SourceData& d) { return d.stratum; });
  each_source(metrics, sources, "source_reach_ratio", "Answered part of the last eight polls.",
              [](const SourceData& d) { return std::popcount(d.reachability) / 8.0; });
  each_source(metrics, sources, "source_poll_interval_seconds", "Time between polls.",
              [](const SourceData& d) { return std::ldexp(1.0, d.poll_log2); });
  each_source(metrics, sources, "source_offset_seconds",
              "This clock minus the source; positive is fast.",
              [](const SourceData& d) { return d.adjusted_offset.count(); });
  each_source(metrics, sources, "source_error_seconds", "Root distance of the source.",
              [](const SourceData& d) { return d.error.count(); });
}

void add_server(Metrics& metrics, const control::ServerStats& stats) {
  const auto counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    metrics.family(name, "counter", help);
    metrics.sample(fmt::format("{}_total", name), "", static_cast<double>(value));
  };
  counter("server_ntp_packets", "NTP requests received.", stats.ntp_hits);
  counter("server_ntp_drops", "NTP requests dropped.", stats.ntp_drops);
  counter("server_command_packets", "Control requests received.", stats.command_hits);
  counter("server_command_drops", "Control requests dropped.", stats.command_drops);
  counter("server_nts_ke_connections", "NTS key exchanges.", stats.nke_hits);
  counter("server_nts_ke_drops", "NTS key exchanges refused.", stats.nke_drops);
  counter("server_authenticated_packets", "Authenticated NTP requests.", stats.authenticated_hits);
  counter("server_interleaved_packets", "Interleaved NTP requests.", stats.interleaved_hits);
  counter("server_log_drops", "Client records dropped.", stats.log_drops);
}

void add_drops(Metrics& metrics, const control::ServerDrops& drops) {
  metrics.family("server_ntp_unanswered", "counter", "NTP requests without an answer, by reason.");
  for (const DropReason& reason : drop_reasons)
    metrics.sample("server_ntp_unanswered_total", fmt::format("reason=\"{}\"", reason.key),
                   static_cast<double>(drops.*reason.member));
}

}  // namespace

Fetched<std::string> metrics_text(Session& session) {
  Metrics metrics;
  add_tracking(metrics, NTP_TRY(fetch<control::Tracking>(session, Command::tracking)));
  add_sources(metrics, NTP_TRY(sources_of(session)));
  if (const auto answer = ask(session, Command::server_stats)) {
    const auto dated = control::take_server_stats(answer->type, answer->body);
    if (dated) add_server(metrics, dated->stats);
  }
  if (const auto drops = fetch<control::ServerDrops>(session, Command::server_drops))
    add_drops(metrics, *drops);
  return metrics.end();
}

Done show_metrics(Session& session, Words words) {
  if (!words.empty() && words[0] == "serve") return serve_metrics(session, words.subspan(1));
  session.output.print(NTP_TRY(metrics_text(session)));
  return {};
}

}  // namespace ntp::syncctl
