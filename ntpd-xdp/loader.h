// Puts the fast path's program on a network interface and hands out its maps. Runs once, as
// root, before anything parses a packet; keeps nothing but the descriptors that it returns:
// when the last copy of `link` closes, the kernel takes the program off again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/fastpath/client_record.h"
#include "common/fastpath/layout.h"

namespace ntp {

struct FastPathOrder {
  std::string interface;
  std::string hook;  // driver, generic; empty = see attach_fast_path
  std::uint16_t port = 123;
  std::vector<Address> addresses;  // served here; empty = all that the interface has now
  std::uint32_t traffic_class = 0;
  std::uint32_t sets = 0;  // places of four in the client table, a power of two; 0 = no table
  fast_limit limit{};
};

struct FastPathMaps {
  Fd program, state, access, counters, clients;
  std::uint32_t processors = 0;  // entries of `counters`
};

struct Attached {
  Fd link;
  bool in_driver = false;  // else the kernel's generic hook, after its packet buffer is made
};

// The constants of the program: the order, and the interface's MAC and addresses.
[[nodiscard]] Result<fast_config> configure_fast_path(const FastPathOrder& order);
// Loads program and maps; puts them nowhere.
[[nodiscard]] Result<FastPathMaps> load_fast_path(const fast_config& config);
// Without a choice of hook: in the driver when it can, else in the generic hook. A veth takes
// the program into its driver but loses every answer whose other end is not prepared for it,
// so there the choice is the generic hook.
[[nodiscard]] Result<Attached> attach_fast_path(const FastPathMaps& maps,
                                                const FastPathOrder& order);

}  // namespace ntp
