// Programs started anew by systemd so that they read their lines again, and, when one does not
// come up, every one of them started with the lines that it had before. Those are root's own copy:
// each unit has one made before it starts (systemd/keep-lines). Judges no line.
#pragma once

#include <string>
#include <vector>

namespace ntp::syncctl {

// Root asks, and systemd is there to be told.
[[nodiscard]] bool may_restart();

// What ntpd-net follows now is what it is to be started with, should its next start fail.
void keep_lines_of_ntpd_net();

class Restarts {
 public:
  // Whatever was started and not confirmed has its old copy still; it is of no use any more.
  ~Restarts();

  // Ends when the unit says that it is ready (true), or that it could not start.
  [[nodiscard]] bool restart(const std::string& unit);
  // All that `restart` touched gets its old lines back. One line that says how that went.
  [[nodiscard]] std::string undo();
  // The names, in their order.
  [[nodiscard]] const std::vector<std::string>& units() const { return units_; }

 private:
  std::vector<std::string> units_;
};

}  // namespace ntp::syncctl
