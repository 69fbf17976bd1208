#include "src/signal/fourier.hpp"

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

namespace tb::signal {
namespace {

TEST(PowerSpectrum, IsTheSumOfTheDefinitionForEveryLength) {
    for (const std::size_t n : {1u, 2u, 3u, 7u, 16u, 97u, 300u}) {
        std::vector<double> values;
        for (std::size_t i = 0; i < n; ++i) {
            values.push_back(std::fmod(static_cast<double>(i * i) * 0.37, 1.0) - 0.4);
        }
        const std::vector<double> power = power_spectrum(values);
        ASSERT_EQ(power.size(), n / 2 + 1);
        for (std::size_t k = 0; k < power.size(); ++k) {
            std::complex<double> sum = 0.0;
            for (std::size_t i = 0; i < n; ++i) {
                sum += values[i] *
                       std::polar(1.0, -2.0 * std::numbers::pi * static_cast<double>(k * i % n) /
                                           static_cast<double>(n));
            }
            EXPECT_NEAR(power[k], std::norm(sum), 1e-11 * static_cast<double>(n * n)) << n;
        }
    }
    EXPECT_TRUE(power_spectrum({}).empty());
}

}  // namespace
}  // namespace tb::signal
