// The word that somebody meant who wrote another one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tb {

/// Damerau-Levenshtein distance (optimal string alignment): the fewest insertions, deletions,
/// replacements and swaps of neighbours that make `b` of `a`; bytes are compared, ASCII letters
/// without case.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known word nearest to `word`: the least distance of at most a third of its length (1 for the
/// shortest), else the first that begins with it or contains it (from three characters on).
/// Empty when none is near.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> known);

/// What a hint says about an unknown word: `Did you mean lab_name? ` or nothing, then
/// `<what>: a, b, c.` with all known words (nothing when there are none).
[[nodiscard]] std::string suggestion(std::string_view word, std::span<const std::string> known,
                                     std::string_view what);

}  // namespace tb
