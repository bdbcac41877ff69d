// The fast path's half inside the kernel: answers a plain client request (mode 3, version 3
// or 4, 48 octets, no MAC, not interleaved) where the network driver hands it over, before
// the network stack. The same access list, rate limit, client records and counters as a
// worker's. Everything else, and everything it is not sure of, goes up to the workers
// unchanged; it sends nothing but the request's own frame back, of the same length.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "common/fastpath/client_record.h"
#include "common/fastpath/layout.h"

char answer_license[] SEC("license") = "ISC";  // no helper here is reserved for GPL programs

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct fast_state);
} state SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct fast_access);
} access SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);  // the loader says how many processors there are
  __type(key, __u32);
  __type(value, struct fast_counters);
} counters SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);  // the loader says how many places the client table has
  __type(key, __u32);
  __type(value, struct fast_clients);
} clients SEC(".maps");

const volatile struct fast_config config;

struct ntp_packet {
  __u32 head[6];   // 0..23
  __u64 origin;    // 24
  __u64 receive;   // 32
  __u64 transmit;  // 40
};

// Lengths of whole frames that can be plain requests.
enum {
  ipv4_frame = sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct udphdr) +
               sizeof(struct ntp_packet),
  ipv6_frame = sizeof(struct ethhdr) + sizeof(struct ipv6hdr) + sizeof(struct udphdr) +
               sizeof(struct ntp_packet),
};

// One request on its way to an answer.
struct exchange {
  __u64 received;  // CLOCK_MONOTONIC, ns
  __u64 random;
  struct fast_address from;
  const struct fast_line* line;
  const struct fast_state* state;
  __u64 generation;
  struct fast_counters* count;
};

// The verifier wants to see "not beyond the end" by itself; a compiler would make one
// comparison for equality of it and the next one.
#define KEEP_APART(variable) asm volatile("" : "+r"(variable))

#define ALWAYS_INLINE static __attribute__((always_inline)) inline

enum { ntp_mode_client = 3, ntp_octets = 48, level_bits = 4 };
#define CHILD_MASK ((1u << 30) - 1)
#define ALLOW_ENTRY (1u << 30)

ALWAYS_INLINE void add(const struct exchange* x, enum fast_count what) { ++x->count->values[what]; }

ALWAYS_INLINE __u32 folded(__u64 sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (__u32)sum;
}

// The sum of 16-bit words in memory order, as the Internet checksum wants it (RFC 1071).
ALWAYS_INLINE __u64 sum_words(const void* from, int octets) {
  const __u16* words = from;
  __u64 sum = 0;
#pragma unroll
  for (int i = 0; i < octets / 2; ++i) sum += words[i];
  return sum;
}

ALWAYS_INLINE int is_ours(struct fast_address to) {
  for (__u32 i = 0; i < fast_most_addresses; ++i) {
    if (i >= config.address_count) return 0;
    if (config.addresses[i].low == to.low && config.addresses[i].high == to.high) return 1;
  }
  return 0;
}

ALWAYS_INLINE int is_for_our_interface(const struct ethhdr* eth) {
#pragma unroll
  for (int i = 0; i < ETH_ALEN; ++i)
    if (eth->h_dest[i] != config.mac[i]) return 0;
  return 1;
}

// The nibbles of an address, first one first, are the way down the tree (ntpd-net/access.h).
ALWAYS_INLINE int is_allowed(const struct fast_address* from, int is_ipv6) {
  const __u32 zero = 0;
  const struct fast_access* page = bpf_map_lookup_elem(&access, &zero);
  if (!page) return 0;
  const struct fast_access_tree* tree = &page->trees[page->generation & 1];
  __u32 entry = is_ipv6 ? tree->root_ipv6 : tree->root_ipv4;
  __u32 verdict = entry & ~CHILD_MASK;
  const __u64 first = is_ipv6 ? from->high : from->low << 32;
  const int levels = is_ipv6 ? 32 : 8;
  for (int level = 0; level < 32; ++level) {
    if (level >= levels) break;
    const __u32 child = entry & (fast_access_nodes - 1);
    if ((entry & CHILD_MASK) == 0) break;
    const __u64 word = level < 16 ? first : from->low;
    const __u32 nibble = word >> (60 - level_bits * (level & 15)) & 15;
    entry = tree->nodes[child][nibble];
    if (entry & ~CHILD_MASK) verdict = entry & ~CHILD_MASK;
  }
  return verdict == ALLOW_ENTRY;
}

