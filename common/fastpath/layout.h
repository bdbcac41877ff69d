// What the fast path (ntpd-xdp/answer.bpf.c, inside the kernel) and the programs share: maps
// of fixed layout that both have in their memory. Plain C, because the kernel's half is C.
// Says what stands where and who writes it; the only logic is the reading of a line.
#pragma once

#include <linux/types.h>

// The time to say, as a line over CLOCK_MONOTONIC, which is the one steady clock that a BPF
// program can read. Written by the first worker 16 times a second (ntpd-net/server_fastpath.h).
struct fast_line {
  __u64 anchor;          // CLOCK_MONOTONIC, ns
  __u64 ntp;             // what to say at the anchor, 2^-32 s since 1900
  __u64 slope;           // 2^-32 s gained a ns, times 2^fast_slope_bits
  __u64 valid_until;     // CLOCK_MONOTONIC, ns; beyond it every request goes up to the workers
  __u64 raw_minus_mono;  // to say CLOCK_MONOTONIC_RAW in the client table, ns
  __u64 fuzz_mask;       // bits below the clock's precision
  __u32 head[6];         // octets 0..23 of an answer: leap to reference time, network order
};

enum { fast_slope_bits = 29 };

// What to say at `mono`, from the anchor to two seconds after it.
static inline __attribute__((always_inline)) __u64 fast_time_at(const struct fast_line* line,
                                                                __u64 mono) {
  return line->ntp + (((mono - line->anchor) * line->slope) >> fast_slope_bits);
}

// `generation` 0: nothing was said yet. Its lowest bit is the line to read; the other one is
// being written. A reader that saw the generation move passes the request up.
struct fast_state {
  __u64 generation;
  struct fast_line lines[2];
};

// allow and deny: the layout of ntpd-net's AccessPage, word for word.
enum { fast_access_nodes = 1 << 16 };
struct fast_access_tree {
  __u32 root_ipv4, root_ipv6;
  __u32 nodes[fast_access_nodes][16];
};
struct fast_access {
  __u64 generation;
  struct fast_access_tree trees[2];
};

// One a processor, written by the program there, read by the client role: the layout and the
// order of ntpd-net's CounterPage.
enum fast_count {
  fast_requests = 0,
  fast_answers = 1,
  fast_kisses = 2,
  fast_kernel_receive = 5,
  fast_kernel_transmit = 7,
  fast_lost_records = 9,
  fast_denied = 17,
  fast_rate_limited = 20,
  fast_count_kinds = 29,
};
struct fast_counters {
  __u64 values[fast_count_kinds];
};

// Four clients that share a place; see common/fastpath/client_record.h.
struct fast_clients {
  __u64 records[4][4];
};

// An address as two words in host order, IPv4 as ::ffff:a.b.c.d.
struct fast_address {
  __u64 high, low;
};

// Set once, before the program is loaded.
enum { fast_most_addresses = 32 };
struct fast_config {
  __u64 secret;      // keeps others from choosing clients that meet in one place
  __u32 table_mask;  // places in the client table, minus 1
  __u32 has_table;
  __u32 limited;  // ratelimit: as fast_limit
  __s32 interval, burst, leak, kod;
  __u32 address_count;  // ours, on this interface
  struct fast_address addresses[fast_most_addresses];
  __u8 mac[6];
  __u16 port;           // network order
  __u32 traffic_class;  // of an answer: dscp << 2
};
