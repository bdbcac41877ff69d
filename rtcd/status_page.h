// clockd's word on whether the clock is right: finds clockd, gets its status page, copies from
// it. Looks again when clockd has gone. Uses four system calls that the filter allows and trusts
// the page no further than its form. The full client is common/board/clock_socket.
#pragma once

#include <optional>
#include <string>

#include "common/base/fd.h"
#include "common/board/records.h"

namespace ntp::rtcd {

class StatusPage {
 public:
  // Connects to nothing yet.
  explicit StatusPage(const std::string& socket_path) : path_{socket_path} {}

  // What clockd says now; nullopt while it does not run or has said nothing yet. Waits a second
  // for its answer at most, and only after it was (re)started.
  [[nodiscard]] std::optional<StatusRecord> latest();

 private:
  void find();

  std::string path_;
  Fd socket_;
  Fd page_;
};

// Whether the system clock may be believed by hardware and store: steered, following an
// estimate, heard of in the last ten minutes, and no more than `most_error` wrong.
inline constexpr Nanos most_error{500'000'000};
[[nodiscard]] bool is_trustworthy(const std::optional<StatusRecord>& status, RawTime now);

}  // namespace ntp::rtcd
