// A unit's command ends in $AGAIN, from a file that is there only while an old copy is started.
#include "syncctl/restarts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <ranges>

#include "common/os/own_program.h"

namespace ntp::syncctl {
namespace {

constexpr const char* folder = "/run/meridian/kept/";

std::string kept(const std::string& unit) { return folder + unit + ".conf"; }
std::string before(const std::string& unit) { return folder + unit + ".before"; }
std::string again(const std::string& unit) { return folder + unit + ".again"; }

bool run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  int status = 0;
  return ::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) == 0 &&
         ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Nobody who was stopped is started; refclockd alone rests where it has nothing to read, until
// there is something.
bool tell_systemd(const std::string& unit) {
  const char* verb = unit == "refclockd" ? "restart" : "try-restart";
  return run({"systemctl", verb, unit + ".service"});
}

// ntpd-net reads its own file again later, so it is told what to begin with only.
bool start_with_lines_before(const std::string& unit) {
  {
    std::ofstream line{again(unit)};
    line << "AGAIN=" << (unit == "ntpd-net" ? "--begin-with " : "-f ") << before(unit) << "\n";
    if (!line.flush() || ::access(before(unit).c_str(), R_OK) != 0) {
      (void)::unlink(again(unit).c_str());
      return false;
    }
  }
  const bool started = run({"systemctl", "restart", unit + ".service"});
  (void)::unlink(again(unit).c_str());
  // Its start has kept the new lines; what it follows is the old ones.
  (void)std::rename(before(unit).c_str(), kept(unit).c_str());
  return started;
}

}  // namespace

bool may_restart() { return ::geteuid() == 0 && ::access("/run/systemd/system", F_OK) == 0; }

void keep_lines_of_ntpd_net() {
  const auto program = find_own_program("keep-lines");
  if (program) (void)run({*program, "ntpd-net"});
}

Restarts::~Restarts() {
  for (const std::string& unit : units_) (void)::unlink(before(unit).c_str());
}

bool Restarts::restart(const std::string& unit) {
  units_.push_back(unit);
  (void)std::rename(kept(unit).c_str(), before(unit).c_str());
  return tell_systemd(unit);
}

std::string Restarts::undo() {
  std::vector<std::string> back, lost;
  for (const std::string& unit : units_ | std::views::reverse)
    (start_with_lines_before(unit) ? back : lost).push_back(unit);
  std::string line = "Nothing was applied";
  if (!back.empty())
    line += fmt::format("; started again with the lines before: {}", fmt::join(back, " "));
  if (!lost.empty())
    line += fmt::format("; NOT RUNNING with the lines before: {}", fmt::join(lost, " "));
  return line;
}

}  // namespace ntp::syncctl
