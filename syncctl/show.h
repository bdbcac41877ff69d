// The reports: each takes the words after its command, asks, and prints a table or a list of
// labelled values. Extra words are ignored, as scripts rely on it.
#pragma once

#include "syncctl/session.h"

namespace ntp::syncctl {

[[nodiscard]] Done show_sources(Session& session, Words words);
[[nodiscard]] Done show_source_stats(Session& session, Words words);
[[nodiscard]] Done show_select_data(Session& session, Words words);
[[nodiscard]] Done show_auth_data(Session& session, Words words);
[[nodiscard]] Done show_ntp_data(Session& session, Words words);
[[nodiscard]] Done show_source_name(Session& session, Words words);
[[nodiscard]] Done show_tracking(Session& session, Words words);
// show_clockd.cc: past the network daemon.
[[nodiscard]] Done show_clock(Session& session, Words words);
// show_refusals.cc: from whoever refuses, on this machine.
[[nodiscard]] Done show_refusals(Session& session, Words words);
[[nodiscard]] Done show_smoothing(Session& session, Words words);
[[nodiscard]] Done show_rtc_data(Session& session, Words words);
[[nodiscard]] Done show_manual_list(Session& session, Words words);
[[nodiscard]] Done show_activity(Session& session, Words words);
[[nodiscard]] Done show_server_stats(Session& session, Words words);
[[nodiscard]] Done show_clients(Session& session, Words words);
[[nodiscard]] Done show_why(Session& session, Words words);
[[nodiscard]] Done show_metrics(Session& session, Words words);
// serve_metrics.cc: until it is ended.
[[nodiscard]] Done serve_metrics(Session& session, Words words);
[[nodiscard]] Fetched<std::string> metrics_text(Session& session);
[[nodiscard]] Done wait_for_sync(Session& session, Words words);
[[nodiscard]] Done watch(Session& session, Words words);

// For several of them.
[[nodiscard]] bool has_word(Words words, std::string_view word);
[[nodiscard]] Fetched<std::uint32_t> count_sources(Session& session);

}  // namespace ntp::syncctl
