// libcap-ng does the change; what holds afterwards is asked from the kernel.
#include "common/os/privilege.h"

#include <cap-ng.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <string>

#include "common/base/text.h"

namespace ntp {

namespace {

Result<void> check(Identity who, Keep keep) {
  uid_t real = 0, effective = 0, saved = 0;
  if (getresuid(&real, &effective, &saved) != 0) return system_failure("getresuid");
  if (real != who.uid || effective != who.uid || saved != who.uid) {
    return failure("the change of user did not hold");
  }
  capng_get_caps_process();
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    if (keep != Keep::nothing && capability == CAP_SYS_TIME) continue;
    const auto number = static_cast<unsigned>(capability);
    if (capng_have_capability(CAPNG_PERMITTED, number) != 0 ||
        capng_have_capability(CAPNG_EFFECTIVE, number) != 0) {
      return failure("a capability was left over");
    }
  }
  return {};
}

// Who holds no more than it keeps has nothing to give up, and its unit need not let it call
// capset(2). An inheritable CAP_SYS_TIME is nothing without the ambient one, which goes.
bool holds_more_than(bool keeps_time) {
  capng_get_caps_process();
  for (unsigned capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    if (keeps_time && capability == CAP_SYS_TIME) continue;
    for (const auto set : {CAPNG_EFFECTIVE, CAPNG_PERMITTED, CAPNG_INHERITABLE}) {
      if (capng_have_capability(set, capability) != 0) return true;
    }
  }
  return false;
}

}  // namespace

Result<Identity> resolve_user(std::string_view name_or_uid) {
  const std::string name{name_or_uid};
  if (const auto number = parse_integer<std::uint32_t>(name_or_uid)) {
    const passwd* const entry = getpwuid(*number);
    return Identity{*number, entry != nullptr ? entry->pw_gid : *number};
  }
  const passwd* const entry = getpwnam(name.c_str());
  if (entry == nullptr) return failure("there is no user \"" + name + "\"");
  return Identity{entry->pw_uid, entry->pw_gid};
}

bool may_set_time() {
  capng_get_caps_process();
  return capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_TIME) != 0;
}

Result<void> drop_to(Identity who, Keep keep) {
  const bool keeps_time = keep != Keep::nothing && may_set_time();
  const bool hands_on = keeps_time && keep == Keep::sys_time_by_exec;
  const bool is_root = geteuid() == 0;
  const bool has_too_much = is_root || hands_on || holds_more_than(keeps_time);
  capng_clear(CAPNG_SELECT_ALL);
  if (keeps_time) {
    const int sets = CAPNG_EFFECTIVE | CAPNG_PERMITTED | (hands_on ? CAPNG_INHERITABLE : 0);
    capng_update(CAPNG_ADD, static_cast<capng_type_t>(sets), CAP_SYS_TIME);
  }
  if (is_root) {
    const auto flags = static_cast<capng_flags_t>(CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
    if (const int refused =
            capng_change_id(static_cast<int>(who.uid), static_cast<int>(who.gid), flags);
        refused != 0) {
      return failure("cannot become user " + std::to_string(who.uid) + " (step " +
                     std::to_string(-refused) + ")");
    }
  } else {
    who = {getuid(), getgid()};
    if (has_too_much && capng_apply(CAPNG_SELECT_CAPS) != 0)
      return failure("cannot give up capabilities");
  }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    return system_failure("PR_CAP_AMBIENT_CLEAR_ALL");
  if (hands_on && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_TIME, 0, 0) != 0)
    return system_failure("PR_CAP_AMBIENT_RAISE");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return system_failure("PR_SET_DUMPABLE");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_failure("PR_SET_NO_NEW_PRIVS");
  return check(who, keep);
}

}  // namespace ntp
