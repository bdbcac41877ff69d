// Names and addresses of sources: what a report calls them, and what an operator's word means.
// The only file of syncctl that asks the resolver.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "syncctl/session.h"

namespace ntp::syncctl {

// "192.0.2.1", "ID#0000000001", "[UNSPEC]".
[[nodiscard]] std::string address_text(const control::SourceAddress& address);

// An IPv4 address as it is, of an IPv6 address the first four octets of its MD5 (RFC 5905).
[[nodiscard]] std::uint32_t refid_of(const control::SourceAddress& address);

// What stands in a table's name column of `width`: the reverse name (cut, with '>'), the address
// (-n), or with -N the name in the configuration ('?' when it cannot be had or shown).
[[nodiscard]] std::string source_name(Session& session, const control::SourceAddress& address,
                                      std::size_t width);
// As above, for hosts that are no sources: never asks the daemon.
[[nodiscard]] std::string host_name(const Session& session, const control::SourceAddress& address,
                                    std::size_t width);
// The configured name; a name that cannot be printed is a bad reply.
[[nodiscard]] Fetched<std::string> configured_name(Session& session,
                                                   const control::SourceAddress& address);

// Addresses of a host (or of the address itself), in the resolver's order.
[[nodiscard]] std::vector<Address> look_up(const std::string& host, Family family);

// One address from a word: an address, a host's name, or an ID ("ID#0000000001").
[[nodiscard]] Fetched<control::SourceAddress> source_from(const Session& session,
                                                          std::string_view word);

}  // namespace ntp::syncctl
