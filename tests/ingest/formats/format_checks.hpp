// What the tests of the file formats share: the folder of real files, and checks of errors.
#pragma once

#include "ingest/formats/bytes.hpp"
#include "trialbase/error.hpp"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::formats {

/// The data folder beside the sources (TRIALBASE_SHARED names its parent), nothing when there is
/// none.
inline std::optional<std::filesystem::path> real_data() {
    namespace fs = std::filesystem;
    if (const char* named = std::getenv("TRIALBASE_SHARED"); named != nullptr)
        return fs::is_directory(fs::path(named) / "data") ? std::optional(fs::path(named) / "data")
                                                          : std::nullopt;
    for (fs::path from : {fs::current_path(), fs::absolute(__FILE__).parent_path()}) {
        for (; from != from.root_path(); from = from.parent_path())
            if (fs::is_directory(from / "shared" / "data")) return from / "shared" / "data";
    }
    return std::nullopt;
}

/// Defines `folder`, or skips the test.
#define TB_NEED_REAL_DATA(folder)                                                            \
    const auto folder##_found = real_data();                                                 \
    if (!folder##_found)                                                                     \
        GTEST_SKIP()                                                                         \
            << "no shared data folder: set TRIALBASE_SHARED to the folder that holds data/"; \
    const std::filesystem::path& folder = *folder##_found

/// Message of the tb::Error (data) that `action` throws; a failure when there is none, or one of
/// another kind.
inline std::string data_error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

/// Runs a parser on every shortened version of `bytes`, on every byte changed in four ways, and on
/// `random_changes` versions with several random changes. Each must be read or be refused as bad
/// data; `must_refuse_short` asks the latter of every shortened one.
inline void torture(const std::string& bytes, bool must_refuse_short, std::size_t random_changes,
                    const std::function<void(std::span<const std::byte>)>& parse) {
    std::size_t accepted = 0;
    std::size_t refused = 0;
    const auto is_accepted = [&](const std::string& changed) {
        // A copy of just this size, so that a sanitizer sees reads behind the end.
        const std::vector<std::byte> exact(as_bytes(changed).begin(), as_bytes(changed).end());
        try {
            parse(exact);
            ++accepted;
            return true;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
            EXPECT_FALSE(std::string(error.what()).empty());
            ++refused;
            return false;
        }
    };
    ASSERT_TRUE(is_accepted(bytes));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const bool read = is_accepted(bytes.substr(0, size));
        if (must_refuse_short) {
            EXPECT_FALSE(read) << "cut to " << size << " of " << bytes.size();
        }
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (const unsigned mask : {0x01U, 0x80U, 0x7FU, 0xFFU}) {
            std::string changed = bytes;
            changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ mask);
            (void)is_accepted(changed);
        }
    }
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (std::size_t i = 0; i < random_changes; ++i) {
        std::string changed = bytes;
        const auto changes = static_cast<unsigned>(1 + random() % 6);
        for (unsigned c = 0; c < changes; ++c)
            changed[random() % changed.size()] = static_cast<char>(random() & 0xFFU);
        if (random() % 8 == 0) changed.erase(random() % changed.size(), random() % 16);
        (void)is_accepted(changed);
    }
    EXPECT_GT(refused, 0U) << "seed " << seed;
    std::printf("    seed %u: %zu read, %zu refused\n", seed, accepted, refused);
}

}  // namespace tb::formats
