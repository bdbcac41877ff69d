// See inheritance.h.
#include "ntpd-net/inheritance.h"

#include <fcntl.h>

#include <algorithm>

#include "common/base/text.h"

namespace ntp {
namespace {

Fd adopt(int number) {
  if (::fcntl(number, F_SETFD, FD_CLOEXEC) != 0) return Fd{};
  return Fd{number};
}

}  // namespace

void Inheritance::give(std::string_view name, const Fd& fd) {
  if (!fd.is_open()) return;
  say(name, std::to_string(fd.number()));
  numbers_.push_back(fd.number());
}

void Inheritance::give(std::string_view name, const std::vector<Fd>& fds) {
  for (const Fd& fd : fds) give(name, fd);
}

void Inheritance::say(std::string_view name, std::string_view value) {
  words_.emplace_back(name, value);
}

std::vector<std::string> Inheritance::arguments() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : words_) out.push_back(name + "=" + value);
  return out;
}

Result<Inheritance> Inheritance::parse(std::vector<std::string> arguments) {
  Inheritance inheritance;
  for (const std::string& argument : arguments) {
    const auto at = argument.find('=');
    if (at == std::string::npos) return failure("not something to inherit: " + argument);
    inheritance.say(std::string_view{argument}.substr(0, at),
                    std::string_view{argument}.substr(at + 1));
  }
  return inheritance;
}

std::vector<Fd> Inheritance::take_all(std::string_view name) const {
  std::vector<Fd> fds;
  for (const auto& [key, value] : words_)
    if (key == name)
      if (const auto number = parse_integer<int>(value)) fds.push_back(adopt(*number));
  return fds;
}

Fd Inheritance::take(std::string_view name) const {
  auto fds = take_all(name);
  return fds.empty() ? Fd{} : std::move(fds.front());
}

std::string_view Inheritance::word(std::string_view name) const {
  const auto found = std::ranges::find(words_, name, &std::pair<std::string, std::string>::first);
  return found == words_.end() ? std::string_view{} : found->second;
}

long Inheritance::number(std::string_view name) const {
  return parse_integer<long>(word(name)).value_or(0);
}

}  // namespace ntp
