// Configuration files as a flat list of directives, in chrony.conf(5)'s layout: one a line,
// `include` and `confdir` followed, comments gone. Knows no directive but those two; this is
// the only configuration code that clockd and rtcd share with everybody.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace ntp {

// One directive as written, with runs of blanks folded. `file` is "arguments" for lines of a
// command line.
struct ConfLine {
  std::string file{};
  int number = 0;  // from 1
  std::string text{};

  bool operator==(const ConfLine&) const = default;
};

// Who may own a file that is about to be obeyed.
enum class Vetting : unsigned char {
  strict,  // regular file of root or of ourselves, writable by nobody else, behind no stranger's
           // symbolic link
  loose,   // any regular file: for tests and public data
};
// What every program uses: under a service manager they are not root when they read.
constexpr Vetting default_vetting() { return Vetting::strict; }

// The lines of `path` and of all that it includes. A file that cannot be read, that somebody
// else could have written, a line of 2048 octets or an inclusion ten deep is an error.
[[nodiscard]] Result<std::vector<ConfLine>> read_conf_file(const std::string& path,
                                                           Vetting vetting = default_vetting());
// The same for lines given on a command line.
[[nodiscard]] Result<std::vector<ConfLine>> read_conf_arguments(
    std::span<const std::string> arguments, Vetting vetting = default_vetting());

// Text with one directive a line, such as a `.sources` file; follows no include.
[[nodiscard]] Result<std::vector<ConfLine>> split_conf_text(std::string_view file,
                                                            std::string_view text);

// The whole of one vetted file, at most `most` octets.
[[nodiscard]] Result<std::string> read_vetted_file(const std::string& path, Vetting vetting,
                                                   std::size_t most = 1 << 20);

// For `sourcedir` and `confdir`: paths ending in `suffix` in the directories, ordered by name;
// of equal names the first directory's wins.
[[nodiscard]] std::vector<std::string> list_conf_directories(
    std::span<const std::string_view> directories, std::string_view suffix);

// The word of `words` with the fewest edits, or "" when nothing is near.
[[nodiscard]] std::string_view nearest_word(std::string_view wrong,
                                            std::span<const std::string_view> words);
// `, did you mean "server"?`, or "" when nothing is near.
[[nodiscard]] std::string suggestion(std::string_view wrong,
                                     std::span<const std::string_view> words);

// One directive cut into words: takes them from the left and words every complaint.
class Directive {
 public:
  // REQUIRES: `line` outlives this.
  explicit Directive(const ConfLine& line);

  [[nodiscard]] const std::string& name() const { return name_; }  // in lower case
  [[nodiscard]] bool has_more() const { return next_ < words_.size(); }
  [[nodiscard]] std::string_view peek() const {
    return has_more() ? words_[next_] : std::string_view{};
  }
  // The next word if there is one; leaves the rest.
  std::optional<std::string_view> take() {
    return has_more() ? std::optional{words_[next_++]} : std::nullopt;
  }
  // The next word if it is `word`, whatever its case.
  [[nodiscard]] bool take_if(std::string_view word);

  // `what` names the argument in the complaint: "THRESHOLD".
  [[nodiscard]] Result<std::string> text(std::string_view what);
  [[nodiscard]] Result<double> real(std::string_view what, double least, double most);
  [[nodiscard]] Result<long> integer(std::string_view what, long least, long most);
  // Error when words are left.
  [[nodiscard]] Result<void> end() const;

  // "FILE:LINE: NAME: PROBLEM".
  [[nodiscard]] std::unexpected<Error> complain(std::string_view problem) const;

 private:
  const ConfLine& line_;
  std::string name_{};
  std::vector<std::string_view> words_{};
  std::size_t next_ = 0;
};

}  // namespace ntp
