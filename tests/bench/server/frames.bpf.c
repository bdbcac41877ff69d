// The kernel's half of bench-frames: sends a request's frame out as a driver would, and counts
// the answers where they arrive. Everything that is no answer goes on to the stack.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char frames_license[] SEC("license") = "ISC";

struct frame {
  struct ethhdr ethernet;
  struct iphdr ip;
  struct udphdr udp;
  __u8 head[24];
  __u64 origin, receive, transmit;
} __attribute__((packed));

struct counts {
  __u64 right, wrong;
};
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct counts);
} counted SEC(".maps");

// One program for both ways: what runs on an interface already can be run on frames of one's own
// without the kernel waiting for all its readers each time.
SEC("xdp")
int meet_frame(struct xdp_md* context) {
  const struct frame* frame = (const void*)(long)context->data;
  if ((const void*)(frame + 1) > (const void*)(long)context->data_end) return XDP_PASS;
  if (frame->ethernet.h_proto != bpf_htons(ETH_P_IP) || frame->ip.protocol != IPPROTO_UDP)
    return XDP_PASS;
  if (frame->udp.dest == bpf_htons(123)) return XDP_TX;  // a request
  if (frame->udp.source != bpf_htons(123)) return XDP_PASS;
  const __u32 key = 0;
  struct counts* counts = bpf_map_lookup_elem(&counted, &key);
  if (!counts) return XDP_PASS;
  const _Bool right = (frame->head[0] & 7) == 4 && frame->head[1] > 0 &&
                      frame->origin == bpf_cpu_to_be64(0x0123456789abcdef) && frame->receive != 0 &&
                      frame->transmit != 0;
  __sync_fetch_and_add(right ? &counts->right : &counts->wrong, 1);
  return XDP_DROP;
}
