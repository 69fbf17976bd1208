#include "src/base/environment.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace tb {
namespace {

TEST(Variable, ReadsTheNameAndTheOldOneBehindIt) {
    ::unsetenv("TRIALBASE_OF_A_TEST");
    ::unsetenv("TB_OF_A_TEST");
    EXPECT_EQ(variable("OF_A_TEST"), std::nullopt);
    ::setenv("TB_OF_A_TEST", "old", 1);
    EXPECT_EQ(variable("OF_A_TEST"), "old");
    ::setenv("TRIALBASE_OF_A_TEST", "", 1);
    EXPECT_EQ(variable("OF_A_TEST"), "old");  // an empty text is as good as none
    ::setenv("TRIALBASE_OF_A_TEST", "new", 1);
    EXPECT_EQ(variable("OF_A_TEST"), "new");
    ::unsetenv("TRIALBASE_OF_A_TEST");
    ::unsetenv("TB_OF_A_TEST");
}

}  // namespace
}  // namespace tb
