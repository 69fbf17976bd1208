#include "ingest/simulated/random.hpp"

#include <cmath>

namespace tb::simulated {
namespace {

std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

constexpr std::uint64_t golden_gamma = 0x9e3779b97f4a7c15ULL;

}  // namespace

Random::Random(std::initializer_list<std::uint64_t> parts) {
    for (const auto part : parts) state_ = mix(state_ + golden_gamma) ^ mix(part + golden_gamma);
}

std::uint64_t Random::bits() {
    state_ += golden_gamma;
    return mix(state_);
}

double Random::uniform() {
    return static_cast<double>(bits() >> 11) * 0x1.0p-53;
}

double Random::uniform(double low, double high) {
    return low + (high - low) * uniform();
}

bool Random::chance(double probability) {
    return uniform() < probability;
}

std::uint64_t Random::below(std::uint64_t count) {
    return static_cast<std::uint64_t>(uniform() * static_cast<double>(count));
}

double Random::normal() {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
}

double Random::exponential(double mean) {
    return -mean * std::log(1.0 - uniform());
}

double Random::lognormal(double median, double sigma) {
    return median * std::exp(sigma * normal());
}

}  // namespace tb::simulated
