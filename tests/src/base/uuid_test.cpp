#include "src/base/uuid.hpp"

#include <algorithm>
#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace tb {
namespace {

TEST(Uuid, ReadsItsOwnTextAndNothingElse) {
    const std::string text = "7146a078-285e-5d98-ba83-4ab8c953e126";
    EXPECT_EQ(Uuid::parse(text)->to_string(), text);
    EXPECT_EQ(Uuid::parse("7146A078-285E-5D98-BA83-4AB8C953E126")->to_string(), text);
    for (const char* bad :
         {"", "7146a078285e5d98ba834ab8c953e126", "7146a078-285e-5d98-ba83-4ab8c953e12",
          "7146a078_285e-5d98-ba83-4ab8c953e126", "7146a078-285e-5d98-ba83-4ab8c953e12g",
          "7146a078-285e-5d98-ba8-34ab8c953e1266"}) {
        EXPECT_FALSE(Uuid::parse(bad)) << bad;
    }
}

// Python: uuid.uuid5(uuid.NAMESPACE_DNS, "www.example.com") is the example of RFC 9562, appendix
// A.4.
TEST(Uuid, Version5IsThatOfTheStandard) {
    const auto dns = *Uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    EXPECT_EQ(uuid5(dns, "www.example.com").to_string(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

// Expected value from Python's uuid.uuid5(namespace, "ibl:mainenlab/ZM_1743/2019-07-18/001").
TEST(Uuid, SessionKeyIsThatOfPython) {
    EXPECT_EQ(source_uuid("ibl", "mainenlab/ZM_1743/2019-07-18/001").to_string(),
              "b9b4ff75-f10c-5c7c-aca9-3f0aac0a454f");
}

TEST(Uuid, RunIdsAscendInEveryThreadAndNeverRepeat) {
    constexpr std::size_t each = 20'000;
    std::vector<std::vector<Uuid>> made(4);
    std::vector<std::thread> threads;
    for (auto& list : made) {
        threads.emplace_back([&list] {
            for (std::size_t i = 0; i < each; ++i) list.push_back(new_run_id());
        });
    }
    for (auto& thread : threads) thread.join();
    std::set<Uuid> all;
    for (const auto& list : made) {
        EXPECT_TRUE(std::is_sorted(list.begin(), list.end()));
        all.insert(list.begin(), list.end());
    }
    EXPECT_EQ(all.size(), 4 * each);
    const std::string text = made[0][0].to_string();
    EXPECT_EQ(text[14], '7');
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
}

}  // namespace
}  // namespace tb
