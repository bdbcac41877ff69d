// The supervisor's side of `dumpdir`: one file of measurements, read once at start (-r) and removed
// then, written whole when the client role says so. The client role writes its text into memory
// that both share; what stands there is not looked at, only kept: whoever reads it vets it.
#pragma once

#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/os/privilege.h"
#include "ntpd-net/dump.h"
#include "ntpd-net/server_pages.h"

namespace ntp {

struct DumpRoom {
  std::array<char, most_dump> text{};
};

class DumpFile {
 public:
  DumpFile() = default;
  // `folder` empty: nothing is kept.
  [[nodiscard]] static Result<DumpFile> open(const std::string& folder);

  // The text of the last run; "" when there is none. It must be `owner`'s own. The file goes.
  [[nodiscard]] std::string take(Identity owner);
  // The first `length` octets of the room, to the file.
  void write(std::int64_t length);
  [[nodiscard]] const Fd& room() const { return room_; }  // closed: nothing is kept

 private:
  std::string path_;
  Fd room_;
};

// Which machine run this is, of the raw clock's identity: the kernel's boot id, "" when not known.
[[nodiscard]] std::string read_boot_id();

// The client role's part.
[[nodiscard]] Result<Mapped<DumpRoom>> map_dump_room(const Fd& fd);

}  // namespace ntp
