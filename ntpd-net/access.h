// Who may ask: allow and deny rules as a tree of 4-bit levels in shared memory, so that a
// change at run time reaches every worker at once. chrony's semantics to the letter: the
// deepest rule on the address's path counts; a rule whose length is no multiple of 4 stands
// at each of the nodes that it spans; a later rule at the same node wins; `all` removes
// everything below. Resolves no names. Shared by NTP (workers) and commands (client role).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/address.h"
#include "common/conf/settings.h"

namespace ntp {

// In shared memory: two copies of the tree, of which `active` says the one to read. All
// zero denies everybody. A reader trusts no index: each is masked, each walk is bounded.
struct AccessPage {
  static constexpr std::uint32_t most_nodes = 1 << 16;  // a lone IPv6 host takes 32, IPv4 8
  // Bits 31-30 the verdict (0 as above, 1 allow, 2 deny), 29-0 the node below, 0 for none.
  using Entry = std::atomic<std::uint32_t>;
  struct Node {
    std::array<Entry, 16> children{};
  };
  struct Tree {
    Entry root_ipv4{};
    Entry root_ipv6{};
    std::array<Node, most_nodes> nodes{};
  };

  std::atomic<std::uint64_t> generation{0};  // bit 0: the active tree
  std::array<Tree, 2> trees{};
};

// Allowed or not; an unset address is not. Costs no call and no lock.
[[nodiscard]] bool is_allowed(const AccessPage& page, const Address& address);

enum class AccessChange : std::uint8_t { done, bad_subnet, no_room };

// The one writer of an AccessPage. Builds the sleeping tree anew from the rules, then wakes it.
class AccessList {
 public:
  // REQUIRES: one writer; the page outlives the list. Starts with what the page says only
  // after the first `change`: a restarted writer applies its rules again.
  // A `copy`, the fast path's, gets every change as well.
  explicit AccessList(AccessPage& page, AccessPage* copy = nullptr) : page_{page}, copy_{copy} {}

  // Takes effect at once, or not at all. An unset address in `rule.subnet` is both families,
  // whole; with a `rule.host` it is a name that nobody resolved, and a bad subnet: otherwise
  // a rule for one host would be a rule for everybody.
  [[nodiscard]] AccessChange change(const AccessRule& rule) { return change_all({&rule, 1}); }
  // Many at once, in order, for the price of one: the rules of a configuration.
  [[nodiscard]] AccessChange change_all(std::span<const AccessRule> rules);
  // These instead of all that there are.
  [[nodiscard]] AccessChange replace(std::span<const AccessRule> rules);

  // True when some rule allows some address of the family.
  [[nodiscard]] bool allows_anybody(Family family) const;

 private:
  [[nodiscard]] AccessChange add(std::vector<AccessRule> present,
                                 std::span<const AccessRule> rules);

  AccessPage& page_;
  AccessPage* copy_;
  std::vector<AccessRule> rules_;  // oldest first, one a subnet
};

}  // namespace ntp
