// A report as data, and its three forms. Text is a pattern whose every {} takes the next cell's
// text; CSV and JSON need no pattern. JSON's layout has a version: sync-control(7).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "syncctl/cells.h"

namespace ntp::syncctl {

enum class Form : std::uint8_t { text, csv, json };

using Row = std::vector<Cell>;

struct Report {
  std::string_view name;       // the command, and "report" in JSON
  std::string_view title{};    // of the columns; a ruler of the same length follows
  std::string_view pattern{};  // a row, with its newline
  std::vector<Row> rows{};
  bool is_table = true;        // false: one row, an object in JSON instead of a list
  std::string_view preface{};  // before the title, text only
};

inline constexpr std::string_view json_schema = "meridian.syncctl/1";

[[nodiscard]] std::string to_text(const Report& report, Form form);
// One JSON object and a newline, with "schema" first.
[[nodiscard]] std::string json_object(const Row& row);

}  // namespace ntp::syncctl
