// The commands that change something in a daemon: each takes the words after its command, sends
// one request (most of them) and prints the daemon's status.
#pragma once

#include <optional>

#include "common/board/clock_socket.h"
#include "syncctl/session.h"

namespace ntp::syncctl {

// change_sources.cc
[[nodiscard]] Done change_online(Session& session, Words words);
[[nodiscard]] Done change_offline(Session& session, Words words);
[[nodiscard]] Done start_burst(Session& session, Words words);
[[nodiscard]] Done delete_source(Session& session, Words words);
[[nodiscard]] Done change_minpoll(Session& session, Words words);
[[nodiscard]] Done change_maxpoll(Session& session, Words words);
[[nodiscard]] Done change_maxdelay(Session& session, Words words);
[[nodiscard]] Done change_maxdelayratio(Session& session, Words words);
[[nodiscard]] Done change_maxdelaydevratio(Session& session, Words words);
[[nodiscard]] Done change_minstratum(Session& session, Words words);
[[nodiscard]] Done change_polltarget(Session& session, Words words);
[[nodiscard]] Done change_select_options(Session& session, Words words);
[[nodiscard]] Done change_source_offset(Session& session, Words words);
[[nodiscard]] Done change_reselect_distance(Session& session, Words words);
// add_source.cc
[[nodiscard]] Done add_source(Session& session, Words words);
[[nodiscard]] Fetched<control::AddSource> parse_new_source(Words words);
// change_clock.cc
[[nodiscard]] Done make_step(Session& session, Words words);
[[nodiscard]] Done change_maxupdateskew(Session& session, Words words);
[[nodiscard]] Done set_time(Session& session, Words words);
[[nodiscard]] Done change_manual(Session& session, Words words);
[[nodiscard]] Done change_local(Session& session, Words words);
[[nodiscard]] Done change_smooth_time(Session& session, Words words);
[[nodiscard]] Done nudge_frequency(Session& session, Words words);
[[nodiscard]] Done nudge_offset(Session& session, Words words);
[[nodiscard]] std::optional<UtcTime> parse_date(std::string text, UtcTime now);
// change_access.cc
[[nodiscard]] Done change_allow(Session& session, Words words);
[[nodiscard]] Done change_deny(Session& session, Words words);
[[nodiscard]] Done change_command_allow(Session& session, Words words);
[[nodiscard]] Done change_command_deny(Session& session, Words words);
[[nodiscard]] Done check_access(Session& session, Words words);
[[nodiscard]] Done check_command_access(Session& session, Words words);
// reload.cc
[[nodiscard]] Done reload(Session& session, Words words);
// keygen.cc
[[nodiscard]] Done generate_key(Session& session, Words words);

// rtcd.cc: straight to rtcd when it is there, else the network daemon says why not.
[[nodiscard]] Done trim_rtc(Session& session, Words words);
[[nodiscard]] Done write_rtc(Session& session, Words words);

// clockd.cc: root's commands go straight to clockd when it is there; nullopt when it is not.
[[nodiscard]] std::optional<Done> tell_clockd(Session& session, const ClockRequest& request);

}  // namespace ntp::syncctl