ALWAYS_INLINE __u32 place_of(const struct fast_address* client) {
  const __u64 secret = config.secret | 1;
  __u64 mixed = (client->low ^ client->high * 0x9e3779b97f4a7c15) * secret;
  mixed ^= mixed >> 32;
  mixed *= 0xd6e8feb86659fd93;
  return (__u32)(mixed >> 32) & config.table_mask;
}

// Finds or makes the client's record and counts the request. Two processors that meet in one
// record may lose a count; a place for a new client is taken by one of them only.
ALWAYS_INLINE enum fast_verdict take_client(const struct exchange* x) {
  if (!config.has_table) return fast_answer;
  const __u32 place = place_of(&x->from);
  struct fast_clients* set = bpf_map_lookup_elem(&clients, &place);
  if (!set) return fast_answer;
  const __u64 tick = record_ticks(x->received + x->line->raw_minus_mono);
  __u64* record = set->records[0];
  __u64 oldest_age = 0;
  int is_new = 1;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    __u64* each = set->records[i];
    if (each[0] == x->from.high && each[1] == x->from.low) {
      record = each;
      is_new = 0;
      break;
    }
    const __u64 age =
        each[0] == 0 && each[1] == 0 ? ~(__u64)0 : (tick - each[2]) & RECORD_TICK_MASK;
    if (age >= oldest_age) {
      record = each;
      oldest_age = age;
    }
  }
  const struct fast_limit limit = {config.limited, config.interval, config.burst, config.leak,
                                   config.kod};
  __u64 second = record[2];
  __u64 third = record[3];
  const __u64 found = third;
  const enum fast_verdict verdict =
      record_count(&second, &third, is_new, tick, x->random >> 8, &limit);
  if (is_new) {
    // Taken by another processor in this very moment: this request goes without a record.
    if (__sync_val_compare_and_swap(&record[3], found, third) != found) return verdict;
    if (record[0] | record[1]) add(x, fast_lost_records);
    record[0] = x->from.high;
    record[1] = x->from.low;
  }
  record[2] = second;
  record[3] = third;
  return verdict;
}

// False: no time to say, or it was replaced just now.
ALWAYS_INLINE int take_line(struct exchange* x) {
  const __u32 zero = 0;
  x->state = bpf_map_lookup_elem(&state, &zero);
  if (!x->state) return 0;
  x->generation = *(const volatile __u64*)&x->state->generation;
  x->line = &x->state->lines[x->generation & 1];
  return x->generation != 0 && x->received < x->line->valid_until && x->received >= x->line->anchor;
}

ALWAYS_INLINE int is_plain(const struct ntp_packet* ntp) {
  const __u8 first = *(const __u8*)ntp;
  const __u8 version = first >> 3 & 7;
  if ((first & 7) != ntp_mode_client || (version != 3 && version != 4)) return 0;
  // Interleaved mode (RFC 9769): its origin is a receive time of ours, which is odd.
  return !((bpf_be64_to_cpu(ntp->origin) & 1) && ntp->receive != ntp->transmit);
}

// A kiss stands in the place of an answer at stratum 0; its times are for nobody to use.
ALWAYS_INLINE void fill_head(struct ntp_packet* ntp, const struct fast_line* line,
                             enum fast_verdict verdict) {
  const __u8* octets = (const __u8*)ntp;
  const __u8 version = octets[0] & 0x38;
  __s8 poll = (__s8)octets[2];
  if (config.limited && poll < config.interval) poll = (__s8)config.interval;
#pragma unroll
  for (int i = 0; i < 6; ++i) ntp->head[i] = line->head[i];
  __u8* out = (__u8*)ntp;
  out[0] = (out[0] & 0xc7) | version;
  out[2] = (__u8)poll;
  if (verdict == fast_kiss) {
    out[0] |= 0xc0;
    out[1] = 0;
    ntp->head[3] = bpf_htonl(0x52415445);  // RATE
  }
}

