// The checks in their order: form was the board's matter; then origin, freshness, range,
// claim, rate, place. The first that fails names the refusal.
#include "clockd/judge.h"

#include <algorithm>

namespace ntp::clockd {

namespace {

// REQUIRES: since this one, `published` and `anchor` are in 0..now: no subtraction overflows.
std::optional<Refusal> doubt_origin(const EstimateRecord& record, RawTime now,
                                    const Session& session) {
  if (record.session != session.id) return Refusal::session;
  if (record.sequence <= session.sequence) return Refusal::sequence;
  if (session.sequence != 0 && record.sequence - session.sequence > most_sequence_gap)
    return Refusal::sequence;
  if (record.published > now || record.published <= session.published) return Refusal::stale;
  if (record.published < session.not_before || now - record.published > most_age)
    return Refusal::stale;
  return std::nullopt;
}

constexpr bool is_within(Nanos value, Nanos most) { return value >= Nanos{0} && value <= most; }

// REQUIRES: since this one, line.at(now) can be computed.
std::optional<Refusal> doubt_range(const EstimateRecord& record, RawTime now,
                                   const Policy& policy) {
  const Estimate& line = record.line;
  const bool is_anchored = line.anchor.since_zero >= Nanos{0} && line.anchor <= now &&
                           now - line.anchor <= most_extrapolation;
  const bool is_dated = line.utc >= policy.floor && line.utc <= latest_time;
  const bool is_bounded = is_within(line.bound, most_extrapolation) &&
                          is_within(line.deviation, most_extrapolation) &&
                          line.bound_growth >= Rate{0} && line.bound_growth <= most_bound_growth;
  const bool is_timed =
      record.sample_interval > Nanos{0} && is_within(record.sample_interval, most_interval) &&
      record.time_scale > Nanos{0} && is_within(record.time_scale, most_interval) &&
      is_within(record.tracking_deviation, most_extrapolation) && record.root_distance >= Nanos{0};
  return is_anchored && is_dated && is_bounded && is_timed ? std::nullopt
                                                           : std::optional{Refusal::range};
}

std::optional<Refusal> doubt_claim(const EstimateRecord& record) {
  if (record.leap == Leap::unsynchronised) return Refusal::alarm;
  if (record.stratum < 1 || record.stratum > 15 || record.sources < 1) return Refusal::alarm;
  if (record.root_distance > most_distance || record.line.bound > most_distance)
    return Refusal::distance;
  return std::nullopt;
}

std::optional<Refusal> doubt_rate(const EstimateRecord& record, const Policy& policy,
                                  const Memory& memory) {
  const Rate rate = record.line.rate;
  if (abs(rate) > policy.most_rate) return Refusal::rate;
  if (memory.phase != Phase::locked) return std::nullopt;
  return abs(rate - memory.corridor.rate) > most_rate_distance ? std::optional{Refusal::rate_far}
                                                               : std::nullopt;
}

bool may_step(Nanos error, const Policy& policy, const Memory& memory) {
  if (policy.first_step && memory.updates == 0 && std::chrono::abs(error) > *policy.first_step)
    return true;
  if (!policy.makestep || std::chrono::abs(error) <= policy.makestep->threshold) return false;
  const int limit = policy.makestep->updates;
  return limit < 0 || memory.updates < static_cast<std::uint32_t>(limit);
}

// Where time would be put, and how.
std::optional<Refusal> doubt_place(const EstimateRecord& record, RawTime now, const Policy& policy,
                                   const Memory& memory, const Verdict& verdict) {
  if (record.line.at(now) + floor_grace < std::max(memory.floor, policy.floor))
    return Refusal::floor;
  if (!verdict.steps && !is_in_corridor(record.line, now, memory)) return Refusal::budget;
  const auto& most = policy.maxchange;
  if (most && memory.updates >= static_cast<std::uint32_t>(most->start) &&
      std::chrono::abs(verdict.error) > most->offset)
    return Refusal::max_change;
  return std::nullopt;
}

// Weighted by the time since the last record, so that bursts count little.
void learn(Rate rate, Nanos since, Memory& memory) {
  const Nanos span = memory.phase == Phase::locked ? locked_memory : learning_memory;
  const double weight =
      memory.lessons > 0 ? std::clamp(to_seconds(since) / to_seconds(span), 0.0, 1.0) : 1.0;
  memory.learnt = memory.learnt * (1 - weight) + rate * weight;
  if (memory.lessons < UINT32_MAX) ++memory.lessons;
}

void advance_phase(const EstimateRecord& record, RawTime now, const Policy& policy,
                   Memory& memory) {
  const int wanted =
      policy.makestep ? std::max(open_updates, policy.makestep->updates) : open_updates;
  if (memory.phase == Phase::open) {
    if (memory.updates < static_cast<std::uint32_t>(wanted)) return;
    memory.phase = Phase::learning;
    memory.phase_began = now;
    memory.corridor = pin_corridor(record.line, record.line.rate, now);
  } else if (memory.phase == Phase::learning && now - memory.phase_began >= learning_time) {
    memory.phase = Phase::locked;
    memory.corridor = pin_corridor(record.line, memory.learnt, now);
  }
}

}  // namespace

bool is_in_corridor(const Estimate& line, RawTime now, const Memory& memory) {
  if (memory.phase == Phase::open) return true;
  return memory.corridor.holds(memory.corridor.place_of(line, now), now, growth_of(memory.phase));
}

Rate held_rate(Rate taught, const Memory& memory) {
  if (memory.phase != Phase::locked) return taught;
  const Rate centre = memory.corridor.rate;
  return std::clamp(taught, centre - corridor_growth, centre + corridor_growth);
}

Rate growth_of(Phase phase) { return phase == Phase::locked ? corridor_growth : learning_growth; }

Verdict judge(const EstimateRecord& record, const Reading& now, const Policy& policy,
              const Memory& memory, const Session& session, bool is_near_leap) {
  Verdict verdict;
  if ((verdict.refusal = doubt_origin(record, now.raw, session))) return verdict;
  if ((verdict.refusal = doubt_range(record, now.raw, policy))) return verdict;
  if ((verdict.refusal = doubt_claim(record))) return verdict;
  if ((verdict.refusal = doubt_rate(record, policy, memory))) return verdict;
  if (is_near_leap) {
    verdict.refusal = Refusal::leap_near;
    return verdict;
  }
  verdict.is_plausible = true;
  verdict.error = now.system.since_zero - record.line.at(now.raw).since_zero;
  verdict.steps = may_step(verdict.error, policy, memory);
  verdict.refusal = doubt_place(record, now.raw, policy, memory, verdict);
  return verdict;
}

void take(const EstimateRecord& record, const Verdict& verdict, RawTime now, const Policy& policy,
          Memory& memory, Session& session) {
  const Nanos since = session.taught ? now - *session.taught : Nanos{0};
  session.sequence = record.sequence;
  session.published = record.published;
  session.taught = now;
  learn(record.line.rate, since, memory);
  if (memory.phase != Phase::open) memory.floor = std::max(memory.floor, record.line.at(now));
  if (memory.updates < UINT32_MAX) ++memory.updates;
  if (verdict.steps) {
    ++memory.steps;
    if (memory.phase != Phase::open)
      memory.corridor = pin_corridor(record.line, memory.corridor.rate, now);
  } else if (memory.phase != Phase::open) {
    memory.corridor.follow(memory.corridor.place_of(record.line, now), now,
                           growth_of(memory.phase));
  }
  advance_phase(record, now, policy, memory);
}

void pin_by_command(const EstimateRecord& record, RawTime now, Memory& memory) {
  memory.floor = record.line.at(now);
  ++memory.steps;
  memory.corridor = pin_corridor(record.line, memory.corridor.rate, now);
}

}  // namespace ntp::clockd
