// See joint_filter.h.
#include "common/sync/joint_filter.h"

#include <algorithm>
#include <cmath>

#include "common/sync/selection_params.h"

namespace ntp {
namespace {

// The sharper direction's noise, s.
double sharpest(const TwoWayNoise& noise) {
  return noise.up.stages == 0 ? std::min(noise.up.jitter, noise.down.jitter)
                              : std::min(noise.up.wait, noise.down.wait);
}

// How little a source can say about the offset, s: its noise and the asymmetry nobody sees.
double vagueness_of(const SourceLine& line) {
  return sharpest(line.best().noise()) + joint::asymmetry_share * std::abs(line.base_delay());
}

// What a gate lets pass for a packet's jitter, s.
double gate_jitter(const TwoWayNoise& noise) {
  const double jitters = noise.up.stages == 0 ? 1 + joint::gate_gaussian_jitters : 1;
  return jitters * sharpest(noise);
}

template <std::size_t N>
bool differs(const Projection<N>& seen, double value, double variance) {
  return std::abs(value - seen.value) > joint::merge_sds * std::sqrt(seen.variance + variance);
}

// With a second opinion, as good as its variance says.
template <std::size_t N>
void average(Gaussian<N>& belief, const Projection<N>& seen, double value, double variance) {
  const double gain = seen.variance / (seen.variance + variance);
  absorb(belief, seen, seen.value + gain * (value - seen.value), gain * variance);
}

}  // namespace

JointFilter::Outcome JointFilter::take(int member, const SourceLine& line, double wander) {
  if (line.is_in_doubt()) return Outcome::waiting;
  if (!is_started_) {
    start(member, line);
    wander_ = wander;
    return Outcome::taken;
  }
  wander_ = wander;
  advance(belief_, std::max(0.0, to_seconds(line.last() - time_)), wander);
  time_ = std::max(time_, line.last());
  Record& record = records_[at(member)];
  if (record.place < 0) {
    const bool is_news = !record.was_heard;
    if (!admit(member, line)) return Outcome::waiting;
    if (is_news && learn(record.place, line)) return Outcome::taken;
  }
  const std::size_t b = base_of(record.place);
  const double scale = sharpest(line.best().noise());
  belief_.cov(b, b) += square(line::base_wander * scale);
  if (const PathChange& change = line.last_change(); change.moves_base()) {
    belief_.reset(b, belief_.mean[b] + change.base, square(change.deviation));
  }
  if (square(line.doubt()) > square(path::joint_doubt) * belief_.cov(offset_part, offset_part)) {
    forget();  // what it said of the offset cannot be told from what the others said
    return Outcome::broken;
  }

  const Delays delays = delays_of(line);
  if (line.samples() > joint::gate_after) {
    record.jitter = gate_jitter(line.best().noise());
    const double contradicts = contradiction(record.place, delays);
    if (contradicts > gate(record)) return note_contradiction(member, contradicts);
    record.contradictions = 0;
  }
  record.vagueness = vagueness_of(line);
  update(record.place, line, delays);
  return Outcome::taken;
}

void JointFilter::start(int member, const SourceLine& line) {
  const LineBelief own = line.best_belief();
  is_started_ = true;
  origin_ = line.origin();
  time_ = line.last();
  belief_ = {};
  for (std::size_t i = 0; i < 3; ++i) {
    belief_.mean[i] = own.mean[i];
    for (std::size_t j = 0; j <= i; ++j) belief_.cov(i, j) = own.cov(i, j);
  }
  const double unseen = square(joint::asymmetry_share * own.mean[base_part]);
  belief_.cov(asymmetry_part, asymmetry_part) = unseen;
  belief_.cov(offset_part, offset_part) += unseen;
  belief_.cov(offset_part, asymmetry_part) = -unseen;
  records_[at(member)] = {.place = 0,
                          .jitter = gate_jitter(line.best().noise()),
                          .vagueness = vagueness_of(line),
                          .was_heard = true};
  is_taken_[0] = true;
}

bool JointFilter::admit(int member, const SourceLine& line) {
  Record& record = records_[at(member)];
  if (record.quarantine > 0 && line.samples() > joint::quarantine_after) {
    --record.quarantine;
    return false;
  }
  const double vagueness = vagueness_of(line);
  if (std::ranges::count(is_taken_, false) == 0) make_room(vagueness);
  const auto free = std::ranges::find(is_taken_, false);
  if (free == is_taken_.end()) return false;
  *free = true;
  record = {.place = static_cast<int>(free - is_taken_.begin()),
            .jitter = gate_jitter(line.best().noise()),
            .vagueness = vagueness,
            .was_heard = true};
  const LineBelief own = line.best_belief();
  const std::size_t b = base_of(record.place);
  const double doubt = square(joint::base_doubt * sharpest(line.best().noise()));
  belief_.reset(b, own.mean[base_part], own.cov(base_part, base_part) + doubt);
  belief_.reset(b + 1, 0, square(joint::asymmetry_share * own.mean[base_part]));
  return true;
}

// A line that was never heard says at once all that it learnt: a common line that begins anew goes
// on from what all its sources know, and not from the best of them alone. Not of a young one, whose
// noise is a guess, nor of one that contradicts the others.
bool JointFilter::learn(int place, const SourceLine& line) {
  if (line.samples() < static_cast<int>(line::first_exchanges)) return false;
  const LineBelief own = line.best_belief();
  const double rate_variance = std::max(own.cov(rate_part, rate_part), least_variance);
  const double tilt = own.cov(offset_part, rate_part) / rate_variance;
  const double offset = own.mean[offset_part] + to_seconds(line.origin() - origin_);
  // The rate, and what the offset says beyond it, are told apart: their errors are independent.
  const std::size_t b = base_of(place);
  const Sight rate_alone{.sign = 0, .half = -1, .path = b, .base = 0};
  const Sight beyond_rate{.sign = 1, .half = tilt, .path = b, .base = 0};
  const auto rate = look(belief_, rate_alone), rest = look(belief_, beyond_rate);
  const double rest_value = offset - tilt * own.mean[rate_part];
  const double rest_variance = std::max(
      own.cov(offset_part, offset_part) - tilt * own.cov(offset_part, rate_part), least_variance);
  if (differs(rate, own.mean[rate_part], rate_variance) || differs(rest, rest_value, rest_variance))
    return false;
  average(belief_, rate, own.mean[rate_part], rate_variance);
  average(belief_, look(belief_, beyond_rate), rest_value, rest_variance);
  return true;
}

// All places are taken: the vaguest member leaves for one that knows far more.
void JointFilter::make_room(double vagueness) {
  const auto vaguest = std::ranges::max_element(
      records_, {}, [](const Record& r) { return r.place >= 0 ? r.vagueness : -1; });
  if (vaguest->vagueness < joint::far_more * vagueness) return;
  drop(static_cast<int>(vaguest - records_.begin()));
}

void JointFilter::drop(int member) {
  Record& record = records_[at(member)];
  record.quarantine = 0;
  if (record.place < 0) return;
  belief_.reset(base_of(record.place), 0, 0);
  belief_.reset(base_of(record.place) + 1, 0, 0);
  is_taken_[at(record.place)] = false;
  record.place = -1;
  record.contradictions = 0;
  if (std::ranges::none_of(is_taken_, std::identity{})) is_started_ = false;
}

Delays JointFilter::delays_of(const SourceLine& line) const {
  const double moved = to_seconds(line.origin() - origin_);
  Delays delays = line.last_delays();
  delays.up += moved;
  delays.down -= moved;
  return delays;
}

// How far from the belief the offset is beyond what the delay excuses, s.
double JointFilter::contradiction(int place, const Delays& delays) const {
  const std::size_t b = base_of(place), a = b + 1;
  const double excuse = std::max(0.0, delays.round_trip(0) / 2 - belief_.mean[b]);
  return std::abs(delays.offset() - belief_.mean[0] - belief_.mean[a]) - excuse;
}

double JointFilter::gate(const Record& record) const {
  return joint::gate_sds * std::sqrt(seen_by(record.place)) + record.jitter;
}

// Far members cannot tell what near ones see at once: a crystal that jumped by 11 ppm was 3 ms off
// before the third of five members contradicted. Of what was refuted nothing is kept, nor is it
// learnt again: every line that is asked from now on learnt most of what it knows before.
JointFilter::Outcome JointFilter::note_contradiction(int member, double contradiction) {
  Record& record = records_[at(member)];
  ++record.contradictions;
  const auto is_unhappy = [](const Record& r) {
    return r.quarantine > 0 || (r.place >= 0 && r.contradictions > 0);
  };
  const auto can_tell = [&](const Record& r) {
    return r.quarantine > 0 || (r.place >= 0 && gate(r) < contradiction);
  };
  const auto unhappy = std::ranges::count_if(records_, is_unhappy);
  if (unhappy >= 2 && 2 * unhappy > std::ranges::count_if(records_, can_tell)) {
    forget();
    for (Record& each : records_) each.was_heard = true;
    return Outcome::broken;
  }
  if (record.contradictions < joint::gate_drops) return Outcome::ignored;
  drop(member);
  record.quarantine = joint::quarantine;
  return Outcome::dropped;
}

void JointFilter::update(int place, const SourceLine& line, const Delays& delays) {
  const TwoWayNoise noise = line.best().noise();
  TwoWayOutliers outliers = line.best().outliers();
  outliers.up.early_share = outliers.down.early_share = joint::early_share;
  for (const bool is_up : {true, false}) {
    const Sight sight{.sign = is_up ? 1.0 : -1.0, .half = delays.half, .path = base_of(place)};
    const auto seen = look(belief_, sight);
    const auto after =
        condition_robustly(seen.value, seen.variance, is_up ? delays.up : delays.down,
                           is_up ? noise.up : noise.down, is_up ? outliers.up : outliers.down);
    absorb(belief_, seen, after.mean, after.variance);
  }
}

LineState JointFilter::state() const {
  const Tracked best = tracked();
  const double unseen = std::max(0.0, belief_.cov(0, 0) - best.variance);
  return {.at = time_,
          .origin = origin_,
          .offset = belief_.mean[0],
          .rate = belief_.mean[1],
          .offset_variance = best.variance + scatter() * unseen,
          .covariance = best.covariance,
          .rate_variance = belief_.cov(1, 1),
          .wander = wander_};
}

// The offset as its sharpest path shows it.
JointFilter::Tracked JointFilter::tracked() const {
  Tracked best{belief_.cov(0, 0), belief_.cov(0, 1)};
  for (int place = 0; place < joint_paths; ++place) {
    if (!is_taken_[at(place)]) continue;
    const std::size_t a = base_of(place) + 1;
    const double variance = seen_by(place);
    if (variance < best.variance) best = {variance, belief_.cov(0, 1) + belief_.cov(a, 1)};
  }
  return best;
}

// Variance of the offset as this path alone shows it, its asymmetry taken for a part of it.
double JointFilter::seen_by(int place) const {
  const std::size_t a = base_of(place) + 1;
  return std::max(least_variance, belief_.cov(0, 0) + belief_.cov(a, a) + 2 * belief_.cov(0, a));
}

// How far the paths are from each other, squared, as a share of what was expected of them; at most
// 1. Two may agree by chance.
double JointFilter::scatter() const {
  double sum = 0;
  int paths = 0;
  for (int place = 0; place < joint_paths; ++place) {
    if (!is_taken_[at(place)]) continue;
    const std::size_t b = base_of(place);
    const double expected = square(joint::asymmetry_share * belief_.mean[b]);
    sum += (square(belief_.mean[b + 1]) + seen_by(place)) / std::max(expected, least_variance);
    ++paths;
  }
  return paths < joint::paths_to_compare ? 1 : std::min(1.0, sum / (paths - 1));
}

double JointFilter::tracking_variance() const { return std::max(tracked().variance, 1e-20); }

}  // namespace ntp
