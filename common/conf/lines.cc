// Files into lines, lines into words.
#include "common/conf/lines.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "common/base/fd.h"
#include "common/base/text.h"
#include "common/conf/words.h"

namespace ntp {

namespace {

constexpr int most_depth = 10;           // of inclusion
constexpr std::size_t most_line = 2047;  // octets
constexpr std::size_t most_lines =
    100'000;  // of all files: a file that includes itself twice grows fast
constexpr std::size_t most_directories = 10;

struct Reader {
  Vetting vetting;
  std::vector<ConfLine> lines;
};

Result<void> read_into(Reader& reader, const std::string& path, int depth);

// A pattern without a match is nothing; a plain path is itself, whether it exists or not.
std::vector<std::string> expand_pattern(const std::string& pattern) {
  glob_t found{};
  const bool matched = glob(pattern.c_str(), GLOB_NOMAGIC, nullptr, &found) == 0;
  std::vector<std::string> paths;
  if (matched) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return paths;
}

// Follows an `include` or `confdir`; every other line is kept.
Result<void> keep_or_follow(Reader& reader, ConfLine line, int depth) {
  Directive directive{line};
  std::vector<std::string> paths;
  if (directive.name() == "include") {
    const auto pattern = NTP_TRY(directive.text("PATTERN"));
    if (const auto end = directive.end(); !end) return end;
    paths = expand_pattern(pattern);
  } else if (directive.name() == "confdir") {
    std::vector<std::string_view> directories;
    while (const auto word = directive.take()) directories.push_back(*word);
    if (directories.empty()) return directive.complain("needs DIRECTORY");
    if (directories.size() > most_directories)
      return directive.complain("takes at most 10 directories");
    paths = list_conf_directories(directories, ".conf");
  } else {
    reader.lines.push_back(std::move(line));
    return {};
  }
  if (depth == most_depth && !paths.empty())
    return directive.complain("files include files ten deep");
  for (const auto& path : paths) {
    if (const auto read = read_into(reader, path, depth + 1); !read) {
      if (read.error().message.starts_with(path)) return read;
      return directive.complain(read.error().message);
    }
  }
  return {};
}

Result<void> keep_or_follow_all(Reader& reader, std::vector<ConfLine> lines, int depth) {
  for (auto& line : lines) {
    NTP_TRY(keep_or_follow(reader, std::move(line), depth));
    if (reader.lines.size() > most_lines) return failure("more than 100000 lines of configuration");
  }
  return {};
}

Result<void> read_into(Reader& reader, const std::string& path, int depth) {
  const auto text = NTP_TRY(read_vetted_file(path, reader.vetting));
  return keep_or_follow_all(reader, NTP_TRY(split_conf_text(path, text)), depth);
}

bool is_comment(std::string_view line) {
  return line.empty() || std::string_view{"!;#%"}.find(line.front()) != std::string_view::npos;
}

std::string fold_blanks(std::string_view line) {
  std::string folded;
  for (const auto word : split_words(line)) {
    if (!folded.empty()) folded += ' ';
    folded += word;
  }
  return folded;
}

// A symbolic link is followed only if root or we made it; what it leads to is vetted all the same.
Result<Fd> open_vetted(const std::string& path, Vetting vetting) {
  int follow = 0;
  if (vetting == Vetting::strict) {
    struct stat link {};
    const bool ours =
        lstat(path.c_str(), &link) == 0 && (link.st_uid == 0 || link.st_uid == geteuid());
    follow = ours ? 0 : O_NOFOLLOW;
  }
  Fd file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | follow)};
  if (!file.is_open()) return system_failure("cannot read " + path);
  struct stat status {};
  if (fstat(file.number(), &status) != 0) return system_failure("cannot look at " + path);
  if (!S_ISREG(status.st_mode)) return failure("cannot read " + path + ": not a regular file");
  if (vetting == Vetting::loose) return file;
  if (status.st_uid != 0 && status.st_uid != geteuid()) {
    return failure(path + " belongs to user " + std::to_string(status.st_uid) +
                   ": only root's files are obeyed");
  }
  const bool by_group =
      (status.st_mode & S_IWGRP) != 0 && status.st_gid != 0 && status.st_gid != getegid();
  if (by_group || (status.st_mode & S_IWOTH) != 0) {
    return failure(path + " can be written by others: chmod go-w " + path);
  }
  return file;
}

}  // namespace

