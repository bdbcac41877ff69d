// Shared memory that crosses a trust boundary: a sealed memfd, made and mapped by its one
// writer, handed over as a descriptor. The reader vets the descriptor and either copies
// out of it by pread(2) (board.h: no mapping, no SIGBUS) or maps it read-only (`View`).
// Knows nothing of what lies inside.
#pragma once

#include <boost/interprocess/mapped_region.hpp>
#include <cstddef>

#include "common/base/fd.h"
#include "common/base/octets.h"
#include "common/base/result.h"

namespace ntp {

// Adopts a descriptor as something that boost::interprocess::mapped_region can map.
class FdMapping {
 public:
  explicit FdMapping(int fd) : fd_{fd} {}
  [[nodiscard]] boost::interprocess::mapping_handle_t get_mapping_handle() const {
    return {fd_, false};
  }

 private:
  int fd_;
};

// The writer's side. Order: create, size, map for writing, then seal SHRINK | GROW |
// FUTURE_WRITE | SEAL, so that nobody else ever writes and nobody at all resizes or punches.
class Segment {
 public:
  // `size` is rounded up to whole pages. `name` shows up in /proc/PID/maps only.
  [[nodiscard]] static Result<Segment> create(const char* name, std::size_t size);

  [[nodiscard]] WritableOctets octets() const {
    return {static_cast<std::byte*>(region_.get_address()), region_.get_size()};
  }
  // To hand over; stays ours.
  [[nodiscard]] const Fd& fd() const { return fd_; }

 private:
  Segment(Fd fd, boost::interprocess::mapped_region region)
      : fd_{std::move(fd)}, region_{std::move(region)} {}
  Fd fd_;
  boost::interprocess::mapped_region region_;
};

// A memfd with all four seals whose size is exactly `size` rounded up to pages (size 0: not
// looked at). Anything else (pipe, plain file, unsealed memfd) is an error.
[[nodiscard]] Result<void> vet_segment(const Fd& fd, std::size_t size);

// The reader's side, mapped read-only after vetting.
class View {
 public:
  [[nodiscard]] static Result<View> adopt(Fd fd, std::size_t size);
  [[nodiscard]] Octets octets() const {
    return {static_cast<const std::byte*>(region_.get_address()), region_.get_size()};
  }

 private:
  explicit View(boost::interprocess::mapped_region region) : region_{std::move(region)} {}
  boost::interprocess::mapped_region region_;
};

}  // namespace ntp
