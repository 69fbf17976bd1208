// Four doubles at once, for the inner loops of this folder and of compute/photometry. The results
// do not depend on the machine: with AVX2 a lane group is one register, else two, in the same order
// of operations, and no multiply-add is fused.
#pragma once

#include <cstdint>
#include <cstring>

// Compiles a function for AVX2 as well as for the plain architecture; the loader picks one. Not
// under sanitizers, whose start-up code runs after the loader's choice, nor with clang.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define TB_LANE_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define TB_LANE_CLONES
#endif

namespace tb::signal {

using Lanes = double __attribute__((vector_size(32)));
using LaneBits = std::int64_t __attribute__((vector_size(32)));

// By reference, because passing 32-byte vectors by value has two calling conventions.
inline void load(Lanes& out, const double* from) {
    std::memcpy(&out, from, sizeof out);
}
inline void store(double* to, const Lanes& from) {
    std::memcpy(to, &from, sizeof from);
}
[[nodiscard]] inline double sum_of(const Lanes& lanes) {
    return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

}  // namespace tb::signal
