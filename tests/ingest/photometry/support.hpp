// What the tests of photometry files share.
#pragma once

#include "trialbase/error.hpp"

#include <string_view>

#include <gtest/gtest.h>

namespace tb::photometry::testing {

/// Expects a ValueError (data) whose message has `part` in it.
template <class Call>
void expect_value_error(const Call& call, std::string_view part) {
    try {
        call();
        ADD_FAILURE() << "was read, expected an error with " << part;
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
        EXPECT_EQ(error.type(), "ValueError") << error.what();
        EXPECT_NE(std::string_view(error.what()).find(part), std::string_view::npos)
            << error.what() << "\nexpected in it: " << part;
    }
}

}  // namespace tb::photometry::testing
