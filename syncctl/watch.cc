// watch: the clock's offset and bound as a moving picture, with the sources below it, until
// somebody ends it. Draws on a terminal only; sends nothing but questions.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <thread>

#include "common/base/text.h"
#include "syncctl/plot.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

constexpr std::size_t plot_width = 70;
constexpr std::size_t plot_height = 11;
constexpr double default_interval = 1;
constexpr double shortest_interval = 0.1;
constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";

PlotPoint point_of(const control::Tracking& now) {
  return {.offset = -now.current_correction,
          .bound = Seconds{std::fabs(now.current_correction.count())} + now.root_dispersion +
                   now.root_delay / 2};
}

std::string headline(const control::Tracking& now) {
  return fmt::format("offset {}  bound {}  rate {:+.3f} ppm  skew {:.3f} ppm  stratum {}  {}\n\n",
                     offset_text(-now.current_correction, Sign::always),
                     offset_text(point_of(now).bound, Sign::never), wire_ppm(now.frequency),
                     wire_ppm(now.skew), now.stratum,
                     leap_word(static_cast<std::uint8_t>(now.leap & 0xff)));
}

}  // namespace

Done watch(Session& session, Words words) {
  const double interval = words.empty() ? default_interval : parse_real(words[0]).value_or(0);
  if (interval < shortest_interval) return complaint("Invalid syntax for watch command");
  if (session.settings.form != Form::text || ::isatty(STDOUT_FILENO) == 0) {
    return complaint("watch draws on a terminal only; tracking, sources and metrics do not");
  }
  std::vector<PlotPoint> points;
  for (;;) {
    const auto now = NTP_TRY(fetch<control::Tracking>(session, control::Command::tracking));
    if (points.size() == plot_width) points.erase(points.begin());
    points.push_back(point_of(now));
    session.output.print(fmt::format("{}{}{}\n", clear_screen, headline(now),
                                     plot(points, plot_width, plot_height)));
    const Done shown = show_sources(session, {});
    if (!shown) return shown;
    std::this_thread::sleep_for(Seconds{interval});
  }
}

}  // namespace ntp::syncctl
