// Numbers of the one-sided update: value, reason, what breaks.
#pragma once

namespace ntp::one_sided {

// Least share of late packets that are outliers: queues have bursts. 0: one spike in a Gaussian
// spell moves the clock (17 times chrony's error with 5 % spikes).
inline constexpr double least_late_share = 0.02;
// Outliers spread over this many noise scales until their own scale is learnt...
inline constexpr double outlier_scales = 100;
// ... and never fewer than this, else noise itself is taken for outliers.
inline constexpr double least_outlier_scales = 20;
// No single measurement may claim more than this: E's variance against the prediction's, and
// the posterior's against the prior's. Keeps rounding from making a variance negative.
inline constexpr double least_wait_share = 1e-8;
inline constexpr double least_left_share = 1e-7;

}  // namespace ntp::one_sided
