// The supervisor's side of what outlives us: one file of measurements (dumpdir), one of NTS keys
// (ntsdumpdir), each read once at start and removed then, written whole when the client role says
// so. The client role writes its texts into memory that both share; what stands there is not looked
// at, only kept: whoever reads it vets it.
#pragma once

#include <sys/types.h>

#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/os/privilege.h"
#include "ntpd-net/dump.h"
#include "ntpd-net/kept_keys.h"
#include "ntpd-net/server_pages.h"

namespace ntp {

struct DumpRoom {
  std::array<char, most_dump + most_keys_text> text{};
};

class KeptFile {
 public:
  KeptFile() = default;  // keeps nothing
  KeptFile(std::string path, mode_t mode) : path_{std::move(path)}, mode_{mode} {}

  // The text of the last run; "" when there is none. It must be `owner`'s own. The file goes.
  [[nodiscard]] std::string take(Identity owner);
  // So many octets of the room, to the file; none for a length of 0.
  void write(const Fd& room, std::int64_t from, std::int64_t length) const;

 private:
  std::string path_;
  mode_t mode_ = 0600;
};

[[nodiscard]] Result<Fd> create_dump_room();

// Which run of the machine this is, of the raw clock's identity: the kernel's boot id, "" when not
// known.
[[nodiscard]] std::string read_boot_id();

// The client role's part.
[[nodiscard]] Result<Mapped<DumpRoom>> map_dump_room(const Fd& fd);

}  // namespace ntp