// Writes the answer's 48 octets and returns their sum. The clock is read last: after it only
// that time, the checksum and the driver are left.
ALWAYS_INLINE __u64 fill_answer(struct ntp_packet* ntp, const struct exchange* x,
                                enum fast_verdict verdict) {
  const struct fast_line* line = x->line;
  const __u64 origin = ntp->transmit;
  fill_head(ntp, line, verdict);
  const __u64 mask = line->fuzz_mask;
  __u64 receive = (fast_time_at(line, x->received) & ~mask) | (x->random & mask) | 1;
  ntp->origin = origin;
  ntp->receive = bpf_cpu_to_be64(receive);
  // A time that repeats the origin would tell the client the wrong mode.
  if (ntp->receive == origin) ntp->receive = bpf_cpu_to_be64(receive ^ 2);
  const __u64 sum = sum_words(ntp, 40);
  __u64 transmit = (fast_time_at(line, bpf_ktime_get_ns()) & ~mask) | (x->random >> 32 & mask);
  transmit &= ~(__u64)1;
  if (bpf_cpu_to_be64(transmit) == origin || transmit == 0) transmit ^= 2;
  transmit = bpf_cpu_to_be64(transmit);
  ntp->transmit = transmit;
  return sum + (transmit & 0xffffffff) + (transmit >> 32);
}

ALWAYS_INLINE void turn_ethernet(struct ethhdr* eth) {
  __u8 mac[ETH_ALEN];
  __builtin_memcpy(mac, eth->h_source, ETH_ALEN);
  __builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
  __builtin_memcpy(eth->h_dest, mac, ETH_ALEN);
}

// Swaps the ports and closes the checksum; `sum` is of the answer and both addresses.
ALWAYS_INLINE void turn_udp(struct udphdr* udp, __u64 sum) {
  const __be16 port = udp->source;
  udp->source = udp->dest;
  udp->dest = port;
  sum += (__u64)udp->source + udp->dest + 2 * (__u64)udp->len + bpf_htons(IPPROTO_UDP);
  const __u16 check = (__u16)~folded(sum);
  udp->check = check ? check : 0xffff;
}

ALWAYS_INLINE int is_request_port(const struct udphdr* udp) {
  return udp->dest == config.port && udp->source != 0 &&
         udp->len == bpf_htons(sizeof(struct udphdr) + ntp_octets);
}

// Who may not be answered is dropped here; `fast_kiss` and `fast_answer` go on.
ALWAYS_INLINE enum fast_verdict judge(struct exchange* x, int is_ipv6) {
  add(x, fast_requests);
  if (!is_allowed(&x->from, is_ipv6)) {
    add(x, fast_denied);
    return fast_drop;
  }
  const enum fast_verdict verdict = take_client(x);
  if (verdict == fast_drop) add(x, fast_rate_limited);
  if (verdict == fast_kiss) add(x, fast_kisses);
  if (verdict == fast_drop) return verdict;
  add(x, fast_answers);
  add(x, fast_kernel_receive);
  add(x, fast_kernel_transmit);
  return verdict;
}

ALWAYS_INLINE int begin(struct exchange* x) {
  const __u32 processor = bpf_get_smp_processor_id();
  x->count = bpf_map_lookup_elem(&counters, &processor);
  const __u64 random = bpf_get_prandom_u32();
  x->random = (random ^ x->received) * 0x9e3779b97f4a7c15 ^ random << 32;
  return x->count != 0;
}

