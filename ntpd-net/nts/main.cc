// ntpd-net-nts: the nts role, a program of its own, so that no other process of the suite has a
// TLS library in its memory. Started by ntpd-net's supervisor with all that it needs; by anybody
// else it is told so.
#include <cstdio>
#include <exception>

#include "common/base/log.h"
#include "common/conf/grammar.h"
#include "ntpd-net/nts/nts_role.h"
#include "ntpd-net/role_start.h"
#include "ntpd-net/roles.h"

namespace {

using namespace ntp;

// The settings that the role obeys come as the client role's do.
Result<void> work(std::vector<std::string> inheritance) {
  const Inheritance given = NTP_TRY(Inheritance::parse(std::move(inheritance)));
  begin_role(given);
  const std::string text = NTP_TRY(read_whole(given.take("configuration")));
  const Settings settings = NTP_TRY(parse_handover(text)).settings;
  NtsRole role{.channel = given.take("nts"),
               .lifeline = given.take("lifeline"),
               .listeners = given.take_all("listener"),
               .served = given.take("served"),
               .cookie_keys = given.take("cookie_keys"),
               .report = given.take("report"),
               .ratelimit = settings.server.ntsratelimit,
               .settings = settings.nts,
               .ntp_port = settings.server.port,
               .from_ipv4 = settings.acquisition_ipv4,
               .from_ipv6 = settings.acquisition_ipv6,
               .confined = given.is("filter")};
  const std::vector<Fd> certificates = given.take_all("certificate"), keys = given.take_all("key");
  for (std::size_t i = 0; i < certificates.size() && i < keys.size(); ++i)
    role.identities.push_back(
        {.certificate = NTP_TRY(read_whole(certificates[i])), .key = NTP_TRY(read_whole(keys[i]))});
  return run_nts(std::move(role));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argv[1] != role_option) {
    std::fputs("ntpd-net-nts: started by ntpd-net(8), not by hand\n", stderr);
    return 2;
  }
  try {
    const auto worked = work(std::vector<std::string>(argv + 3, argv + argc));
    if (worked) return 0;
    log_error("{}", worked.error().message);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ntpd-net-nts: %s\n", error.what());
  }
  return 1;
}
