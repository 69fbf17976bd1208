#include "src/stats/lbfgs.hpp"

#include "tests/src/stats/error_type.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

TEST(Lbfgs, FindsTheBottomOfRosenbrocksValley) {
    const auto valley = [](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
        const double a = 1.0 - x[0];
        const double b = x[1] - x[0] * x[0];
        gradient[0] = -2.0 * a - 400.0 * x[0] * b;
        gradient[1] = 200.0 * b;
        return a * a + 100.0 * b * b;
    };
    const LbfgsResult result = lbfgs(valley, Eigen::Vector2d(-1.2, 1.0));
    EXPECT_TRUE(result.is_converged);
    EXPECT_NEAR(result.x[0], 1.0, 1e-7);
    EXPECT_NEAR(result.x[1], 1.0, 1e-7);
    EXPECT_LT(result.iterations, 100U);
}

TEST(Lbfgs, TakesWhatIsAlreadyAtTheBottom) {
    const auto bowl = [](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
        gradient = 2.0 * x;
        return x.squaredNorm();
    };
    const LbfgsResult result = lbfgs(bowl, Eigen::VectorXd::Zero(3));
    EXPECT_TRUE(result.is_converged);
    EXPECT_EQ(result.iterations, 0U);
}

TEST(Lbfgs, StopsWhenIterationsRunOut) {
    const auto bowl = [](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
        double value = 0.0;
        for (Eigen::Index i = 0; i < x.size(); ++i) {
            const double stiffness = std::pow(10.0, static_cast<double>(i));
            gradient[i] = 2.0 * stiffness * x[i];
            value += stiffness * x[i] * x[i];
        }
        return value;
    };
    const LbfgsResult result = lbfgs(bowl, Eigen::VectorXd::Ones(5), {.iterations = 2});
    EXPECT_FALSE(result.is_converged);
    EXPECT_EQ(result.iterations, 2U);
    EXPECT_TRUE(lbfgs(bowl, Eigen::VectorXd::Ones(5)).is_converged);
}

TEST(Lbfgs, RefusesAStartWithoutAValue) {
    const auto nothing = [](const Eigen::VectorXd&, Eigen::VectorXd& gradient) {
        gradient.setZero();
        return std::numeric_limits<double>::quiet_NaN();
    };
    EXPECT_EQ(error_type([&] { (void)lbfgs(nothing, Eigen::VectorXd::Zero(1)); }), "ValueError");
}

}  // namespace
}  // namespace tb::stats
