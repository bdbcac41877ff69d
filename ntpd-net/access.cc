// The tree walk for workers, and the changes for the client role.
#include "ntpd-net/access.h"

#include <algorithm>

namespace ntp {
namespace {

constexpr int level_bits = 4;
constexpr std::uint32_t child_mask = (1u << 30) - 1;
constexpr std::uint32_t allow_entry = 1u << 30;
constexpr std::uint32_t deny_entry = 2u << 30;

constexpr std::uint32_t verdict_of(std::uint32_t entry) { return entry & ~child_mask; }

std::uint32_t load(const AccessPage::Entry& entry) { return entry.load(std::memory_order_relaxed); }
void store(AccessPage::Entry& entry, std::uint32_t value) {
  entry.store(value, std::memory_order_relaxed);
}

std::size_t nibble_of(const Address& address, int level) {
  const unsigned octet = address.octets[static_cast<std::size_t>(level / 2)];
  return level % 2 == 0 ? octet >> 4 : octet & 15;
}

bool is_allowed_in(const AccessPage::Tree& tree, const Address& address) {
  std::uint32_t entry = load(address.family == Family::ipv6 ? tree.root_ipv6 : tree.root_ipv4);
  std::uint32_t verdict = verdict_of(entry);
  const int levels = address.bits() / level_bits;
  for (int level = 0; level < levels; ++level) {
    const std::uint32_t child = entry & child_mask;
    if (child == 0) break;
    entry = load(tree.nodes[child % AccessPage::most_nodes].children[nibble_of(address, level)]);
    if (verdict_of(entry) != 0) verdict = verdict_of(entry);
  }
  return verdict == allow_entry;
}

// Builds a tree from nothing, node after node. Node 0 is nobody's: 0 means "none".
class Builder {
 public:
  explicit Builder(AccessPage::Tree& tree) : tree_{tree} {
    store(tree_.root_ipv4, 0);
    store(tree_.root_ipv6, 0);
  }

  [[nodiscard]] bool add(const AccessRule& rule) {
    const std::uint32_t verdict = rule.allow ? allow_entry : deny_entry;
    const Subnet& subnet = rule.subnet;
    if (subnet.address.is_set()) {
      const bool ipv6 = subnet.address.family == Family::ipv6;
      return set(ipv6 ? tree_.root_ipv6 : tree_.root_ipv4, subnet, verdict, rule.all);
    }
    return set(tree_.root_ipv4, subnet, verdict, rule.all) &&
           set(tree_.root_ipv6, subnet, verdict, rule.all);
  }

 private:
  [[nodiscard]] bool set(AccessPage::Entry& root, const Subnet& subnet, std::uint32_t verdict,
                         bool all) {
    AccessPage::Entry* entry = &root;
    int level = 0;
    for (; (level + 1) * level_bits <= subnet.prefix; ++level) {
      AccessPage::Node* below = open(*entry);
      if (below == nullptr) return false;
      entry = &below->children[nibble_of(subnet.address, level)];
    }
    const int bits_left = subnet.prefix - level * level_bits;
    if (bits_left == 0) {
      mark(*entry, verdict, all);
      return true;
    }
    AccessPage::Node* below = open(*entry);
    if (below == nullptr) return false;
    const std::size_t spanned = 1u << (level_bits - bits_left);
    const std::size_t first = nibble_of(subnet.address, level) & ~(spanned - 1);
    for (std::size_t i = first; i < first + spanned; ++i) mark(below->children[i], verdict, all);
    return true;
  }

  AccessPage::Node* open(AccessPage::Entry& entry) {
    const std::uint32_t child = load(entry) & child_mask;
    if (child != 0) return &tree_.nodes[child];
    if (used_ == AccessPage::most_nodes) return nullptr;
    for (auto& below : tree_.nodes[used_].children) store(below, 0);
    store(entry, verdict_of(load(entry)) | used_);
    return &tree_.nodes[used_++];
  }

  static void mark(AccessPage::Entry& entry, std::uint32_t verdict, bool all) {
    store(entry, verdict | (all ? 0 : load(entry) & child_mask));
  }

  AccessPage::Tree& tree_;
  std::uint32_t used_ = 1;
};

bool is_possible(const AccessRule& rule) {
  if (!rule.host.empty() && !rule.subnet.address.is_set()) return false;
  return rule.subnet.prefix <= rule.subnet.address.bits();
}

bool covers_family(const AccessRule& rule, Family family) {
  return !rule.subnet.address.is_set() || rule.subnet.address.family == family;
}

bool build(AccessPage& page, const std::vector<AccessRule>& rules) {
  const std::uint64_t generation = page.generation.load(std::memory_order_relaxed);
  Builder builder{page.trees[(generation + 1) & 1]};
  return std::ranges::all_of(rules, [&](const AccessRule& each) { return builder.add(each); });
}

void wake(AccessPage& page) {
  std::atomic_thread_fence(std::memory_order_release);
  page.generation.fetch_add(1, std::memory_order_release);
}

}  // namespace

bool is_allowed(const AccessPage& page, const Address& address) {
  if (!address.is_set()) return false;
  for (int tries = 0; tries < 4; ++tries) {
    const std::uint64_t generation = page.generation.load(std::memory_order_acquire);
    const bool allowed = is_allowed_in(page.trees[generation & 1], address);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (page.generation.load(std::memory_order_relaxed) == generation) return allowed;
  }
  return false;
}

AccessChange AccessList::change_all(std::span<const AccessRule> changes) {
  return add(rules_, changes);
}

AccessChange AccessList::replace(std::span<const AccessRule> changes) { return add({}, changes); }

AccessChange AccessList::add(std::vector<AccessRule> rules, std::span<const AccessRule> changes) {
  for (const AccessRule& rule : changes) {
    if (!is_possible(rule)) return AccessChange::bad_subnet;
    // An older rule for the very same subnet has no say any more.
    std::erase_if(rules, [&](const AccessRule& old) { return old.subnet == rule.subnet; });
    rules.push_back(rule);
  }
  if (!build(page_, rules) || (copy_ != nullptr && !build(*copy_, rules)))
    return AccessChange::no_room;
  wake(page_);
  if (copy_ != nullptr) wake(*copy_);
  rules_ = std::move(rules);
  return AccessChange::done;
}

bool AccessList::allows_anybody(Family family) const {
  return std::ranges::any_of(
      rules_, [&](const AccessRule& rule) { return rule.allow && covers_family(rule, family); });
}

}  // namespace ntp
