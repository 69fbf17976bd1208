#include "src/stats/studentized_range.hpp"

#include "tests/src/stats/error_type.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// scipy 1.10.1, stats.studentized_range.sf; where R 4.2's ptukey differs by more than 1e-8, the
// tolerance says so.
TEST(StudentizedRange, IsThatOfOtherPrograms) {
    EXPECT_NEAR(studentized_range_p(3.5, 3, 10), 0.07710331083841038, 1e-9);
    EXPECT_NEAR(studentized_range_p(5.0, 7, 74), 0.0119932766, 1e-9);
    EXPECT_NEAR(studentized_range_p(0.3, 10, 5), 0.9999998750849247, 1e-9);
    EXPECT_NEAR(studentized_range_p(4.0, 4, 1000), 0.024600726006601237, 1e-9);
    EXPECT_NEAR(studentized_range_p(8.0, 5, 3), 0.04204294640617312, 1e-8);
    const double infinite = std::numeric_limits<double>::infinity();
    EXPECT_NEAR(studentized_range_p(3.5, 3, infinite), 0.035557041863443883, 1e-9);
}

// Of two means it is |t| sqrt(2), and t of one degree of freedom is Cauchy's.
TEST(StudentizedRange, OfTwoMeansWithOneDegreeIsCauchys) {
    const double at_one = 1.0 - 2.0 / 3.14159265358979324 * std::atan(1.0 / std::sqrt(2.0));
    EXPECT_NEAR(studentized_range_p(1.0, 2, 1), at_one, 1e-9);
    const double at_hundred = 1.0 - 2.0 / 3.14159265358979324 * std::atan(100.0 / std::sqrt(2.0));
    EXPECT_NEAR(studentized_range_p(100.0, 2, 1), at_hundred, 1e-9);
}

TEST(StudentizedRange, HasItsEndsAndItsBounds) {
    EXPECT_EQ(studentized_range_p(0.0, 3, 10), 1.0);
    EXPECT_EQ(studentized_range_p(std::numeric_limits<double>::infinity(), 3, 10), 0.0);
    EXPECT_EQ(error_type([] { (void)studentized_range_p(-1.0, 3, 10); }), "ValueError");
    EXPECT_EQ(error_type([] { (void)studentized_range_p(1.0, 1, 10); }), "ValueError");
    EXPECT_EQ(error_type([] { (void)studentized_range_p(1.0, 3, 0.5); }), "ValueError");
}

}  // namespace
}  // namespace tb::stats
