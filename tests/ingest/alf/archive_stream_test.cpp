#include "ingest/alf/archive_stream.hpp"

#include "include/trialbase/error.hpp"
#include "tests/ingest/alf/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace tb::alf {
namespace {

using ::testing::HasSubstr;

/// Bytes of all entries, until the end or the damage.
std::size_t read_all(ArchiveStream& stream) {
    std::size_t bytes = 0;
    while (stream.next()) {
        stream.read([&](std::span<const std::byte> block) {
            bytes += block.size();
            return true;
        });
    }
    return bytes;
}

TEST(ArchiveStream, StopsWhereItUnpacksToManyTimesItsSize) {
    const testing::TemporaryFolder folder;
    constexpr std::size_t size = 8'000'000;
    for (const char* filter : {"gzip", "xz", "zstd", "bzip2"}) {
        folder.write("bomb.tar", testing::tar_bytes({{"zeros", std::string(size, '\0')}}, filter));
        ArchiveStream bounded(folder.path() / "bomb.tar", {1 << 20, 300});
        EXPECT_LT(read_all(bounded), size) << filter;
        EXPECT_EQ(bounded.damage(), "unpacks to more than 300 times its size at entry zeros");
        // So little is harmless whatever it was packed to.
        ArchiveStream small(folder.path() / "bomb.tar");
        EXPECT_EQ(read_all(small), size) << filter;
        EXPECT_EQ(small.damage(), "");
    }
    // What hardly packs is no bomb, however large.
    std::string noise(4 << 20, '\0');
    std::uint32_t state = 1;
    for (auto& one : noise) one = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    folder.write("plain.tar", testing::tar_bytes({{"noise", noise}}, "gzip"));
    ArchiveStream plain(folder.path() / "plain.tar", {1 << 20, 300});
    EXPECT_EQ(read_all(plain), noise.size());
    EXPECT_EQ(plain.damage(), "");
}

TEST(ArchiveStream, DoesNotWaitForAPipe) {
    const testing::TemporaryFolder folder;
    const auto pipe = folder.path() / "a.tar";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    try {
        const ArchiveStream stream(pipe);
        FAIL() << "opened a pipe";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::io);
        EXPECT_THAT(error.what(), HasSubstr("not a regular file"));
    }
}

}  // namespace
}  // namespace tb::alf
