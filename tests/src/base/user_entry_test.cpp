#include "src/base/user_entry.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace tb {
namespace {

TEST(UserEntry, OfThisProcessIsFoundByItsNameToo) {
    const auto mine = acting_user();
    if (!mine) GTEST_SKIP() << "the list of users has no entry for this process";
    EXPECT_EQ(mine->uid, ::geteuid());
    EXPECT_FALSE(mine->name.empty());
    const auto same = user_named(mine->name);
    ASSERT_TRUE(same);
    EXPECT_EQ(same->name, mine->name);
    EXPECT_EQ(same->home, mine->home);
}

TEST(UserEntry, IsNothingForANameThatNobodyHas) {
    EXPECT_FALSE(user_named("nobody has this name"));
}

}  // namespace
}  // namespace tb
