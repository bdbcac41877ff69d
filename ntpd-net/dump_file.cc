// See dump_file.h.
#include "ntpd-net/dump_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "common/base/log.h"

namespace ntp {
namespace {

bool replace_file(const std::string& path, mode_t mode, std::string_view text) {
  const std::string beside = path + ".tmp";
  ::unlink(beside.c_str());
  const Fd file{::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)};
  if (!file.is_open()) return false;
  const bool written =
      ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (written && std::rename(beside.c_str(), path.c_str()) == 0) return true;
  ::unlink(beside.c_str());
  return false;
}

std::string read_part(int fd, std::int64_t from, std::size_t most) {
  std::string text(most, '\0');
  const ssize_t length = ::pread(fd, text.data(), text.size(), from);
  text.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return text;
}

}  // namespace

std::string KeptFile::take(Identity owner) {
  const Fd file{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (path_.empty() || !file.is_open()) return "";
  struct stat about {};
  // We may still be root here: what the owner could not read himself is not for him.
  const bool is_his = ::fstat(file.number(), &about) == 0 && S_ISREG(about.st_mode) &&
                      about.st_uid == owner.uid && about.st_nlink == 1;
  std::string text = is_his ? read_part(file.number(), 0, most_dump) : "";
  if (!is_his) log_warning("{} is not the program's own: not read", path_);
  ::unlink(path_.c_str());
  return text;
}

void KeptFile::write(const Fd& room, std::int64_t from, std::int64_t length) const {
  if (path_.empty() || length <= 0 || from < 0) return;
  const auto most = std::min(static_cast<std::uint64_t>(length), std::uint64_t{most_dump});
  if (!replace_file(path_, mode_, read_part(room.number(), from, most)))
    log_warning("Could not write {}", path_);
}

Result<Fd> create_dump_room() {
  Fd room{::memfd_create("measurements", MFD_ALLOW_SEALING | MFD_CLOEXEC)};
  if (!room.is_open() || ::ftruncate(room.number(), sizeof(DumpRoom)) != 0 ||
      ::fcntl(room.number(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return system_failure("cannot make memory for measurements");
  return room;
}

std::string read_boot_id() {
  const Fd file{::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)};
  if (!file.is_open()) return "";
  char text[64];
  const ssize_t length = ::read(file.number(), text, sizeof text);
  const std::string_view whole{text, length < 0 ? 0 : static_cast<std::size_t>(length)};
  return std::string{whole.substr(0, whole.find('\n'))};
}

Result<Mapped<DumpRoom>> map_dump_room(const Fd& fd) {
  void* memory =
      ::mmap(nullptr, sizeof(DumpRoom), PROT_READ | PROT_WRITE, MAP_SHARED, fd.number(), 0);
  if (memory == MAP_FAILED) return system_failure("cannot map the memory for measurements");
  return Mapped<DumpRoom>{static_cast<DumpRoom*>(memory), sizeof(DumpRoom)};
}

}  // namespace ntp
