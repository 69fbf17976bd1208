#include "src/signal/fourier.hpp"

#include <bit>
#include <complex>
#include <cstddef>
#include <numbers>

namespace tb::signal {

namespace {

using Complex = std::complex<double>;

Complex unit(double turns) {
    return std::polar(1.0, 2.0 * std::numbers::pi * turns);
}

/// In place, length a power of two; sign -1 forwards, +1 back (not scaled).
void transform(std::vector<Complex>& values, double sign) {
    const std::size_t n = values.size();
    for (std::size_t i = 1, j = 0; i < n; ++i) {
        std::size_t bit = n >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) std::swap(values[i], values[j]);
    }
    std::vector<Complex> roots(n / 2);
    for (std::size_t k = 0; k < roots.size(); ++k) {
        roots[k] = unit(sign * static_cast<double>(k) / static_cast<double>(n));
    }
    for (std::size_t half = 1; half < n; half *= 2) {
        const std::size_t stride = n / (2 * half);
        for (std::size_t block = 0; block < n; block += 2 * half) {
            for (std::size_t k = 0; k < half; ++k) {
                const Complex odd = values[block + half + k] * roots[k * stride];
                values[block + half + k] = values[block + k] - odd;
                values[block + k] += odd;
            }
        }
    }
}

}  // namespace

// Bluestein: k m = (k^2 + m^2 - (k - m)^2)/2 turns the transform into a convolution, which is done
// with transforms of a power-of-two length.
std::vector<double> power_spectrum(std::span<const double> values) {
    const std::size_t n = values.size();
    if (n == 0) return {};
    std::vector<Complex> chirp(n);
    for (std::size_t k = 0; k < n; ++k) {
        const std::size_t square = k * k % (2 * n);
        chirp[k] = unit(-static_cast<double>(square) / static_cast<double>(2 * n));
    }
    const std::size_t length = std::bit_ceil(2 * n);
    std::vector<Complex> a(length);
    std::vector<Complex> b(length);
    for (std::size_t k = 0; k < n; ++k) {
        a[k] = values[k] * chirp[k];
        b[k] = std::conj(chirp[k]);
        if (k > 0) b[length - k] = b[k];
    }
    transform(a, -1.0);
    transform(b, -1.0);
    for (std::size_t k = 0; k < length; ++k) a[k] *= b[k];
    transform(a, 1.0);
    std::vector<double> power(n / 2 + 1);
    const double scale = 1.0 / static_cast<double>(length);
    for (std::size_t k = 0; k < power.size(); ++k) power[k] = std::norm(a[k] * scale);
    return power;
}

}  // namespace tb::signal
