#include "tests/vectors/openscope_statistics_values.hpp"

#include "trialbase/error.hpp"

#include <cstdint>

namespace tb::vectors::openscope {

std::vector<std::vector<double>> rows_of(const Json& value, std::string_view what) {
    std::vector<std::vector<double>> out;
    for (const Json& row : value) out.push_back(as_numbers(row, what));
    return out;
}

stats::Tails tails_of(const Json& value) {
    return stats::tails_named(value.is_number() ? std::to_string(value.get<int>())
                                                : value.get<std::string>());
}

stats::MissingPolicy missing_policy(const Json& value) {
    if (value.is_null()) return stats::MissingPolicy::keep;
    if (value == "omit") return stats::MissingPolicy::leave_out;
    throw value_error("nanpol " + value.dump() + ": expected null or omit");
}

std::optional<double> comparisons_of(const Json& value) {
    if (value.is_number() && value.get<double>() != 0.0) return value.get<double>();
    return std::nullopt;
}

stats::Pairing pairing_of(const Json& value) {
    if (value == "between") return stats::Pairing::between;
    return value.get<bool>() ? stats::Pairing::paired : stats::Pairing::unpaired;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out(1);
    for (const char letter : text) {
        if (letter == separator) {
            out.emplace_back();
        } else {
            out.back() += letter;
        }
    }
    return out;
}

stats::RandomSource source_of(const Json& settings) {
    return {stats::random_kind(settings.value("rng", std::string("numpy_legacy"))),
            settings.at("seed").get<std::uint32_t>()};
}

compute::imaging::openscope::TestSettings test_settings(const Json& settings) {
    return {settings.at("n_perms").get<std::size_t>(), tails_of(settings.at("tails")),
            comparisons_of(settings.value("multcomp", Json())), source_of(settings)};
}

std::vector<compute::imaging::openscope::MouseValues> mouse_values(const Json& sessions) {
    std::vector<compute::imaging::openscope::MouseValues> out;
    for (const Json& one : sessions) {
        out.push_back({{one.at("line").get<std::string>(), one.at("plane").get<std::string>()},
                       one.at("sess_n").get<int>(),
                       one.at("mouse_n").get<int>(),
                       as_numbers(one.at("usi"), "usi")});
    }
    return out;
}

}  // namespace tb::vectors::openscope
