// The ring between programs that do not trust each other: what a reader gets, and what a
// hostile writer or a wrong descriptor cannot do to it.
#include "common/board/board.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "common/board/estimate_board.h"
#include "common/board/status_board.h"

namespace ntp {
namespace {

Fd duplicate(const Fd& fd) { return Fd{dup(fd.number())}; }

EstimateRecord sample_record(std::uint64_t sequence) {
  return {.session = 77,
          .sequence = sequence,
          .published = {Nanos{1000 + sequence}},
          .line = {.anchor = {Nanos{-5}},
                   .utc = {1'800'000'000s},
                   .rate = rate_from_e15(-37'123'456'789),
                   .bound = 1ms,
                   .bound_growth = rate_from_e15(1'000'000'000),
                   .deviation = 7us},
          .sample_interval = 64s,
          .time_scale = 384s,
          .tracking_deviation = 3us,
          .root_distance = 2ms,
          .leap = Leap::remove,
          .stratum = 3,
          .sources = 4};
}

bool is_same(const EstimateRecord& a, const EstimateRecord& b) {
  return Layout<EstimateRecord>::encode(a) == Layout<EstimateRecord>::encode(b);
}

TEST(Board, ARecordArrivesAsItWasPublished) {
  auto writer = EstimateWriter::create(77);
  ASSERT_TRUE(writer) << writer.error().message;
  auto reader = EstimateReader::adopt(duplicate(writer->fd()));
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->session(), 77u);
  EXPECT_FALSE(reader->latest());
  EXPECT_FALSE(reader->has_news());
  for (std::uint64_t i = 1; i <= 20; ++i) {
    writer->publish(sample_record(i));
    EXPECT_TRUE(reader->has_news());
    const auto latest = reader->latest();
    ASSERT_TRUE(latest);
    EXPECT_TRUE(is_same(*latest, sample_record(i)));
    EXPECT_EQ(latest->line.rate.fraction, sample_record(i).line.rate.fraction);
    reader->skip_to_newest();
    EXPECT_FALSE(reader->has_news());
  }
}

TEST(Board, RecordsComeInOrderAndAnOverrunLosesTheOldestOnly) {
  auto writer = EstimateWriter::create(1);
  auto reader = EstimateReader::adopt(duplicate(writer->fd()));
  ASSERT_TRUE(reader);
  for (std::uint64_t i = 1; i <= 3; ++i) writer->publish(sample_record(i));
  for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(reader->next()->sequence, i);
  EXPECT_FALSE(reader->next());
  for (std::uint64_t i = 4; i <= 30; ++i) writer->publish(sample_record(i));
  std::uint64_t last = 3;
  int count = 0;
  while (reader->has_news()) {
    const auto record = reader->next();
    ASSERT_TRUE(record);
    EXPECT_GT(record->sequence, last);
    last = record->sequence;
    ++count;
  }
  EXPECT_EQ(last, 30u);
  EXPECT_EQ(count, 7);
}

TEST(Board, AnotherKindOfRecordIsRefused) {
  auto writer = EstimateWriter::create(1);
  EXPECT_FALSE(StatusReader::adopt(duplicate(writer->fd())));
}

TEST(Board, OnlyFullySealedMemoryOfTheRightSizeIsAdopted) {
  const std::size_t size = ring_size(Layout<EstimateRecord>::words);
  const Fd unsealed{memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  ASSERT_EQ(ftruncate(unsealed.number(), static_cast<off_t>(size)), 0);
  EXPECT_FALSE(vet_segment(unsealed, size));
  ASSERT_EQ(fcntl(unsealed.number(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
  EXPECT_FALSE(vet_segment(unsealed, size));  // could still be punched
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_FALSE(vet_segment(Fd{ends[0]}, size));
  EXPECT_FALSE(vet_segment(Fd{ends[1]}, size));
  EXPECT_FALSE(vet_segment(Fd{open("/dev/zero", O_RDONLY)}, size));
  EXPECT_FALSE(vet_segment(Fd{open("/proc/self/exe", O_RDONLY)}, size));
  EXPECT_FALSE(vet_segment(Fd{}, size));
  for (const std::size_t wrong : {std::size_t{1}, size - 1, 2 * size}) {
    auto segment = Segment::create("x", wrong);
    ASSERT_TRUE(segment);
    EXPECT_EQ(bool{vet_segment(segment->fd(), size)}, segment->octets().size() == size) << wrong;
  }
}

TEST(Board, NobodyElseCanWriteResizeOrPunchASegment) {
  auto segment = Segment::create("x", 4096);
  ASSERT_TRUE(segment);
  const int fd = segment->fd().number();
  EXPECT_NE(ftruncate(fd, 0), 0);
  EXPECT_NE(ftruncate(fd, 8192), 0);
  EXPECT_NE(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), 0);
  EXPECT_NE(pwrite(fd, "x", 1, 0), 1);
  EXPECT_EQ(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
  struct stat found {};
  ASSERT_EQ(fstat(fd, &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0400u);
  segment->octets()[7] = std::byte{42};
  auto view = View::adopt(duplicate(segment->fd()), 4096);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->octets()[7], std::byte{42});
}

TEST(Board, ALyingHeaderOrAnUnfinishedSlotGivesNothingAndNeverHangs) {
  auto writer = EstimateWriter::create(1);
  auto other = Segment::create("x", ring_size(16));
  ASSERT_TRUE(writer && other);
  writer->publish(sample_record(1));
  // A ring of our own making, with any words.
  auto* const words = reinterpret_cast<std::uint64_t*>(other->octets().data());
  words[0] = Layout<EstimateRecord>::magic;
  words[1] = board_version;
  words[2] = 16;
  auto reader = EstimateReader::adopt(duplicate(other->fd()));
  ASSERT_TRUE(reader);
  for (const std::uint64_t lie :
       {UINT64_C(1), UINT64_C(5), UINT64_MAX, UINT64_C(1) << 63, UINT64_C(0)}) {
    words[4] = lie;
    for (const std::uint64_t lock : {UINT64_C(1), UINT64_C(2), 2 * lie, 2 * lie - 1, UINT64_MAX}) {
      for (std::size_t slot = 0; slot < ring_slots; ++slot) words[8 + slot * 17] = lock;
      EXPECT_FALSE(reader->latest());  // the words themselves are no record
      for (int i = 0; i < 20; ++i) EXPECT_FALSE(reader->next());
    }
  }
}

TEST(Board, TornRecordsAreNeverTakenUnderAFullSpeedWriter) {
  auto writer = EstimateWriter::create(1);
  ASSERT_TRUE(writer);
  auto reader = EstimateReader::adopt(duplicate(writer->fd()));
  ASSERT_TRUE(reader);
  std::atomic<bool> stop{false};
  std::thread feeder{[&] {
    for (std::uint64_t i = 1; !stop; ++i) {
      EstimateRecord record = sample_record(i);
      record.published = {Nanos{static_cast<std::int64_t>(i)}};
      record.root_distance = Nanos{static_cast<std::int64_t>(i)};
      writer->publish(record);
    }
  }};
  int taken = 0;
  // On a busy machine the writer leaves few moments in which eight slots are not written.
  for (int i = 0; i < 100'000 || (taken <= 1000 && i < 100'000'000); ++i) {
    const auto record = reader->latest();
    if (!record) continue;
    ++taken;
    ASSERT_EQ(static_cast<std::uint64_t>(record->published.since_zero.count()), record->sequence);
    ASSERT_EQ(static_cast<std::uint64_t>(record->root_distance.count()), record->sequence);
  }
  stop = true;
  feeder.join();
  EXPECT_GT(taken, 1000);
}

TEST(Board, AWriterKilledAtAnyInstantCostsAtMostOneRecord) {
  for (int round = 0; round < 20; ++round) {
    auto writer = EstimateWriter::create(1);
    ASSERT_TRUE(writer);
    const pid_t child = fork();
    if (child == 0) {
      for (std::uint64_t i = 1;; ++i) writer->publish(sample_record(i));
    }
    auto reader = EstimateReader::adopt(duplicate(writer->fd()));
    ASSERT_TRUE(reader);
    while (!reader->has_news()) usleep(100);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const auto latest = reader->latest();
    ASSERT_TRUE(latest);  // `published` moves only after the slot is whole
    EXPECT_TRUE(is_same(*latest, sample_record(latest->sequence)));
  }
}

}  // namespace
}  // namespace ntp
