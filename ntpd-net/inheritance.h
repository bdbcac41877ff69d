// What a role is given when the supervisor starts it: descriptors by number and a few words,
// as "name=value" arguments that `ps` shows. Nothing comes through the environment.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace ntp {

class Inheritance {
 public:
  // The supervisor's side. A descriptor stays the supervisor's; only its number is told.
  void give(std::string_view name, const Fd& fd);
  void give(std::string_view name, const std::vector<Fd>& fds);
  void say(std::string_view name, std::string_view value);
  [[nodiscard]] std::vector<std::string> arguments() const;
  [[nodiscard]] const std::vector<int>& numbers() const { return numbers_; }

  // The role's side: `arguments` after the role's name.
  [[nodiscard]] static Result<Inheritance> parse(std::vector<std::string> arguments);
  // Takes ownership; closed-on-exec again. An absent name gives a closed Fd.
  [[nodiscard]] Fd take(std::string_view name) const;
  [[nodiscard]] std::vector<Fd> take_all(std::string_view name) const;
  [[nodiscard]] std::string_view word(std::string_view name) const;  // "" when absent
  [[nodiscard]] bool is(std::string_view name) const { return word(name) == "1"; }
  [[nodiscard]] long number(std::string_view name) const;  // 0 when absent or no number

 private:
  std::vector<std::pair<std::string, std::string>> words_;
  std::vector<int> numbers_;
};

}  // namespace ntp
