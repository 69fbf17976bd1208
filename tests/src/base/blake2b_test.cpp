#include "src/base/blake2b.hpp"

#include "include/trialbase/error.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tb {
namespace {

// RFC 7693, appendix A.
constexpr const char* digest_of_abc =
    "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";

TEST(Blake2b, IsThatOfTheRfc) {
    EXPECT_EQ(blake2b_hex("abc"), digest_of_abc);
}

TEST(Blake2b, IsTheSameInPieces) {
    Blake2b digest;
    digest.add("a");
    digest.add("");
    digest.add("bc");
    EXPECT_EQ(digest.hex(), digest_of_abc);
}

TEST(Blake2b, ReadsFilesAndRefusesFolders) {
    const auto file =
        std::filesystem::temp_directory_path() / ("blake2b_test." + std::to_string(::getpid()));
    std::ofstream(file) << "abc";
    EXPECT_EQ(blake2b_of_file(file), digest_of_abc);
    std::filesystem::remove(file);
    EXPECT_THROW((void)blake2b_of_file(file), Error);
    EXPECT_THROW((void)blake2b_of_file(std::filesystem::temp_directory_path()), Error);
}

}  // namespace
}  // namespace tb
