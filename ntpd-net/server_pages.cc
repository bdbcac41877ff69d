// memfds of fixed size. Both ends run as the same user without privilege, so that no seal
// against writing is needed: a worker maps the served memory read-only, closes the descriptor,
// and its filter then holds neither mmap nor mprotect.
#include "ntpd-net/server_pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace ntp {
namespace {

Result<Fd> create_memory(const char* name, std::size_t size) {
  Fd fd{::memfd_create(name, MFD_ALLOW_SEALING | MFD_CLOEXEC)};
  if (!fd.is_open()) return system_failure("cannot create shared memory");
  if (::ftruncate(fd.number(), static_cast<off_t>(size)) != 0)
    return system_failure("cannot size shared memory");
  if (::fcntl(fd.number(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return system_failure("cannot seal shared memory");
  return fd;
}

// At least `least` octets that can neither shrink nor grow.
Result<std::size_t> vetted_size(const Fd& fd, std::size_t least) {
  struct stat status {};
  if (::fstat(fd.number(), &status) != 0) return system_failure("cannot look at shared memory");
  const int seals = ::fcntl(fd.number(), F_GET_SEALS);
  constexpr int needed = F_SEAL_SHRINK | F_SEAL_GROW;
  if (seals < 0 || (seals & needed) != needed)
    return failure("the descriptor is no sealed shared memory");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < least) return failure("shared memory of another version: too small");
  return size;
}

template <typename T>
Result<Mapped<T>> map_memory(const Fd& fd, int protection, int flags = MAP_SHARED) {
  const std::size_t size = NTP_TRY(vetted_size(fd, sizeof(T)));
  void* memory = ::mmap(nullptr, size, protection, flags, fd.number(), 0);
  if (memory == MAP_FAILED) return system_failure("cannot map shared memory");
  return Mapped<T>{static_cast<T*>(memory), size};
}

}  // namespace

void unmap_memory(const void* memory, std::size_t size) {
  ::munmap(const_cast<void*>(memory), size);
}

Result<Fd> create_served_memory() { return create_memory("ntpd-net-served", sizeof(ServedMemory)); }

Result<Fd> create_report_memory(const ServerSettings& settings, int workers) {
  const std::size_t sets = settings.noclientlog ? 0 : client_sets(settings.clientloglimit, workers);
  return create_memory("ntpd-net-report", sizeof(ReportMemory) + sets * sizeof(ClientSet));
}

Result<Fd> create_key_report_memory(const ServerSettings& settings) {
  constexpr std::size_t most = 1024;
  const std::size_t sets =
      settings.noclientlog ? 0 : std::min(client_sets(settings.clientloglimit, 1), most);
  return create_memory("ntpd-net-nts-report", sizeof(ReportMemory) + sets * sizeof(ClientSet));
}

Result<Fd> create_cookie_memory() {
  return create_memory("ntpd-net-cookies", sizeof(CookieMemory));
}

Result<Mapped<CookieMemory>> map_cookies_to_write(const Fd& fd) {
  return map_memory<CookieMemory>(fd, PROT_READ | PROT_WRITE);
}
Result<Mapped<const CookieMemory>> map_cookies_to_read(const Fd& fd) {
  return map_memory<const CookieMemory>(fd, PROT_READ);
}

Result<Mapped<ServedMemory>> map_served_to_write(const Fd& fd) {
  return map_memory<ServedMemory>(fd, PROT_READ | PROT_WRITE);
}
Result<Mapped<const ServedMemory>> map_served_to_read(const Fd& fd) {
  return map_memory<const ServedMemory>(fd, PROT_READ);
}
// Every page at once: a page fault in the midst of requests costs more than the request.
Result<Mapped<ReportMemory>> map_report_to_write(const Fd& fd) {
  return map_memory<ReportMemory>(fd, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE);
}
Result<Mapped<const ReportMemory>> map_report_to_read(const Fd& fd) {
  return map_memory<const ReportMemory>(fd, PROT_READ);
}

}  // namespace ntp
