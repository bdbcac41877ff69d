// waitsync: asks for tracking until the clock is synchronised within limits, or gives up.
#include <fmt/format.h>

#include <cmath>
#include <thread>

#include "common/base/text.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

struct Limits {
  std::uint32_t tries = 0;  // 0: for ever
  double correction = 0;    // s; 0: any
  double skew = 0;          // ppm; 0: any
  double interval = 10;     // s
};

constexpr double shortest_interval = 0.1;

Fetched<Limits> limits_from(Words words) {
  Limits limits;
  const auto bad = complaint("Invalid syntax for waitsync command");
  if (words.size() > 4) return bad;
  if (!words.empty()) {
    const auto tries = parse_integer<std::uint32_t>(words[0]);
    if (!tries) return bad;
    limits.tries = *tries;
  }
  constexpr std::array members{&Limits::correction, &Limits::skew, &Limits::interval};
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto value = parse_real(words[i]);
    if (!value || *value < 0) return bad;
    limits.*members[i - 1] = *value;
  }
  limits.interval = std::max(limits.interval, shortest_interval);
  return limits;
}

// A clock that follows only itself is not synchronised.
bool is_synchronised(const control::Tracking& now, const Limits& limits) {
  const bool has_source =
      now.address.is_set() || (now.ref_id != 0 && now.ref_id != control::local_refid);
  const double correction = std::fabs(now.current_correction.count());
  return now.leap != 3 && has_source &&
         (limits.correction == 0 || correction <= limits.correction) &&
         (limits.skew == 0 || wire_ppm(now.skew) <= limits.skew);
}

void show_try(Session& session, std::uint32_t number, const control::Tracking& now) {
  show(session, {.name = "waitsync",
                 .pattern = "try: {}, refid: {}, correction: {}, skew: {}\n",
                 .rows = {{count_cell("try", number), refid_cell("reference_id", now.ref_id),
                           real_cell("correction", std::fabs(now.current_correction.count()), 9),
                           real_cell("skew", wire_ppm(now.skew), 3)}},
                 .is_table = false});
}

}  // namespace

Done wait_for_sync(Session& session, Words words) {
  const Limits limits = NTP_TRY(limits_from(words));
  for (std::uint32_t number = 1;; ++number) {
    const auto now = fetch<control::Tracking>(session, control::Command::tracking);
    if (now) {
      show_try(session, number, *now);
      if (is_synchronised(*now, limits)) return {};
    } else {
      show_problem(session, now.error());
    }
    if (number == limits.tries) return std::unexpected{Problem{}};
    std::this_thread::sleep_for(Seconds{limits.interval});
  }
}

}  // namespace ntp::syncctl
