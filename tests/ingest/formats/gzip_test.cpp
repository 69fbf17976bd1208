#include "ingest/formats/gzip.hpp"

#include "ingest/formats/bytes.hpp"
#include "trialbase/error.hpp"

#include <array>

#include <gtest/gtest.h>

namespace tb::formats {
namespace {

// printf 'hello\n' | gzip -n
constexpr std::array<unsigned char, 26> hello = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd,
    0xc9, 0xc9, 0xe7, 0x02, 0x00, 0x20, 0x30, 0x3a, 0x36, 0x06, 0x00, 0x00, 0x00};

std::string hello_text() {
    return {reinterpret_cast<const char*>(hello.data()), hello.size()};
}

std::string unpacked(const std::string& bytes, std::size_t largest_size = 1000) {
    return gunzipped(as_bytes(bytes), "some.gz", largest_size);
}

TEST(Gunzipped, IsWhatWasPacked) {
    EXPECT_TRUE(is_gzip(as_bytes(hello_text())));
    EXPECT_FALSE(is_gzip(as_bytes("{}")));
    EXPECT_EQ(unpacked(hello_text()), "hello\n");
    EXPECT_EQ(unpacked(hello_text() + hello_text()), "hello\nhello\n") << "two members";
}

TEST(Gunzipped, RefusesCutDamagedAndLongerStreams) {
    for (std::size_t n = 0; n < hello.size(); ++n)
        EXPECT_THROW((void)unpacked(hello_text().substr(0, n)), Error) << n;
    std::string damaged = hello_text();
    damaged[18] ^= 1;
    EXPECT_THROW((void)unpacked(damaged), Error) << "checksum";
    EXPECT_THROW((void)unpacked(hello_text() + "more"), Error);
    EXPECT_THROW((void)unpacked("no gzip at all"), Error);
    EXPECT_THROW((void)unpacked(hello_text(), 5), Error) << "more than allowed";
    EXPECT_EQ(unpacked(hello_text(), 6), "hello\n");
}

}  // namespace
}  // namespace tb::formats
