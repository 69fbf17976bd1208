#include "src/base/sha256.hpp"

#include "include/trialbase/error.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace tb {
namespace {

// Digests of FIPS 180-4's example messages.
TEST(Sha256, GivesThePublishedDigests) {
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, IsTheSameInPieces) {
    Sha256 digest;
    digest.add("a");
    digest.add("");
    digest.add("bc");
    EXPECT_EQ(digest.hex(), sha256_hex("abc"));
}

TEST(Sha256, ReadsAFileAndNamesTheOneThatIsMissing) {
    const auto file = std::filesystem::temp_directory_path() / "trialbase_sha256_test.bin";
    std::ofstream(file, std::ios::binary) << std::string(1'000'000, 'a');
    EXPECT_EQ(sha256_of_file(file),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    std::filesystem::remove(file);
    try {
        (void)sha256_of_file(file);
        FAIL() << "a missing file has a digest";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::io);
        EXPECT_NE(std::string(error.what()).find("trialbase_sha256_test"), std::string::npos);
    }
}

}  // namespace
}  // namespace tb
