// bench-load: one load or one measurement of bias against one server, as a line of JSON.
// Exit 1 when an answer was wrong or none came.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "common/wire/key_file.h"
#include "tests/bench/server/load.h"

namespace {

int flood(const ntp::bench::Load& load) {
  const auto outcome = ntp::bench::run_load(load);
  if (!outcome) {
    std::fprintf(stderr, "bench-load: %s\n", outcome.error().message.c_str());
    return 1;
  }
  std::printf(
      "{\"sent\": %llu, \"answered\": %llu, \"lost\": %llu, \"wrong\": %llu, "
      "\"seconds\": %.6f, \"p50_us\": %.3f, \"p99_us\": %.3f, \"longest_us\": %.3f}\n",
      static_cast<unsigned long long>(outcome->sent),
      static_cast<unsigned long long>(outcome->answered),
      static_cast<unsigned long long>(outcome->lost),
      static_cast<unsigned long long>(outcome->wrong), ntp::to_seconds(outcome->took),
      ntp::to_seconds(outcome->p50) * 1e6, ntp::to_seconds(outcome->p99) * 1e6,
      ntp::to_seconds(outcome->longest_wait) * 1e6);
  return outcome->wrong == 0 && outcome->answered > 0 ? 0 : 1;
}

int bias(const ntp::Endpoint& to, int exchanges) {
  const auto measured = ntp::bench::measure_bias(to, exchanges);
  if (!measured) {
    std::fprintf(stderr, "bench-load: %s\n", measured.error().message.c_str());
    return 1;
  }
  std::printf("{\"exchanges\": %d, \"median_bias_us\": %.3f, \"median_hold_us\": %.3f}\n",
              measured->exchanges, ntp::to_seconds(measured->median) * 1e6,
              ntp::to_seconds(measured->median_hold) * 1e6);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  ntp::bench::Load load;
  std::string to = "127.0.0.1";
  double longest = 30, patience = 0.15;
  int exchanges = 0;
  std::string key;
  CLI::App app{"NTP load with every answer verified"};
  app.add_option("--to", to);
  app.add_option("--port", load.to.port);
  app.add_option("--count", load.count);
  app.add_option("--window", load.window);
  app.add_option("--clients", load.clients);
  app.add_option("--rate", load.rate, "requests a second; 0 = as fast as the window lets");
  app.add_flag("--interleaved", load.interleaved, "requests in interleaved mode");
  app.add_option("--longest", longest, "seconds");
  app.add_option("--patience", patience, "seconds without an answer until the rest is lost");
  app.add_option("--key", key, "a line of a key file, as chrony has them");
  app.add_option("--bias", exchanges, "measure the server's stamps in so many exchanges");
  CLI11_PARSE(app, argc, argv);
  const auto address = ntp::parse_address(to);
  if (!address) {
    std::fprintf(stderr, "bench-load: %s is no address\n", to.c_str());
    return 2;
  }
  load.to.address = *address;
  if (!key.empty()) {
    const auto file = ntp::parse_key_file(key, "--key");
    const ntp::Key* found = file.keys.find(1);
    if (found == nullptr) {
      std::fprintf(stderr, "bench-load: --key needs a line with key 1\n");
      return 2;
    }
    load.key = *found;
  }
  load.longest = ntp::to_nanos(longest);
  load.patience = ntp::to_nanos(patience);
  return exchanges > 0 ? bias(load.to, exchanges) : flood(load);
}
