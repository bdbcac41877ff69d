// A daemon of golden structs on the other end of the transport: it parses requests and writes
// replies with the daemon's half of common/control, so every command crosses the whole protocol.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "syncctl/commands.h"

namespace ntp::syncctl {

class FakeDaemon final : public Transport {
 public:
  using Answerer = std::function<Octets(const control::Request&, WritableOctets)>;

  bool is_unix = true;
  int losses = 0;              // requests that get no answer
  int strangers = 0;           // replies to someone else before ours
  int addresses = 1;           // that can be opened
  std::vector<Nanos> waits{};  // what the client was ready to wait
  std::vector<control::Request> asked{};
  Answerer answer = [](const control::Request& request, WritableOctets out) {
    return control::write_status(request, control::Status::success, out);
  };

  bool open_next() override { return --addresses > 0; }

  bool send(Octets octets) override {
    const auto request = control::parse_request(octets, {.is_unix = is_unix});
    pending_.clear();
    if (losses-- > 0) return true;
    if (!request) {
      deliver(control::write_refusal(request.error(), buffer_));
      return true;
    }
    asked.push_back(*request);
    control::Request other = *request;
    ++other.sequence;
    for (int i = 0; i < strangers; ++i) {
      deliver(control::write_status(other, control::Status::failed, buffer_));
    }
    deliver(answer(*request, buffer_));
    return true;
  }

  std::expected<Octets, Silence> receive(WritableOctets out, Nanos patience) override {
    waits.push_back(patience);
    if (pending_.empty()) return std::unexpected{Silence::timeout};
    const std::vector<std::byte> octets = pending_.front();
    pending_.pop_front();
    std::ranges::copy(octets, out.begin());
    return Octets{out}.first(octets.size());
  }

  // Answers one command with one body, everything else with success.
  template <typename Body>
  void say(control::Command command, const Body& body) {
    answer = [before = std::move(answer), command, body](const control::Request& request,
                                                         WritableOctets out) {
      return request.command == command ? control::write_reply(request, body, out)
                                        : before(request, out);
    };
  }
  void refuse(control::Command command, control::Status status) {
    answer = [before = std::move(answer), command, status](const control::Request& request,
                                                           WritableOctets out) {
      return request.command == command ? control::write_status(request, status, out)
                                        : before(request, out);
    };
  }

 private:
  void deliver(Octets octets) {
    if (!octets.empty()) pending_.push_back({octets.begin(), octets.end()});
  }

  std::array<std::byte, control::longest_request> buffer_{};
  std::deque<std::vector<std::byte>> pending_{};
};

struct Captured final : Output {
  std::string out{};
  std::string err{};
  void print(std::string_view text) override { out += text; }
  void complain(std::string_view line) override { err.append(line).append("\n"); }
};

// A session without names and without a clockd.
struct Desk {
  FakeDaemon daemon{};
  Captured said{};
  Client client{daemon, {}};
  Session session{client, said, {.resolve = false, .may_ask_clockd = false}};

  bool run(std::string_view line) {
    said.out.clear();
    said.err.clear();
    daemon.asked.clear();
    return run_line(session, line);
  }
};

}  // namespace ntp::syncctl
