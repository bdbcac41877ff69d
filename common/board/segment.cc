// memfd, size, mapping, seals - in that order - and the vetting of somebody else's.
#include "common/board/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/interprocess/exceptions.hpp>

namespace ntp {

namespace {

namespace bip = boost::interprocess;

constexpr unsigned memfd_noexec_seal = 8;  // MFD_NOEXEC_SEAL, kernel 6.3
constexpr int all_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;

constexpr std::size_t whole_pages(std::size_t size) { return (size + 4095) / 4096 * 4096; }

Result<bip::mapped_region> map(const Fd& fd, bip::mode_t mode, std::size_t size) {
  try {
    return bip::mapped_region{FdMapping{fd.number()}, mode, 0, size};
  } catch (const bip::interprocess_exception& problem) {
    return failure(std::string{"map shared memory: "} + problem.what());
  }
}

}  // namespace

Result<Segment> Segment::create(const char* name, std::size_t size) {
  constexpr unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  Fd fd{memfd_create(name, flags | memfd_noexec_seal)};
  if (!fd.is_open()) fd = Fd{memfd_create(name, flags)};  // kernels before 6.3
  if (!fd.is_open()) return system_failure("memfd_create");
  size = whole_pages(size);
  // 0400: a reader of another user cannot open it anew for writing through /proc.
  if (fchmod(fd.number(), 0400) != 0) return system_failure("fchmod of shared memory");
  if (ftruncate(fd.number(), static_cast<off_t>(size)) != 0)
    return system_failure("size shared memory");
  auto region = NTP_TRY(map(fd, bip::read_write, size));
  if (fcntl(fd.number(), F_ADD_SEALS, all_seals) != 0) return system_failure("seal shared memory");
  return Segment{std::move(fd), std::move(region)};
}

Result<void> vet_segment(const Fd& fd, std::size_t size) {
  // Only shared memory knows seals: pipes, sockets and files of any file system say EINVAL.
  const int seals = fcntl(fd.number(), F_GET_SEALS);
  if (seals < 0) return failure("the descriptor is not sealable memory");
  if ((seals & all_seals) != all_seals) return failure("the shared memory is not sealed");
  if (size == 0) return {};
  // The last octet is there and the one after it is not. pread, because fstat would be one
  // more call in the promise of every reader.
  std::byte octet{};
  const auto last = static_cast<off_t>(whole_pages(size)) - 1;
  if (pread(fd.number(), &octet, 1, last) != 1 || pread(fd.number(), &octet, 1, last + 1) != 0) {
    return failure("the shared memory has the wrong size");
  }
  return {};
}

Result<View> View::adopt(Fd fd, std::size_t size) {
  NTP_TRY(vet_segment(fd, size));
  return View{NTP_TRY(map(fd, bip::read_only, whole_pages(size)))};
}

}  // namespace ntp
