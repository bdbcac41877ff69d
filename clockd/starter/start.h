// Everything that clockd does with root's rights: options, configuration, leap file, directories,
// socket, store. Makes of it the page and the descriptors that the steerer lives on. Never moves
// the clock, and is gone when the first visitor comes.
#pragma once

#include <string>
#include <vector>

#include "clockd/hand_over.h"

namespace ntp::clockd {

struct Options {
  std::string configuration = default_configuration;
  std::vector<std::string> lines;  // instead of the file
  std::string user = "clockd";
  std::string feeder;  // empty: the `user` directive, else ntpd-net
  std::string rundir;  // empty: the directive
  std::string statedir;
  bool dry_run = false;
  bool stays = false;        // -n
  bool to_terminal = false;  // -d
  bool only_checks = false;
  int filter = 1;
  double run_for = 0;  // s; 0 = for ever
};

// The configuration of the file or the lines, with the options on top.
struct Orders {
  ClockSettings settings{};
  bool is_rtc_a_source = false;  // the kernel must not set it, then
};
[[nodiscard]] Result<Orders> read_orders(const Options& options);

struct Started {
  HandOver page;
  Fd listener;
  Fd store;
  Identity identity{};
  int leap_tai = 0;  // TAI - UTC after the leap that is ahead
};
// REQUIRES: this process is the one whose pid is to be written down.
[[nodiscard]] Result<Started> start(const Options& options, const Orders& orders);

}  // namespace ntp::clockd
