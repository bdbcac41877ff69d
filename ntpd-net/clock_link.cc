// See clock_link.h.
#include "ntpd-net/clock_link.h"

#include "common/base/log.h"

namespace ntp {
namespace {

constexpr Nanos retry_interval = 5s;

}  // namespace

Result<ClockLink> ClockLink::create(std::uint64_t session, std::string socket_path) {
  ClockLink link{NTP_TRY(EstimateWriter::create(session)), session, std::move(socket_path)};
  if (!link.path_.empty()) link.retry_.arm({});
  return link;
}

Result<ClockSocket> ClockLink::connect() {
  ClockSocket socket = NTP_TRY(ClockSocket::connect(path_));
  NTP_TRY(socket.offer(ring_.fd(), session_));
  Fd page = NTP_TRY(socket.observe());
  auto reader = StatusReader::adopt(std::move(page));
  if (reader) status_.emplace(*std::move(reader));
  return socket;
}

bool ClockLink::keep_connected(MonotonicTime now) {
  if (socket_ || !retry_.is_due(now)) return false;
  auto socket = connect();
  if (!socket) {
    if (!complained_) log_warning("clockd: {} (trying again)", socket.error().message);
    complained_ = true;
    retry_.arm(now + retry_interval);
    return false;
  }
  socket_.emplace(*std::move(socket));
  retry_.disarm();
  complained_ = false;
  log_info("Connected to clockd");
  return true;
}

void ClockLink::disconnect(MonotonicTime now) {
  if (!socket_) return;
  log_warning("clockd has gone");
  complained_ = true;
  socket_.reset();
  status_.reset();
  retry_.arm(now + retry_interval);
}

void ClockLink::publish(EstimateRecord record, MonotonicTime now) {
  record.session = session_;
  record.sequence = ++sequence_;
  ring_.publish(record);
  if (socket_ && !socket_->ring_bell()) disconnect(now);
}

std::optional<StatusRecord> ClockLink::status() const {
  return status_ ? status_->latest() : std::nullopt;
}

}  // namespace ntp
