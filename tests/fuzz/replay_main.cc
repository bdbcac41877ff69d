// Runs a fuzz target without a fuzzer: every file of its corpus, then a fixed number of
// changed copies of them, the same ones each time. Finds no new paths; libFuzzer does
// (cmake -DMERIDIAN_FUZZ=ON with clang). Usage: TARGET COUNT CORPUS...
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

std::vector<Input> read_corpus(int argc, char** argv) {
  std::vector<Input> corpus;
  for (int i = 2; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{argv[i]}) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file{entry.path(), std::ios::binary};
      corpus.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
    }
  }
  return corpus;
}

// One to eight changes: octets flipped, set, cut out, doubled, or the end cut off.
Input changed(Input input, const std::vector<Input>& corpus, std::mt19937& random) {
  for (unsigned changes = 1 + random() % 8; changes > 0; --changes) {
    if (input.empty()) input = corpus[random() % corpus.size()];
    if (input.empty()) return input;
    const auto at = static_cast<std::ptrdiff_t>(random() % input.size());
    switch (random() % 6) {
      case 0:
        input[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1u << random() % 8);
        break;
      case 1: input[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(random()); break;
      case 2: input.erase(input.begin() + at); break;
      case 3: input.insert(input.begin() + at, static_cast<std::uint8_t>(random())); break;
      case 4: input.resize(static_cast<std::size_t>(at)); break;
      case 5: {
        const Input& other = corpus[random() % corpus.size()];
        input.insert(input.begin() + at, other.begin(), other.end());
        break;
      }
    }
    if (input.size() > 4096) input.resize(4096);
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s COUNT CORPUS...\n", argv[0]);
    return 2;
  }
  const std::vector<Input> corpus = read_corpus(argc, argv);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: the corpus is empty\n", argv[0]);
    return 1;
  }
  for (const Input& input : corpus) LLVMFuzzerTestOneInput(input.data(), input.size());
  std::mt19937 random{1};
  const long count = std::atol(argv[1]);
  for (long i = 0; i < count; ++i) {
    const Input input = changed(corpus[random() % corpus.size()], corpus, random);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%zu files and %ld changed copies\n", corpus.size(), count);
}