Result<std::string> read_vetted_file(const std::string& path, Vetting vetting, std::size_t most) {
  const Fd file = NTP_TRY(open_vetted(path, vetting));
  std::string text;
  char piece[4096];
  for (;;) {
    const ssize_t got = read(file.number(), piece, sizeof piece);
    if (got < 0) return system_failure("cannot read " + path);
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
    if (text.size() > most)
      return failure(path + " is longer than " + std::to_string(most) + " octets");
  }
}

Result<std::vector<ConfLine>> split_conf_text(std::string_view file, std::string_view text) {
  std::vector<ConfLine> lines;
  for (int number = 1; !text.empty(); ++number) {
    const auto length = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, length);
    const auto where = [&] { return std::string{file} + ":" + std::to_string(number); };
    if (line.size() > most_line) return failure(where() + ": line longer than 2047 octets");
    if (line.find('\0') != line.npos) return failure(where() + ": not text: it holds a NUL");
    if (!is_comment(trim(line))) lines.push_back({std::string{file}, number, fold_blanks(line)});
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return lines;
}

Result<std::vector<ConfLine>> read_conf_file(const std::string& path, Vetting vetting) {
  Reader reader{vetting, {}};
  NTP_TRY(read_into(reader, path, 1));
  return std::move(reader.lines);
}

Result<std::vector<ConfLine>> read_conf_arguments(std::span<const std::string> arguments,
                                                  Vetting vetting) {
  Reader reader{vetting, {}};
  int number = 0;
  for (const auto& argument : arguments) {
    auto lines = NTP_TRY(split_conf_text("arguments", argument));
    ++number;
    for (auto& line : lines) line.number = number;
    NTP_TRY(keep_or_follow_all(reader, std::move(lines), 1));
  }
  return std::move(reader.lines);
}

std::vector<std::string> list_conf_directories(std::span<const std::string_view> directories,
                                               std::string_view suffix) {
  std::map<std::string, std::string> by_name;
  for (const auto directory : directories) {
    for (const auto& path : expand_pattern(std::string{directory} + "/*" + std::string{suffix})) {
      by_name.try_emplace(path.substr(path.rfind('/') + 1), path);
    }
  }
  std::vector<std::string> paths;
  for (auto& [name, path] : by_name) paths.push_back(std::move(path));
  return paths;
}

std::string_view nearest_word(std::string_view wrong, std::span<const std::string_view> words) {
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(2, wrong.size() / 2) + 1;
  for (const auto word : words) {
    const auto distance = edit_distance(wrong.substr(0, 64), word);
    if (distance < least) {
      least = distance;
      nearest = word;
    }
  }
  return nearest;
}

std::string suggestion(std::string_view wrong, std::span<const std::string_view> words) {
  const auto nearest = nearest_word(wrong, words);
  return nearest.empty() ? std::string{} : ", did you mean \"" + std::string{nearest} + "\"?";
}

Directive::Directive(const ConfLine& line) : line_{line}, words_{split_words(line.text)} {
  if (words_.empty()) return;
  name_ = words_[next_++];
  std::ranges::transform(name_, name_.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

bool Directive::take_if(std::string_view word) {
  const bool same = has_more() && equal_ignoring_case(peek(), word);
  if (same) ++next_;
  return same;
}

std::unexpected<Error> Directive::complain(std::string_view problem) const {
  return failure(line_.file + ":" + std::to_string(line_.number) + ": " + name_ + ": " +
                 std::string{problem});
}

Result<std::string> Directive::text(std::string_view what) {
  if (!has_more()) return complain("needs " + std::string{what});
  return std::string{*take()};
}

namespace {

std::string plain(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

}  // namespace

Result<double> Directive::real(std::string_view what, double least, double most) {
  const auto word = NTP_TRY(text(what));
  const auto value = parse_real(word);
  if (value && *value >= least && *value <= most) return *value;
  return complain(std::string{what} + " must be a number from " + plain(least) + " to " +
                  plain(most) + ", not \"" + word + "\"");
}

Result<long> Directive::integer(std::string_view what, long least, long most) {
  const auto word = NTP_TRY(text(what));
  const auto value = parse_integer<long>(word);
  if (value && *value >= least && *value <= most) return *value;
  return complain(std::string{what} + " must be a whole number from " + std::to_string(least) +
                  " to " + std::to_string(most) + ", not \"" + word + "\"");
}

Result<void> Directive::end() const {
  if (!has_more()) return {};
  return complain("\"" + std::string{peek()} + "\" is one argument too many");
}

}  // namespace ntp
