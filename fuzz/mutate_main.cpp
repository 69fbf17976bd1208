// Runs a fuzzer's input function without libFuzzer: every seed as it is, then a fixed number of
// seeded mutations, so that any sanitized build exercises the readers of outside bytes.
// Coverage-guided runs: preset `fuzz`. Usage: fuzz_X RUNS SEED_FOLDER LAST_INPUT   (the input that
// is being tried is in LAST_INPUT when the program dies)
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t longest_input = 65536;

std::vector<Bytes> read_seeds(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<Bytes> seeds{{}};
    for (const auto& file : files) {
        std::ifstream in(file, std::ios::binary);
        seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return seeds;
}

class Mutator {
  public:
    explicit Mutator(std::vector<Bytes> seeds) : seeds_(std::move(seeds)) {}

    Bytes next() {
        Bytes input = seeds_[below(seeds_.size())];
        for (auto n = 1 + below(6); n > 0; --n) mutate(input);
        if (input.size() > longest_input) input.resize(longest_input);
        return input;
    }

  private:
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

    void mutate(Bytes& input) {
        static constexpr std::array<std::uint8_t, 12> telling{0,   1,   0x7f, 0x80, 0xff, '"',
                                                              '0', '-', '\n', '{',  '/',  'e'};
        const auto at = below(input.size() + 1);
        const auto where = input.begin() + static_cast<std::ptrdiff_t>(at);
        const auto rest = below(std::min<std::size_t>(input.size() - at, 64) + 1);
        switch (below(7)) {
            case 0:
                if (at < input.size()) input[at] ^= static_cast<std::uint8_t>(1U << below(8));
                break;
            case 1:
                if (at < input.size()) input[at] = telling[below(telling.size())];
                break;
            case 2:
                input.insert(where, telling[below(telling.size())]);
                break;
            case 3:
                input.erase(where, where + static_cast<std::ptrdiff_t>(rest));
                break;
            case 4:
                input.resize(at);
                break;
            case 5: {
                const Bytes part(where, where + static_cast<std::ptrdiff_t>(rest));
                input.insert(where, part.begin(), part.end());
                break;
            }
            default: {
                const Bytes& other = seeds_[below(seeds_.size())];
                const auto from = below(other.size() + 1);
                input.resize(at);
                input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(from),
                             other.end());
            }
        }
    }

    std::vector<Bytes> seeds_;
    std::mt19937_64 random_{20260901};
};

/// Keeps the input that is being tried in a file: written in place, since ext4 flushes a file that
/// is emptied and filled again.
class LastInput {
  public:
    explicit LastInput(const char* file)
        : file_(file), descriptor_(::open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) {
        if (descriptor_ < 0) {
            std::perror(file);
            std::exit(2);
        }
    }
    ~LastInput() {
        ::close(descriptor_);
        ::unlink(file_);
    }
    LastInput(const LastInput&) = delete;
    LastInput& operator=(const LastInput&) = delete;

    void keep(const Bytes& input) const {
        if (::pwrite(descriptor_, input.data(), input.size(), 0) < 0 ||
            ::ftruncate(descriptor_, static_cast<off_t>(input.size())) != 0)
            std::perror(file_);
    }

  private:
    const char* file_;
    int descriptor_;
};

void try_input(const Bytes& input, const LastInput& last) {
    last.keep(input);
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: %s RUNS SEED_FOLDER LAST_INPUT\n", argv[0]);
        return 2;
    }
    const long runs = std::atol(argv[1]);
    const auto seeds = read_seeds(argv[2]);
    const LastInput last(argv[3]);
    for (const auto& seed : seeds) try_input(seed, last);
    Mutator mutator(seeds);
    for (long i = 0; i < runs; ++i) try_input(mutator.next(), last);
    std::printf("%zu seeds, %ld mutations\n", seeds.size(), runs);
    return 0;
}
