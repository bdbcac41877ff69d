// Files in, Configuration out, and back to text for -p and for roles that open no file.
#include "common/base/ensure.h"
#include "common/conf/grammar.h"
#include "common/conf/source_lines.h"

namespace ntp {

namespace {

constexpr std::string_view sourced_mark = "sourced ";  // on a handed-over line of a .sources file

// The lines of one .sources file that can be obeyed. chrony leaves wrong ones out in silence.
void read_sources_file(const std::string& path, Vetting vetting, std::vector<ConfLine>& lines,
                       std::vector<std::string>& warnings) {
  auto text = read_vetted_file(path, vetting);
  if (!text) return warnings.push_back(text.error().message);
  if (!text->empty() && !text->ends_with('\n')) {  // still being written: the last line may be cut
    text->resize(text->rfind('\n') == text->npos ? 0 : text->rfind('\n') + 1);
    warnings.push_back(path + ": the last line has no end and is left out");
  }
  auto split = split_conf_text(path, *text);
  if (!split) return warnings.push_back(split.error().message);
  for (auto& line : *split) {
    Directive directive{line};
    const auto source = source_kind(directive)
                            ? take_source(directive)
                            : Result<SourceSettings>{directive.complain(
                                  "only server, pool and peer may stand in a .sources file")};
    if (!source) warnings.push_back(source.error().message);
    else lines.push_back(std::move(line));
  }
}

std::vector<ConfLine> read_sourced_lines(std::span<const std::string> directories, Vetting vetting,
                                         std::vector<std::string>& warnings) {
  const std::vector<std::string_view> views{directories.begin(), directories.end()};
  std::vector<ConfLine> lines;
  for (const auto& path : list_conf_directories(views, ".sources")) {
    read_sources_file(path, vetting, lines, warnings);
  }
  return lines;
}

SourceSettings sourced(const ConfLine& line) {
  auto source = parse_source(line.text);
  ENSURE(source);  // the line was kept because it parses
  source->from_sourcedir = true;
  return *std::move(source);
}

Result<Configuration> parse_with_sources(std::vector<ConfLine> lines, Vetting vetting) {
  auto out = NTP_TRY(parse_configuration(std::move(lines)));
  out.sourced = read_sourced_lines(out.settings.sourcedirs, vetting, out.warnings);
  for (const auto& line : out.sourced) out.settings.sources.push_back(sourced(line));
  return out;
}

}  // namespace

Result<Configuration> read_configuration(const std::string& path, Vetting vetting) {
  return parse_with_sources(NTP_TRY(read_conf_file(path, vetting)), vetting);
}

Result<Configuration> read_configuration(std::span<const std::string> arguments, Vetting vetting) {
  return parse_with_sources(NTP_TRY(read_conf_arguments(arguments, vetting)), vetting);
}

std::vector<SourceSettings> read_source_directories(std::span<const std::string> directories,
                                                    Vetting vetting,
                                                    std::vector<std::string>& warnings) {
  std::vector<SourceSettings> sources;
  for (const auto& line : read_sourced_lines(directories, vetting, warnings))
    sources.push_back(sourced(line));
  return sources;
}

std::string effective_text(const Configuration& configuration) {
  std::string text;
  for (const auto& line : configuration.lines) text += line.text + "\n";
  return text;
}

std::string handover_text(const Configuration& configuration) {
  std::string text = effective_text(configuration);
  for (const auto& line : configuration.sourced)
    text.append(sourced_mark).append(line.text).append("\n");
  return text;
}

Result<Configuration> parse_handover(std::string_view text) {
  std::vector<ConfLine> lines, sourced_lines;
  for (auto& line : NTP_TRY(split_conf_text("configuration", text))) {
    const bool is_sourced = line.text.starts_with(sourced_mark);
    (is_sourced ? sourced_lines : lines).push_back(std::move(line));
  }
  auto out = NTP_TRY(parse_configuration(std::move(lines)));
  for (auto& line : sourced_lines) {
    line.text.erase(0, sourced_mark.size());
    auto source = NTP_TRY(parse_source(line.text));
    source.from_sourcedir = true;
    out.settings.sources.push_back(std::move(source));
  }
  out.sourced = std::move(sourced_lines);
  return out;
}

}  // namespace ntp
