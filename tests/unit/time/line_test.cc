// Claims of common/time that hold for any numbers: instants and durations are exact, rates are
// odd functions, and the bound of a line never shrinks away from its anchor.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "common/time/estimate.h"
#include "common/time/instants.h"

namespace ntp {
namespace {

constexpr std::int64_t century = INT64_C(3'155'760'000'000'000'000);

RC_GTEST_PROP(InstantProperty, GoingThereAndBackIsExact, ()) {
  const RawTime start{Nanos{*rc::gen::inRange<std::int64_t>(-century, century)}};
  const Nanos way{*rc::gen::inRange<std::int64_t>(-century, century)};
  RC_ASSERT((start + way) - way == start);
  RC_ASSERT((start + way) - start == way);
}

RC_GTEST_PROP(RateProperty, FastAndSlowAreMirrorImages, ()) {
  const double ppms = *rc::gen::inRange(-500'000, 500'000) / 1000.0;
  const Nanos since{*rc::gen::inRange<std::int64_t>(0, INT64_C(86'400'000'000'000))};
  RC_ASSERT(ppm(ppms) * since == -(ppm(-ppms) * since));
  RC_ASSERT(abs(ppm(ppms)) == abs(ppm(-ppms)));
}

RC_GTEST_PROP(ToNanosProperty, WholeNanosecondsSurviveTheWayThroughSeconds, ()) {
  const Nanos nanos{*rc::gen::inRange<std::int64_t>(-1'000'000'000'000, 1'000'000'000'000)};
  RC_ASSERT(to_nanos(to_seconds(nanos)) == nanos);
}

RC_GTEST_PROP(EstimateProperty, TheBoundNeverShrinksAwayFromTheAnchor, ()) {
  const Estimate line{.anchor = RawTime{1000s},
                      .bound = Nanos{*rc::gen::inRange<std::int64_t>(0, 1'000'000'000)},
                      .bound_growth = ppm(*rc::gen::inRange(0, 500))};
  const Nanos near{*rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000)};
  const Nanos more{*rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000)};
  RC_ASSERT(line.bound_at(line.anchor) == line.bound);
  RC_ASSERT(line.bound_at(line.anchor + near) <= line.bound_at(line.anchor + near + more));
  RC_ASSERT(line.bound_at(line.anchor - near) == line.bound_at(line.anchor + near));
}

TEST(Estimate, ASlowOscillatorGainsUtc) {
  const Estimate line{.anchor = RawTime{0s}, .utc = UtcTime{0s}, .rate = 40.0_ppm};
  EXPECT_EQ(line.at(RawTime{100s}), UtcTime{100s + 4ms});
  EXPECT_EQ(line.at(RawTime{-100s}), UtcTime{-100s - 4ms});
}

}  // namespace
}  // namespace ntp
