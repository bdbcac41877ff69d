// Writes every slot's fate, whether or not somebody will send in it.
#include "tests/sim/export.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "tests/sim/path.h"

namespace ntp::sim {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

Result<File> open(const std::string& path) {
  File file{std::fopen(path.c_str(), "w")};
  if (!file) return system_failure("open " + path);
  return file;
}

Result<void> write_way(const std::string& name, Path path, Direction direction, Nanos length) {
  const File file = NTP_TRY(open(name));
  const double slot = to_seconds(Path::slot);
  std::fwrite(&slot, sizeof slot, 1, file.get());
  for (TrueTime t{}; t.since_zero < length; t += Path::slot) {
    const auto delay = path.delay(direction, t);
    const double seconds = delay ? to_seconds(*delay) : 0;
    std::fwrite(&seconds, sizeof seconds, 1, file.get());
  }
  if (std::fflush(file.get()) != 0) return system_failure("write " + name);
  return {};
}

Result<void> write_crystal(const std::string& name, Oscillator crystal, Nanos length) {
  const File file = NTP_TRY(open(name));
  for (TrueTime t{}; t.since_zero <= length; t += 1s) {
    fmt::print(file.get(), "{:.15e}\n", crystal.rate_at(t).fraction);
  }
  return {};
}

}  // namespace

Result<void> export_world(const Scenario& scenario, std::uint64_t seed, const std::string& folder) {
  NTP_TRY(write_crystal(folder + "/crystal", crystal_of(scenario, seed), scenario.length));
  std::string offsets, drifts;
  std::uint64_t number = 0;
  for (const ServerShape& server : scenario.servers) {
    const std::string place = std::to_string(++number);
    const Path path = path_of(server, seed, number);
    NTP_TRY(write_way(folder + "/up." + place, path, Direction::up, scenario.length));
    NTP_TRY(write_way(folder + "/down." + place, path, Direction::down, scenario.length));
    offsets += fmt::format("{} ", to_seconds(server.offset));
    drifts += fmt::format("{} ", server.drift.fraction);
  }
  const File world = NTP_TRY(open(folder + "/world"));
  fmt::print(world.get(), "length={:.0f}\nwarm={:.0f}\nservers={}\n", to_seconds(scenario.length),
             to_seconds(scenario.warm), scenario.servers.size());
  fmt::print(world.get(), "minpoll={}\nmaxpoll={}\nwrong={}\n", scenario.poll.least_log2,
             scenario.poll.most_log2, to_seconds(scenario.wrong));
  fmt::print(world.get(), "offsets=\"{}\"\ndrifts=\"{}\"\n", offsets, drifts);
  fmt::print(world.get(), "makestep={}\n",
             scenario.policy.makestep ? to_seconds(scenario.policy.makestep->threshold) : 0.0);
  fmt::print(world.get(), "driftfile={}\n", scenario.drift_file ? scenario.drift_file->ppm() : 0.0);
  return {};
}

}  // namespace ntp::sim