ALWAYS_INLINE int answer_ipv4(struct ethhdr* eth, struct exchange* x) {
  struct iphdr* ip = (struct iphdr*)(eth + 1);
  struct udphdr* udp = (struct udphdr*)(ip + 1);
  struct ntp_packet* ntp = (struct ntp_packet*)(udp + 1);
  if (*(__u8*)ip != 0x45 || ip->tot_len != bpf_htons(ipv4_frame - sizeof *eth) ||
      ip->protocol != IPPROTO_UDP || (ip->frag_off & bpf_htons(0x3fff)) || !is_request_port(udp) ||
      !is_plain(ntp))
    return XDP_PASS;
  if (folded(sum_words(ip, sizeof *ip)) != 0xffff) return XDP_PASS;
  const __u64 mapped = 0xffff00000000;
  const __u32 from = bpf_ntohl(ip->saddr);
  // 0/8, 127/8 and everything from multicast up: the stack knows what to do with these.
  if (from >> 24 == 0 || from >> 24 == 127 || from >> 24 >= 224) return XDP_PASS;
  if (!is_ours((struct fast_address){0, mapped | bpf_ntohl(ip->daddr)})) return XDP_PASS;
  x->from = (struct fast_address){0, mapped | from};
  if (!take_line(x) || !begin(x)) return XDP_PASS;
  const enum fast_verdict verdict = judge(x, 0);
  if (verdict == fast_drop) return XDP_DROP;

  turn_ethernet(eth);
  const __be32 to = ip->saddr;
  ip->tos = (__u8)config.traffic_class;
  ip->id = 0;
  ip->frag_off = bpf_htons(0x4000);  // do not fragment
  ip->ttl = 64;
  ip->saddr = ip->daddr;
  ip->daddr = to;
  ip->check = 0;
  ip->check = (__u16)~folded(sum_words(ip, sizeof *ip));
  turn_udp(udp, fill_answer(ntp, x, verdict) + sum_words(&ip->saddr, 8));
  return XDP_TX;
}

ALWAYS_INLINE struct fast_address ipv6_words(const struct in6_addr* address) {
  __u64 words[2];
  __builtin_memcpy(words, address, sizeof words);
  return (struct fast_address){bpf_be64_to_cpu(words[0]), bpf_be64_to_cpu(words[1])};
}

ALWAYS_INLINE int answer_ipv6(struct ethhdr* eth, struct exchange* x) {
  struct ipv6hdr* ip = (struct ipv6hdr*)(eth + 1);
  struct udphdr* udp = (struct udphdr*)(ip + 1);
  struct ntp_packet* ntp = (struct ntp_packet*)(udp + 1);
  if (*(__u8*)ip >> 4 != 6 || ip->nexthdr != IPPROTO_UDP ||
      ip->payload_len != bpf_htons(sizeof *udp + ntp_octets) || !is_request_port(udp) ||
      !is_plain(ntp))
    return XDP_PASS;
  x->from = ipv6_words(&ip->saddr);
  // Multicast, and ::/32 with all its special addresses.
  if (x->from.high >> 56 == 0xff || x->from.high >> 32 == 0) return XDP_PASS;
  if (!is_ours(ipv6_words(&ip->daddr))) return XDP_PASS;
  if (!take_line(x) || !begin(x)) return XDP_PASS;
  const enum fast_verdict verdict = judge(x, 1);
  if (verdict == fast_drop) return XDP_DROP;

  turn_ethernet(eth);
  const struct in6_addr to = ip->saddr;
  *(__be32*)ip = bpf_htonl(6u << 28 | config.traffic_class << 20);
  ip->hop_limit = 64;
  ip->saddr = ip->daddr;
  ip->daddr = to;
  turn_udp(udp, fill_answer(ntp, x, verdict) + sum_words(&ip->saddr, 32));
  return XDP_TX;
}

SEC("xdp")
int answer_time(struct xdp_md* context) {
  struct exchange x = {.received = bpf_ktime_get_ns()};
  void* data = (void*)(long)context->data;
  void* end = (void*)(long)context->data_end;
  struct ethhdr* eth = data;
  if (data + sizeof *eth > end) return XDP_PASS;
  if (eth->h_proto == bpf_htons(ETH_P_IP)) {
    if (data + ipv4_frame > end) return XDP_PASS;
    KEEP_APART(end);
    if (data + ipv4_frame < end || !is_for_our_interface(eth)) return XDP_PASS;
    return answer_ipv4(eth, &x);
  }
  if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
    if (data + ipv6_frame > end) return XDP_PASS;
    KEEP_APART(end);
    if (data + ipv6_frame < end || !is_for_our_interface(eth)) return XDP_PASS;
    return answer_ipv6(eth, &x);
  }
  return XDP_PASS;
}
