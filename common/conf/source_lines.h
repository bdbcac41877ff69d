// The lines that name a source of time: server, pool, peer and refclock with all their
// options. Resolves no name and opens no device.
#pragma once

#include "common/conf/lines.h"
#include "common/conf/settings.h"

namespace ntp {

// nullopt when the directive is not server, pool or peer.
[[nodiscard]] std::optional<SourceKind> source_kind(const Directive& directive);
[[nodiscard]] std::string_view to_text(SourceKind kind);

// The options that are set and do nothing: "xleave, filter"; "" when there are none.
[[nodiscard]] std::string idle_options(const SourceSettings& source);

// REQUIRES: source_kind(in) has a value.
[[nodiscard]] Result<SourceSettings> take_source(Directive& in);
[[nodiscard]] Result<RefclockSettings> take_refclock(Directive& in);

}  // namespace ntp
