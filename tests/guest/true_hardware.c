// Hardware for the guest, whose kernel has the cores of PPS and PTP and whose machine has no such
// device: an electric pulse that rises at each true second and falls a tenth of a second later, at
// /dev/pps0; a card whose clock keeps TAI, at /dev/ptp0; and one whose clock is hours off, at
// /dev/ptp1, with a pin that the same pulse is wired to; and a hardware clock a minute behind, at
// /dev/rtc1, whose battery is low when the parameter says so, until it is set. Devices, calls and
// stamps are the kernel's; what is made here is what chips would say. The truth is that of
// true_clock, by its numbers. It steers nothing, and no real machine loads it: the test's image
// alone has it.
#include <linux/hrtimer.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pps_kernel.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/rtc.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

static long utc, raw, ppb;
module_param(utc, long, 0444);
MODULE_PARM_DESC(utc, "the truth at `raw`: ns since 1970");
module_param(raw, long, 0444);
MODULE_PARM_DESC(raw, "CLOCK_MONOTONIC_RAW then, ns");
module_param(ppb, long, 0444);
MODULE_PARM_DESC(ppb, "how much faster the raw clock runs than the truth");

static bool low_battery;
module_param(low_battery, bool, 0644);
MODULE_PARM_DESC(low_battery, "the hardware clock's battery is low");

static const s64 billion = 1000000000;
static const s64 width = 100000000;
static const s64 tai_ahead = 37000000000;
static const s64 stray_ahead = 12345250000000;

// Good for some days: then the product overflows.
static s64 truth_at(s64 now) {
  const s64 since = now - raw;
  return utc + since - div64_s64(since * ppb, billion + ppb);
}
static s64 raw_at(s64 then) {
  const s64 since = then - utc;
  return raw + since + div64_s64(since * ppb, billion);
}

static struct ptp_clock *true_card, *stray_card;
static struct pps_device* pulse;
static struct hrtimer timer;
static s64 edge;          // the next one, in true ns
static unsigned stamped;  // which edges the card was asked to stamp
static struct ptp_pin_desc pin = {.name = "PULSE", .index = 0, .func = PTP_PF_NONE};

static bool is_rising(s64 then) {
  s64 into;
  div64_u64_rem(then, billion, (u64*)&into);
  return into == 0;
}

static void tell_edge(void) {
  const bool rises = is_rising(edge);
  struct pps_event_time ts;
  pps_get_ts(&ts);
  pps_event(pulse, &ts, rises ? PPS_CAPTUREASSERT : PPS_CAPTURECLEAR, NULL);
  if (stamped & (rises ? PTP_RISING_EDGE : PTP_FALLING_EDGE)) {
    struct ptp_clock_event event = {
        .type = PTP_CLOCK_EXTTS, .index = 0, .timestamp = edge + stray_ahead};
    ptp_clock_event(stray_card, &event);
  }
  edge += rises ? width : billion - width;
}

// Timers run by the steered clock, which may run a tenth faster than the raw one: four fifths of
// the way each time, and the last microseconds awake.
static enum hrtimer_restart approach(struct hrtimer* this) {
  const s64 most_awake = 20000;
  s64 left = raw_at(edge) - ktime_get_raw_ns();
  if (left <= most_awake) {
    while (ktime_get_raw_ns() < raw_at(edge)) cpu_relax();
    tell_edge();
    left = raw_at(edge) - ktime_get_raw_ns();
  }
  hrtimer_forward_now(this, ns_to_ktime(max(left * 4 / 5, most_awake / 2)));
  return HRTIMER_RESTART;
}

static struct ptp_clock_info true_info, stray_info;
static s64 card_at(const struct ptp_clock_info* info, s64 now) {
  return truth_at(now) + (info == &true_info ? tai_ahead : stray_ahead);
}

static int read_card(struct ptp_clock_info* info, struct timespec64* ts,
                     struct ptp_system_timestamp* around) {
  s64 now;
  ptp_read_system_prets(around);
  now = ktime_get_raw_ns();
  ptp_read_system_postts(around);
  *ts = ns_to_timespec64(card_at(info, now));
  return 0;
}
static int read_both(struct ptp_clock_info* info, struct system_device_crosststamp* both) {
  struct system_time_snapshot now;
  ktime_get_snapshot(&now);
  both->device = ns_to_ktime(card_at(info, ktime_to_ns(now.raw)));
  both->sys_realtime = now.real;
  both->sys_monoraw = now.raw;
  return 0;
}
static int enable(struct ptp_clock_info* info, struct ptp_clock_request* wish, int on) {
  if (wish->type != PTP_CLK_REQ_EXTTS || pin.func != PTP_PF_EXTTS) return -EOPNOTSUPP;
  stamped = on ? wish->extts.flags : 0;
  return 0;
}
static int verify(struct ptp_clock_info* info, unsigned number, enum ptp_pin_function function,
                  unsigned channel) {
  return function == PTP_PF_EXTTS || function == PTP_PF_NONE ? 0 : -EOPNOTSUPP;
}
// Nobody sets these cards.
static int refuse_rate(struct ptp_clock_info* info, long rate) { return -EOPNOTSUPP; }
static int refuse_step(struct ptp_clock_info* info, s64 by) { return -EOPNOTSUPP; }
static int refuse_time(struct ptp_clock_info* info, const struct timespec64* time) {
  return -EOPNOTSUPP;
}

