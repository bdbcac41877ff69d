// The ring's words: seqlock stores on the writer's side, three ordered preads on the
// reader's.
//
// Why pread and not a mapping: a reader that maps must allow mmap and munmap in its filter
// for every new ring, and can be sent SIGBUS by memory that is not what it claimed. A pread
// is already the one private copy that the judge needs, and costs 0.3 us a record. The three
// reads (lock, words, lock) are ordered by the fences; within one read the kernel may copy in
// any order, which the second look at the lock covers.
#include "common/board/board.h"

#include <unistd.h>

#include <cstring>

#include "common/base/ensure.h"
#include "common/board/records.h"

namespace ntp::detail {

namespace {

enum HeaderWord : std::size_t { magic_at, version_at, words_at, session_at, published_at };

constexpr int most_tries = 64;

SharedWord* words_of(WritableOctets ring) { return reinterpret_cast<SharedWord*>(ring.data()); }

constexpr std::size_t slot_at(std::uint64_t number, std::size_t words) {
  return ring_header_words + ((number - 1) & (ring_slots - 1)) * (words + 1);
}

bool read_words(const Fd& fd, std::size_t at, std::span<std::uint64_t> into) {
  const auto size = into.size_bytes();
  return pread(fd.number(), into.data(), size, static_cast<off_t>(8 * at)) ==
         static_cast<ssize_t>(size);
}

bool read_word(const Fd& fd, std::size_t at, std::uint64_t& into) {
  return read_words(fd, at, {&into, 1});
}

}  // namespace

Result<Segment> create_ring(std::uint64_t magic, std::size_t words, std::uint64_t session) {
  auto segment = NTP_TRY(Segment::create("meridian", ring_size(words)));
  SharedWord* const header = words_of(segment.octets());
  header[magic_at] = magic;
  header[version_at] = board_version;
  header[words_at] = words;
  header[session_at] = session;
  return segment;
}

void publish(WritableOctets ring, std::span<const std::uint64_t> record) {
  SharedWord* const header = words_of(ring);
  const std::uint64_t number = header[published_at].load(std::memory_order_relaxed) + 1;
  SharedWord* const slot = header + slot_at(number, record.size());
  slot[0].store(2 * number - 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (std::size_t i = 0; i < record.size(); ++i) {
    slot[1 + i].store(record[i], std::memory_order_relaxed);
  }
  slot[0].store(2 * number, std::memory_order_release);
  header[published_at].store(number, std::memory_order_release);
}

Result<std::uint64_t> vet_ring(const Fd& fd, std::uint64_t magic, std::size_t words) {
  NTP_TRY(vet_segment(fd, ring_size(words)));
  std::uint64_t header[ring_header_words];
  if (!read_words(fd, 0, header)) return failure("the ring cannot be read");
  if (header[magic_at] != magic) return failure("the ring holds another kind of record");
  if (header[version_at] != board_version || header[words_at] != words) {
    return failure("the ring has another version; restart the older program");
  }
  return header[session_at];
}

std::uint64_t published(const Fd& fd) {
  std::uint64_t number = 0;
  return read_word(fd, published_at, number) ? number : 0;
}

bool copy_record(const Fd& fd, std::uint64_t number, std::span<std::uint64_t> record) {
  if (number == 0) return false;
  const std::size_t slot = slot_at(number, record.size());
  for (int i = 0; i < most_tries; ++i) {
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    if (!read_word(fd, slot, before)) return false;
    if (before != 2 * number) return false;  // gone, or never finished
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!read_words(fd, slot + 1, record)) return false;
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!read_word(fd, slot, after)) return false;
    if (before == after) return true;
  }
  return false;
}

}  // namespace ntp::detail
