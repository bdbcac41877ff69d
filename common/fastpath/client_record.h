// One client in the client table: the packing of its record and the rate limit's arithmetic,
// for the workers and for the kernel's half alike, so that both mean the same by `ratelimit`
// and the `clients` report reads both. Plain C without calls, 128-bit words or logarithms.
//
// A record is four words:
//   0, 1  the address, IPv4 as ::ffff:a.b.c.d; 0, 0 is an empty place
//   2     last request in 2^-16 s of the raw clock (48 bits), average interval in log2 s
//         times 4 (8 bits), the same while limited (8 bits)
//   3     hits (30 bits), drops (22 bits), tokens in sixteenths (12 bits)
// Arithmetic on parts below a token or a quarter of a log2 is rounded at random, so that it
// is right on average however fast the requests come.
#pragma once

#include <linux/types.h>

enum { record_tick_bits = 16, record_token = 16, record_no_interval = -128 };

struct fast_limit {
  __u32 enabled;
  __s32 interval, burst, leak, kod;  // chrony.conf(5), ratelimit
};

enum fast_verdict { fast_answer = 0, fast_drop = 1, fast_kiss = 2 };

#define RECORD_INLINE static inline __attribute__((always_inline))

#define RECORD_TICK_MASK (((__u64)1 << 48) - 1)
#define RECORD_MOST_HITS (((__u64)1 << 30) - 1)
#define RECORD_MOST_DROPS (((__u64)1 << 22) - 1)

RECORD_INLINE __u64 record_ticks(__u64 nanos) {
  const __u64 whole = nanos / 1000000000;
  const __u64 rest = nanos - whole * 1000000000;
  return (whole << record_tick_bits | (rest * 281475) >> 32) & RECORD_TICK_MASK;
}

// log2 of an interval in ticks, in quarters of log2 s.
RECORD_INLINE int record_quarters(__u64 ticks) {
  if (ticks == 0) return -40;
  const int whole = 63 - __builtin_clzll(ticks);
  const int part = whole >= 2 ? (int)(ticks >> (whole - 2) & 3) : 0;
  const int quarters = (whole - record_tick_bits) * 4 + part;
  return quarters < -40 ? -40 : quarters > 120 ? 120 : quarters;
}

// An eighth of the way towards the new value, rounded at random.
RECORD_INLINE int record_averaged(int average, int now, __u64 random) {
  if (average == record_no_interval) return now;
  return average + ((now - average + (int)(random & 7)) >> 3);
}

// Sixteenths of a token that `ticks` bring at one token in 2^interval s; 4095 at most.
RECORD_INLINE __u64 record_earned(__u64 ticks, int interval, __u64 random) {
  const int shift = record_tick_bits + interval - 4;  // ticks a sixteenth, log2
  const __u64 earned =
      shift <= 0 ? ticks << -shift : (ticks + (random & (((__u64)1 << shift) - 1))) >> shift;
  return earned < 4095 ? earned : 4095;
}

// Counts one request in words 2 and 3 of a client's record and says what the rate limit makes
// of it. `random` are fresh bits.
RECORD_INLINE enum fast_verdict record_count(__u64* second, __u64* third, int is_new, __u64 tick,
                                             __u64 random, const struct fast_limit* limit) {
  const __u64 full = (__u64)(limit->burst < 1     ? 1
                             : limit->burst > 255 ? 255
                                                  : limit->burst) *
                     record_token;
  int interval = record_no_interval;
  int limited_interval = record_no_interval;
  __u64 hits = 0, drops = 0, tokens = full;
  enum fast_verdict verdict = fast_answer;
  if (!is_new) {
    const __u64 since = (tick - *second) & RECORD_TICK_MASK;
    interval = (__s8)(*second >> 48);
    limited_interval = (__s8)(*second >> 56);
    hits = *third & RECORD_MOST_HITS;
    drops = *third >> 30 & RECORD_MOST_DROPS;
    tokens = (*third >> 52) + record_earned(since, limit->interval, random >> 8);
    if (tokens > full) tokens = full;
    if (tokens < record_token)
      limited_interval = record_averaged(limited_interval, record_quarters(since), random);
    else interval = record_averaged(interval, record_quarters(since), random);
  }
  if (hits < RECORD_MOST_HITS) ++hits;
  if (limit->enabled) {
    if (tokens >= record_token) {
      tokens -= record_token;
    } else if ((random >> 40 & (((__u64)1 << limit->leak) - 1)) != 0) {
      if (drops < RECORD_MOST_DROPS) ++drops;
      verdict = limit->kod > 0 && (random >> 48 & (((__u64)1 << limit->kod) - 1)) == 0 ? fast_kiss
                                                                                       : fast_drop;
    }
  }
  *second = tick | (__u64)(__u8)interval << 48 | (__u64)(__u8)limited_interval << 56;
  *third = hits | drops << 30 | tokens << 52;
  return verdict;
}
