// Discrete Fourier transform of any length.
#pragma once

#include <span>
#include <vector>

namespace tb::signal {

/// |X_k|^2 for k = 0..n/2 of the discrete Fourier transform of n real values (n/2 + 1 numbers,
/// n/2 rounded down; not scaled, each counted once). Empty for no values.
[[nodiscard]] std::vector<double> power_spectrum(std::span<const double> values);

}  // namespace tb::signal
