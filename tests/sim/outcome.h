// What a run in a simulated world is judged by, and the names that claims and tables use.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace ntp::sim {

// Errors: of the machine's clock against the truth, at every full second after `warm`.
struct Outcome {
  double rms = 0, p99 = 0, most = 0;     // s
  double rate_rms = 0;                   // of the steered clock's rate
  std::array<double, 4> first_window{};  // RMS in 10-30, 30-100, 100-300, 300-1000 s, s
  double within_millisecond = 1e9;       // s until the error stays below 1 ms for good
  double rate_within_ppm = 1e9;          // s until the rate stays below 1 ppm for 100 s
  double packets = 0;                    // requests sent
  double root_distance = 0;              // mean of what is published after `warm`, s
  // Of ours only: chrony's figures have nothing of the kind.
  double inside_bound = 0;  // share of seconds with the error inside the published bound
  double sigma_ratio = 0;   // RMS of line error over claimed deviation
  double steps = 0;
  double refused = 0;  // records the judge turned down
  double poll_changes = 0;
  double poll_turns = 0;  // ... that undid the one before, in direction
  double servo_rms = 0;   // steered clock against the line, after warm
  double overshoot = 0;   // most that the clock went beyond the line that it was pulled to, s
  double slew = 0;        // greatest rate of the clock against the line
  double transient = 0;   // greatest error after a restart over the greatest before it
};

struct Figure {
  std::string_view name;
  std::string_view unit;
  double (*of)(const Outcome&);
};
// In the order of tables and of the columns of chrony.csv: the first `peer_figures` are known of
// any clock, the rest only of ours.
inline constexpr std::size_t peer_figures = 12;
inline constexpr std::array<Figure, 22> figures{{
    {"rms", "s", [](const Outcome& o) { return o.rms; }},
    {"p99", "s", [](const Outcome& o) { return o.p99; }},
    {"max", "s", [](const Outcome& o) { return o.most; }},
    {"rate", "", [](const Outcome& o) { return o.rate_rms; }},
    {"to_1ms", "s", [](const Outcome& o) { return o.within_millisecond; }},
    {"to_1ppm", "s", [](const Outcome& o) { return o.rate_within_ppm; }},
    {"from_10s", "s", [](const Outcome& o) { return o.first_window[0]; }},
    {"from_30s", "s", [](const Outcome& o) { return o.first_window[1]; }},
    {"from_100s", "s", [](const Outcome& o) { return o.first_window[2]; }},
    {"from_300s", "s", [](const Outcome& o) { return o.first_window[3]; }},
    {"packets", "", [](const Outcome& o) { return o.packets; }},
    {"bound", "s", [](const Outcome& o) { return o.root_distance; }},
    {"inside", "", [](const Outcome& o) { return o.inside_bound; }},
    {"sigma", "", [](const Outcome& o) { return o.sigma_ratio; }},
    {"steps", "", [](const Outcome& o) { return o.steps; }},
    {"refused", "", [](const Outcome& o) { return o.refused; }},
    {"polls", "", [](const Outcome& o) { return o.poll_changes; }},
    {"turns", "", [](const Outcome& o) { return o.poll_turns; }},
    {"servo", "s", [](const Outcome& o) { return o.servo_rms; }},
    {"overshoot", "s", [](const Outcome& o) { return o.overshoot; }},
    {"slew", "", [](const Outcome& o) { return o.slew; }},
    {"transient", "", [](const Outcome& o) { return o.transient; }},
}};

[[nodiscard]] constexpr std::optional<double> figure_of(const Outcome& outcome,
                                                        std::string_view name) {
  for (const Figure& figure : figures) {
    if (figure.name == name) return figure.of(outcome);
  }
  return std::nullopt;
}

}  // namespace ntp::sim
