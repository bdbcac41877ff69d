// The times at which the server role speaks unasked: chrony's `broadcast`. Mode 5, basic (RFC 5905
// section 9.2; chronyd sends no interleaved ones). Keeps the times and makes the header; sends
// nothing, believes nobody, and listens to nobody's broadcasts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/address.h"
#include "common/conf/settings.h"
#include "common/time/instants.h"
#include "common/wire/header.h"
#include "ntpd-net/server_answer.h"

namespace ntp {

inline constexpr std::size_t most_broadcasts = 16;

// One argument of the worker that broadcasts.
[[nodiscard]] std::string to_argument(const std::vector<Broadcast>& broadcasts);
[[nodiscard]] std::vector<Broadcast> broadcasts_of(std::string_view argument);

class Broadcasts {
 public:
  explicit Broadcasts(const std::vector<Broadcast>& lines);

  // When the next one is due; nullopt without any.
  [[nodiscard]] std::optional<RawTime> due() const;
  // One that is due, until none is; its next time is an interval later, or an interval from now
  // when it is late by more than that. The first of all is due at once.
  [[nodiscard]] const Broadcast* take(RawTime now);

 private:
  struct Line {
    Broadcast broadcast{};
    RawTime due{};
  };
  std::vector<Line> lines_;
};

// Origin and receive are zero: there was no request.
[[nodiscard]] Header make_broadcast(const Broadcast& broadcast, const Serving& serving,
                                    WireTime transmit);

}  // namespace ntp
