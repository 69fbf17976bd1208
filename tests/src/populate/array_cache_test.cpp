#include "src/populate/array_cache.hpp"

#include "trialbase/error.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::populate {
namespace {

/// Arrays of 100 doubles, and how often each was read.
struct Counting : ArrayReader {
    mutable std::map<std::string, int, std::less<>> reads;

    [[nodiscard]] Array read(std::string_view ref) const override {
        ++reads[std::string(ref)];
        if (ref == "missing") throw Error(ErrorKind::data, "not there", "", "MissingArray");
        return Array::vector(std::vector<double>(ref == "large" ? 1000 : 100, ref.back()));
    }
    [[nodiscard]] Array read_rows(std::string_view ref, std::size_t begin,
                                  std::size_t end) const override {
        ++reads[std::string(ref)];
        return Array::vector(std::vector<double>(end - begin, ref.back()));
    }
};

TEST(ArrayCache, ReadsWhatIsAskedForAgainOnce) {
    const Counting counting;
    const ArrayCache cache(counting, 4000);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(cache.read("f#a").numbers(), std::vector<double>(100, 'a'));
        EXPECT_EQ(cache.read("f#b").numbers(), std::vector<double>(100, 'b'));
    }
    EXPECT_EQ(counting.reads["f#a"], 1);
    EXPECT_EQ(counting.reads["f#b"], 1);
    EXPECT_EQ(cache.bytes(), 6 * 800U);  // what was handed out, however it was had
    cache.clear();
    (void)cache.read("f#a");
    EXPECT_EQ(counting.reads["f#a"], 2);
}

TEST(ArrayCache, LetsTheLongestUnusedGo) {
    const Counting counting;
    const ArrayCache cache(counting, 3300);  // four of them
    for (const char* ref : {"a", "b", "c", "d"}) (void)cache.read(ref);
    (void)cache.read("a");
    (void)cache.read("e");  // b goes
    for (const char* ref : {"a", "c", "d", "e"}) {
        (void)cache.read(ref);
        EXPECT_EQ(counting.reads[ref], 1) << ref;
    }
    (void)cache.read("b");
    EXPECT_EQ(counting.reads["b"], 2);
}

TEST(ArrayCache, KeepsNeitherRowsNorWhatIsTooLargeNorErrors) {
    const Counting counting;
    const ArrayCache cache(counting, 4000);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(cache.read("large").size(), 1000U);
        EXPECT_EQ(cache.read_rows("rows", 3, 8).size(), 5U);
        EXPECT_THROW((void)cache.read("missing"), Error);
    }
    for (const char* ref : {"large", "rows", "missing"}) EXPECT_EQ(counting.reads[ref], 2) << ref;
    EXPECT_EQ(cache.read("small").size(), 100U);
}

}  // namespace
}  // namespace tb::populate
