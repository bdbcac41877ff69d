// What -v puts above a table: which letter and which column means what.
#pragma once

#include <string_view>

namespace ntp::syncctl {

extern const std::string_view sources_legend;
extern const std::string_view source_stats_legend;
extern const std::string_view select_data_legend;
extern const std::string_view auth_data_legend;

}  // namespace ntp::syncctl
