// The connection stays open for one purpose: its end says that clockd has gone and that the page
// is a dead one's last word.
#include "rtcd/status_page.h"

#include <poll.h>
#include <unistd.h>

#include <array>

#include "common/base/fd_message.h"
#include "common/board/clock_socket.h"
#include "common/board/seqpacket.h"
#include "common/board/status_board.h"

namespace ntp::rtcd {
namespace {

constexpr timespec no_time{};
constexpr timespec patience{.tv_sec = 1, .tv_nsec = 0};

bool is_readable(const Fd& fd, const timespec& limit) {
  pollfd one{.fd = fd.number(), .events = POLLIN, .revents = 0};
  return ::ppoll(&one, 1, &limit, nullptr) == 1;
}

// The descriptor of clockd's answer, if it is one.
Fd receive_descriptor(const Fd& socket) {
  std::array<std::byte, clock_message_size + 1> octets{};
  Fd page;
  const FdMessage message = receive_with_fds(socket, octets, {&page, 1});
  if (message.size < 0) return {};
  const auto reply = decode_reply(Octets{octets}.first(static_cast<std::size_t>(message.size)));
  return reply && reply->answer == ClockAnswer::done ? std::move(page) : Fd{};
}

// The first three words of a ring say what it holds (common/board/board.h).
bool is_status_page(const Fd& page) {
  std::uint64_t words[3] = {};
  if (::pread(page.number(), words, sizeof words, 0) != sizeof words) return false;
  return words[0] == Layout<StatusRecord>::magic && words[1] == board_version &&
         words[2] == Layout<StatusRecord>::words;
}

}  // namespace

void StatusPage::find() {
  page_.reset();
  socket_.reset();
  auto connected = connect_seqpacket(path_, Blocking::no);
  if (!connected) return;
  socket_ = std::move(*connected);
  const ClockMessage request = encode(ClockRequest{.operation = ClockOperation::observe});
  if (::write(socket_.number(), request.data(), request.size()) != ssize_t{request.size()}) return;
  if (is_readable(socket_, patience)) page_ = receive_descriptor(socket_);
  if (page_.is_open() && !is_status_page(page_)) page_.reset();
}

std::optional<StatusRecord> StatusPage::latest() {
  // clockd says nothing unasked: readable means that it has closed.
  if (!page_.is_open() || is_readable(socket_, no_time)) find();
  if (!page_.is_open()) return std::nullopt;
  Words<Layout<StatusRecord>::words> words;
  if (!detail::copy_record(page_, detail::published(page_), words)) return std::nullopt;
  return Layout<StatusRecord>::decode(words);
}

bool is_trustworthy(const std::optional<StatusRecord>& status, RawTime now) {
  constexpr Nanos stale = 10min;
  if (!status || status->state != ClockState::synchronised || status->dry_run) return false;
  if (status->read_at > now || now - status->read_at > stale) return false;
  return status->bound <= most_error;
}

}  // namespace ntp::rtcd
