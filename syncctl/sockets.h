// The real transport: Unix datagram sockets and UDP, tried in the order given. Our own end of a
// Unix conversation needs a path; it is removed when the conversation ends, and on a signal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/fd.h"
#include "syncctl/client.h"

namespace ntp::syncctl {

struct Place {
  std::string path{};  // a Unix socket, when not empty
  Endpoint endpoint{};
};

class Sockets final : public Transport {
 public:
  explicit Sockets(std::vector<Place> places) : places_{std::move(places)} {}
  ~Sockets() override { close(); }
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  [[nodiscard]] bool open_next() override;
  [[nodiscard]] bool send(Octets octets) override;
  [[nodiscard]] std::expected<Octets, Silence> receive(WritableOctets buffer,
                                                       Nanos patience) override;

 private:
  bool open(const Place& place);
  bool open_unix(const std::string& path);
  bool open_udp(const Endpoint& endpoint);
  void close();

  std::vector<Place> places_;
  std::size_t next_ = 0;
  Fd socket_;
};

}  // namespace ntp::syncctl
