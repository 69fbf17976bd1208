// What the cases of OpenScope statistics have in common.
#pragma once

#include "compute/imaging/openscope/usi_groups.hpp"
#include "src/stats/p_values.hpp"
#include "src/stats/permutation_test.hpp"
#include "src/stats/random_stream.hpp"
#include "src/stats/summary.hpp"
#include "tests/vectors/case_values.hpp"
#include "tests/vectors/runner.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tb::vectors::openscope {

/// An array of arrays of numbers.
[[nodiscard]] std::vector<std::vector<double>> rows_of(const Json& value, std::string_view what);
/// 2, "2", "hi" or "lo".
[[nodiscard]] stats::Tails tails_of(const Json& value);
/// null (kept) or "omit" (left out).
[[nodiscard]] stats::MissingPolicy missing_policy(const Json& value);
/// A number; null and false are none.
[[nodiscard]] std::optional<double> comparisons_of(const Json& value);
/// true, false or "between".
[[nodiscard]] stats::Pairing pairing_of(const Json& value);
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
/// `seed` of an object; its `rng` where it names one, else the legacy stream.
[[nodiscard]] stats::RandomSource source_of(const Json& settings);
/// n_perms, tails, multcomp and seed of an object.
[[nodiscard]] compute::imaging::openscope::TestSettings test_settings(const Json& settings);
/// Rows of line, plane, sess_n, mouse_n and usi.
[[nodiscard]] std::vector<compute::imaging::openscope::MouseValues> mouse_values(
    const Json& sessions);

}  // namespace tb::vectors::openscope
