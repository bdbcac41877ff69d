// From rows of cells to text, CSV or JSON. Pure.
#include "syncctl/report.h"

#include <nlohmann/json.hpp>

#include "common/base/ensure.h"

namespace ntp::syncctl {

namespace {

using Json = nlohmann::ordered_json;

void fill(std::string& out, std::string_view pattern, const Row& row) {
  auto cell = row.begin();
  for (std::size_t hole; (hole = pattern.find("{}")) != pattern.npos;) {
    ENSURE(cell != row.end());
    out.append(pattern.substr(0, hole)).append((cell++)->text);
    pattern.remove_prefix(hole + 2);
  }
  ENSURE(cell == row.end());
  out.append(pattern);
}

std::string as_text(const Report& report) {
  std::string out{report.preface};
  if (!report.title.empty()) {
    out.append(report.title).append("\n").append(report.title.size(), '=').append("\n");
  }
  for (const Row& row : report.rows) fill(out, report.pattern, row);
  return out;
}

std::string as_csv(const Report& report) {
  std::string out;
  for (const Row& row : report.rows) {
    for (const Cell& cell : row) out.append(&cell == &row.front() ? "" : ",").append(cell.csv);
    out += '\n';
  }
  return out;
}

Json json_of(const Value& value) {
  return std::visit(
      [](const auto& known) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(known)>, std::monostate>) return nullptr;
        else return known;
      },
      value);
}

Json object_of(const Row& row) {
  Json object = Json::object();
  for (const Cell& cell : row) object[cell.key] = json_of(cell.value);
  return object;
}

std::string document(const Json& body) {
  Json whole{{"schema", json_schema}};
  whole.update(body);
  // What is no UTF-8 is replaced: names come from the network.
  return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string as_json(const Report& report) {
  Json body{{"report", report.name}};
  if (report.is_table) {
    Json rows = Json::array();
    for (const Row& row : report.rows) rows.push_back(object_of(row));
    body["rows"] = std::move(rows);
  } else if (!report.rows.empty()) {
    body["values"] = object_of(report.rows.front());
  }
  return document(body);
}

}  // namespace

std::string json_object(const Row& row) { return document(object_of(row)); }

std::string to_text(const Report& report, Form form) {
  switch (form) {
    case Form::csv: return as_csv(report);
    case Form::json: return as_json(report);
    case Form::text: break;
  }
  return as_text(report);
}

}  // namespace ntp::syncctl
