// See standing.h.
#include "ntpd-net/standing.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/log.h"

namespace ntp {
namespace {

std::string user_of(const Options& options, const Settings& settings) {
  if (!options.user.empty()) return options.user;
  return settings.clock.user.empty() ? "ntpd-net" : settings.clock.user;
}

}  // namespace

bool locks_memory(const Options& options, const Settings& settings) {
  return options.lock_memory || settings.clock.lock_all;
}

Result<Identity> identity_of(const Options& options, const Settings& settings) {
  if (::geteuid() != 0) return Identity{::geteuid(), ::getegid()};
  return resolve_user(user_of(options, settings));
}

void take_priority(const Options& options, const Settings& settings) {
  const int priority = options.priority != 0 ? options.priority : settings.clock.sched_priority;
  const sched_param parameters{.sched_priority = priority};
  if (priority != 0 && ::sched_setscheduler(0, SCHED_FIFO, &parameters) != 0)
    log_warning("Could not set SCHED_FIFO priority {}", priority);
  const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  if (locks_memory(options, settings) && ::setrlimit(RLIMIT_MEMLOCK, &all) != 0)
    log_warning("Could not lift the limit of locked memory");
}

}  // namespace ntp
