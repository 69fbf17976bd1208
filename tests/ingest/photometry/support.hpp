// What the tests of photometry files share.
#pragma once

#include "ingest/formats/csv.hpp"
#include "tests/ingest/alf/support.hpp"
#include "trialbase/error.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace tb::photometry::testing {

/// A table as a CSV file gives it.
inline formats::Table csv(std::string_view text) {
    return formats::parse_csv(text, "test.csv");
}

/// The error that a call throws; one of kind internal when it throws none.
template <class Call>
Error error_of(const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {ErrorKind::internal, "nothing was thrown"};
}

/// A ValueError (data) whose message has the text in it.
template <class Call>
void expect_value_error(const Call& call, std::string_view part) {
    const auto error = error_of(call);
    EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
    EXPECT_EQ(error.type(), "ValueError") << error.what();
    EXPECT_NE(std::string_view(error.what()).find(part), std::string_view::npos) << error.what();
}

}  // namespace tb::photometry::testing

/// Skips a test that needs a folder of the shared data.
#define TB_NEED_DATA(folder, below)                                                  \
    const auto folder##_found = tb::alf::testing::shared_data(below);                \
    if (!folder##_found)                                                             \
        GTEST_SKIP() << "the shared data has no " << (below)                         \
                     << " here: set TRIALBASE_SHARED to the folder that holds data"; \
    const std::filesystem::path folder = *folder##_found
