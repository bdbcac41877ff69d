// NTP's shared memory, as gpsd and others write it: a System V segment with the key
// 0x4e545030 + unit. The writer is not trusted: the segment is copied once, the copy is judged.
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <atomic>
#include <cstring>

#include "common/base/text.h"
#include "refclockd/look.h"
#include "refclockd/shm_layout.h"

namespace ntp::refclockd {
namespace {

constexpr key_t first_key = 0x4e545030;

class ShmDriver final : public Driver {
 public:
  ShmDriver(ShmSegment* segment, bool is_pulse) : segment_{segment}, is_pulse_{is_pulse} {}
  ~ShmDriver() override { ::shmdt(segment_); }

  Result<Look, Nothing> look(Clocks&) override {
    auto found = take_shm(*segment_);
    if (found) found->is_pulse = is_pulse_;
    return found;
  }

 private:
  ShmSegment* segment_;
  bool is_pulse_;
};

bool is_stamp(std::int64_t seconds, std::int32_t micros, std::uint32_t nanos) {
  constexpr std::int64_t most_seconds = INT64_C(1) << 33;
  return seconds >= 0 && seconds < most_seconds && micros >= 0 && micros < 1'000'000 &&
         nanos < 1'000'000'000;
}

}  // namespace

Result<Look, Nothing> take_shm(ShmSegment& shared) {
  const auto word = [](std::int32_t& at) { return std::atomic_ref<std::int32_t>{at}; };
  // The count before `valid`: a writer in mid-write has taken `valid` away before it made the
  // count odd, so whoever sees that count and a valid segment sees another count at the end.
  const std::int32_t count = word(shared.count).load(std::memory_order_acquire);
  if (word(shared.valid).load(std::memory_order_acquire) == 0)
    return std::unexpected{Nothing::not_yet};
  ShmSegment copy;
  std::memcpy(&copy, &shared, sizeof copy);
  std::atomic_thread_fence(std::memory_order_acquire);
  const bool moved = word(shared.count).load(std::memory_order_relaxed) != count;
  word(shared.valid).store(0, std::memory_order_release);

  if (copy.mode != 0 && copy.mode != 1) return std::unexpected{Nothing::malformed};
  if (copy.mode == 1 && moved) return std::unexpected{Nothing::torn};
  if (copy.leap == 3) return std::unexpected{Nothing::no_clock};
  if (copy.leap < 0 || copy.leap > 3) return std::unexpected{Nothing::malformed};
  // Writers that know no nanoseconds leave rubbish there: only those that agree with the
  // microseconds are taken, and only both together.
  const bool is_fine = copy.clock_nanos / 1000 == static_cast<std::uint32_t>(copy.clock_micros) &&
                       copy.receive_nanos / 1000 == static_cast<std::uint32_t>(copy.receive_micros);
  const Nanos clock_part =
      is_fine ? Nanos{copy.clock_nanos} : std::chrono::microseconds{copy.clock_micros};
  const Nanos receive_part =
      is_fine ? Nanos{copy.receive_nanos} : std::chrono::microseconds{copy.receive_micros};
  if (!is_stamp(copy.clock_seconds, copy.clock_micros, is_fine ? copy.clock_nanos : 0) ||
      !is_stamp(copy.receive_seconds, copy.receive_micros, is_fine ? copy.receive_nanos : 0)) {
    return std::unexpected{Nothing::malformed};
  }
  return Look{.system = {std::chrono::seconds{copy.receive_seconds} + receive_part},
              .utc = {std::chrono::seconds{copy.clock_seconds} + clock_part},
              .leap = Leap{static_cast<std::uint8_t>(copy.leap)}};
}

Result<std::unique_ptr<Driver>> open_shm(const RefclockSettings& settings) {
  const auto unit = parse_integer<int>(settings.parameter);
  if (!unit || *unit < 0 || *unit > 255) {
    return failure("refclock SHM " + settings.parameter + ": the unit is a number from 0 to 255");
  }
  NTP_TRY(know_options(settings, {"perm="}));
  const unsigned permission = NTP_TRY(permission_of(settings, 0600));
  const int id =
      ::shmget(first_key + *unit, sizeof(ShmSegment), IPC_CREAT | static_cast<int>(permission));
  if (id < 0) return system_failure("refclock SHM " + settings.parameter + ": get the segment");
  void* const at = ::shmat(id, nullptr, 0);
  if (at == reinterpret_cast<void*>(-1)) {
    return system_failure("refclock SHM " + settings.parameter + ": attach the segment");
  }
  return std::make_unique<ShmDriver>(static_cast<ShmSegment*>(at), settings.pps);
}

}  // namespace ntp::refclockd
