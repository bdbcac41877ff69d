// One writer, any number of readers who do not trust it, in one sealed segment: a ring of
// eight slots, each a seqlock over plain 64-bit words. A writer killed in mid-slot costs one
// record and never a wait. Readers copy a record ONCE into private memory (pread, no mapping)
// and judge only the copy: the seqlock is for honest tearing, safety comes from the copy.
//
// Layout in 64-bit little-endian words (sync-board(7)):
//   0 magic of the record kind   1 board version   2 words a record   3 session
//   4 records published so far   5..7 zero   8.. slots, each: lock, then the words
// Record n (from 1) lies in slot (n-1) & 7; its lock is 2n-1 while it is written, 2n after.
// What a record means is Layout<Record>, in estimate_board.h, status_board.h and the like.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/board/segment.h"

namespace ntp {

template <std::size_t N>
using Words = std::array<std::uint64_t, N>;

// Specialised for every record kind:
//   static constexpr std::uint64_t magic;
//   static constexpr std::size_t words;
//   static Words<words> encode(const Record&);
//   static std::optional<Record> decode(const Words<words>&);   nullopt: not such a record
template <typename Record>
struct Layout;

inline constexpr std::size_t ring_slots = 8;
inline constexpr std::size_t ring_header_words = 8;

// Bytes of a ring whose records have `words` words, in whole pages.
[[nodiscard]] constexpr std::size_t ring_size(std::size_t words) {
  const std::size_t bytes = 8 * (ring_header_words + ring_slots * (words + 1));
  return (bytes + 4095) / 4096 * 4096;
}

namespace detail {
using SharedWord = std::atomic<std::uint64_t>;
static_assert(SharedWord::is_always_lock_free && sizeof(SharedWord) == 8);

[[nodiscard]] Result<Segment> create_ring(std::uint64_t magic, std::size_t words,
                                          std::uint64_t session);
void publish(WritableOctets ring, std::span<const std::uint64_t> record);
// Vets seals, size, magic, version and word count; the session.
[[nodiscard]] Result<std::uint64_t> vet_ring(const Fd& fd, std::uint64_t magic, std::size_t words);
// Records published so far, as the writer claims.
[[nodiscard]] std::uint64_t published(const Fd& fd);
// Copies record `number`; false if it is gone, unfinished or torn.
[[nodiscard]] bool copy_record(const Fd& fd, std::uint64_t number, std::span<std::uint64_t> record);
}  // namespace detail

template <typename Record>
class RingWriter {
 public:
  // `session`: random, new for every ring.
  [[nodiscard]] static Result<RingWriter> create(std::uint64_t session) {
    return RingWriter{
        NTP_TRY(detail::create_ring(Layout<Record>::magic, Layout<Record>::words, session))};
  }
  void publish(const Record& record) {
    detail::publish(segment_.octets(), Layout<Record>::encode(record));
  }
  // To hand over; stays ours.
  [[nodiscard]] const Fd& fd() const { return segment_.fd(); }

 private:
  explicit RingWriter(Segment segment) : segment_{std::move(segment)} {}
  Segment segment_;
};

template <typename Record>
class RingReader {
 public:
  [[nodiscard]] static Result<RingReader> adopt(Fd fd) {
    const auto session =
        NTP_TRY(detail::vet_ring(fd, Layout<Record>::magic, Layout<Record>::words));
    return RingReader{std::move(fd), session};
  }
  // A ring of this very process, as simulated worlds have it: nothing to vet.
  [[nodiscard]] static RingReader trust(Fd fd, std::uint64_t session) {
    return RingReader{std::move(fd), session};
  }
  [[nodiscard]] std::uint64_t session() const { return session_; }

  // The newest record; nullopt if there is none, it is torn or it does not decode.
  [[nodiscard]] std::optional<Record> latest() const { return copy(detail::published(fd_)); }

  // True if something came since the last `next` or `skip_to_newest`.
  [[nodiscard]] bool has_news() const { return detail::published(fd_) != taken_; }

  // The next record in order, oldest first; those overwritten meanwhile are left out. nullopt
  // when there is no more, or the record is torn or does not decode (it is passed over: ask
  // has_news() whether more waits). At most eight calls in a row can succeed.
  [[nodiscard]] std::optional<Record> next() {
    const std::uint64_t newest = detail::published(fd_);
    if (newest == taken_) return std::nullopt;
    const std::uint64_t behind = newest - taken_;  // wraps if the writer lies: harmless
    taken_ = behind > ring_slots - 1 ? newest - (ring_slots - 2) : taken_ + 1;
    return copy(taken_);
  }
  void skip_to_newest() { taken_ = detail::published(fd_); }

 private:
  RingReader(Fd fd, std::uint64_t session) : fd_{std::move(fd)}, session_{session} {}

  [[nodiscard]] std::optional<Record> copy(std::uint64_t number) const {
    Words<Layout<Record>::words> words;
    if (!detail::copy_record(fd_, number, words)) return std::nullopt;
    return Layout<Record>::decode(words);
  }

  Fd fd_;
  std::uint64_t session_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace ntp