static struct ptp_clock_info true_info = {.owner = THIS_MODULE,
                                          .name = "true card",
                                          .adjfine = refuse_rate,
                                          .adjtime = refuse_step,
                                          .settime64 = refuse_time,
                                          .gettimex64 = read_card,
                                          .getcrosststamp = read_both};
static struct ptp_clock_info stray_info = {.owner = THIS_MODULE,
                                           .name = "stray card",
                                           .n_ext_ts = 1,
                                           .n_pins = 1,
                                           .pin_config = &pin,
                                           .adjfine = refuse_rate,
                                           .adjtime = refuse_step,
                                           .settime64 = refuse_time,
                                           .gettimex64 = read_card,
                                           .getcrosststamp = read_both,
                                           .enable = enable,
                                           .verify = verify};
static struct pps_source_info pulse_info = {
    .owner = THIS_MODULE,
    .name = "true_hardware",
    .mode = PPS_CAPTUREBOTH | PPS_CANWAIT | PPS_TSFMT_TSPEC};

static struct platform_device* board;
static s64 chip_ahead = -60000000000;

static int read_chip(struct device* device, struct rtc_time* shown) {
  rtc_time64_to_tm(div64_s64(truth_at(ktime_get_raw_ns()) + chip_ahead, billion), shown);
  return 0;
}
static int set_chip(struct device* device, struct rtc_time* wish) {
  chip_ahead = rtc_tm_to_time64(wish) * billion - truth_at(ktime_get_raw_ns());
  low_battery = false;
  return 0;
}
static int ask_chip(struct device* device, unsigned request, unsigned long answer) {
  if (request != RTC_VL_READ) return -ENOIOCTLCMD;
  return put_user(low_battery ? RTC_VL_BACKUP_LOW : 0, (unsigned __user*)answer);
}
static const struct rtc_class_ops chip_calls = {
    .read_time = read_chip, .set_time = set_chip, .ioctl = ask_chip};

static int plug_in_chip(void) {
  struct rtc_device* chip;
  board = platform_device_register_simple("true_hardware", -1, NULL, 0);
  if (IS_ERR(board)) return PTR_ERR(board);
  chip = devm_rtc_allocate_device(&board->dev);
  if (IS_ERR(chip)) return PTR_ERR(chip);
  chip->ops = &chip_calls;
  clear_bit(RTC_FEATURE_ALARM, chip->features);
  clear_bit(RTC_FEATURE_UPDATE_INTERRUPT, chip->features);
  return devm_rtc_register_device(chip);
}

static int __init plug_in(void) {
  s64 now;
  if (plug_in_chip() != 0) {
    if (!IS_ERR(board)) platform_device_unregister(board);
    return -ENODEV;
  }
  pulse = pps_register_source(&pulse_info, PPS_CAPTUREASSERT);
  if (IS_ERR(pulse)) {
    platform_device_unregister(board);
    return PTR_ERR(pulse);
  }
  true_card = ptp_clock_register(&true_info, NULL);
  stray_card = ptp_clock_register(&stray_info, NULL);
  if (IS_ERR_OR_NULL(true_card) || IS_ERR_OR_NULL(stray_card)) {
    if (!IS_ERR_OR_NULL(true_card)) ptp_clock_unregister(true_card);
    if (!IS_ERR_OR_NULL(stray_card)) ptp_clock_unregister(stray_card);
    pps_unregister_source(pulse);
    platform_device_unregister(board);
    return -ENODEV;
  }
  now = truth_at(ktime_get_raw_ns());
  edge = (div64_s64(now, billion) + 1) * billion;
  hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
  timer.function = approach;
  hrtimer_start(&timer, ns_to_ktime(1000000), HRTIMER_MODE_REL);
  return 0;
}
static void __exit pull_out(void) {
  hrtimer_cancel(&timer);
  ptp_clock_unregister(stray_card);
  ptp_clock_unregister(true_card);
  pps_unregister_source(pulse);
  platform_device_unregister(board);
}
module_init(plug_in);
module_exit(pull_out);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("a true pulse, cards and a hardware clock, for a test's virtual machine");
