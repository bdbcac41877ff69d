// See own_program.h.
#include "common/os/own_program.h"

#include <unistd.h>

#include <climits>

namespace ntp {

Result<std::string> find_own_program(const std::string& name) {
  char self[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", self, sizeof self);
  if (size <= 0 || size == sizeof self) return system_failure("find this program's folder");
  const std::string path{self, static_cast<std::size_t>(size)};
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  for (const char* place : {"", "../libexec/meridian/"}) {
    const std::string program = folder + place + name;
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return failure(name + " is neither in " + folder + " nor in " + folder + "../libexec/meridian");
}

}  // namespace ntp
