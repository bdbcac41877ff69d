// One value in shared memory that one process writes and others read: a seqlock over words.
// A reader copies once, in bounded tries, and judges only its copy; a writer that dies in
// mid-write costs the readers nothing but the last value. Maps no memory.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace ntp {

template <std::size_t size>
class Page {
 public:
  using Words = std::array<std::uint64_t, size>;

  // REQUIRES: one writer.
  void write(const Words& words) {
    const std::uint64_t sequence = sequence_.load(std::memory_order_relaxed) | 1;
    sequence_.store(sequence, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    for (std::size_t i = 0; i < size; ++i) words_[i].store(words[i], std::memory_order_relaxed);
    sequence_.store(sequence + 1, std::memory_order_release);
  }

  // nullopt when nothing was written yet, or a writer was in the way in every try.
  [[nodiscard]] std::optional<Words> read() const {
    for (int tries = 0; tries < 64; ++tries) {
      const std::uint64_t before = sequence_.load(std::memory_order_acquire);
      if (before == 0) return std::nullopt;
      if (before % 2 != 0) continue;
      Words words;
      for (std::size_t i = 0; i < size; ++i) words[i] = words_[i].load(std::memory_order_relaxed);
      std::atomic_thread_fence(std::memory_order_acquire);
      if (sequence_.load(std::memory_order_relaxed) == before) return words;
    }
    return std::nullopt;
  }

  // Moves with every write: equal means nothing was written since.
  [[nodiscard]] std::uint64_t sequence() const { return sequence_.load(std::memory_order_acquire); }

 private:
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
  std::atomic<std::uint64_t> sequence_{0};
  std::array<std::atomic<std::uint64_t>, size> words_{};
};

}  // namespace ntp
