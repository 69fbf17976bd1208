#include "src/base/nearest.hpp"

#include <algorithm>
#include <vector>

namespace tb {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Three rows of the table: the swap of neighbours looks two rows back.
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                now[j] = std::min(now[j], before[j - 2] + 1);
            }
        }
        std::swap(before, last);
        std::swap(last, now);
    }
    return last[b.size()];
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known) {
    constexpr std::size_t longest = 200;  // what nobody typed is not compared
    if (word.empty() || word.size() > longest) return std::nullopt;
    std::optional<std::string> best;
    std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto& one : known) {
        if (one.empty() || one.size() > longest) continue;
        const auto distance = edit_distance(word, one);
        if (distance >= least || distance >= std::max(word.size(), one.size())) continue;
        least = distance;
        best = one;
    }
    if (best || word.size() < 3) return best;
    const auto wanted = lowered(word);
    for (const auto& one : known) {
        if (lowered(one).starts_with(wanted)) return one;
    }
    for (const auto& one : known) {
        if (lowered(one).find(wanted) != std::string::npos) return one;
    }
    return std::nullopt;
}

std::string suggestion(std::string_view word, std::span<const std::string> known,
                       std::string_view what) {
    std::string text;
    if (const auto meant = nearest(word, known)) text = "Did you mean " + *meant + "? ";
    if (known.empty()) return text;
    text += what;
    text += ": ";
    for (const auto& one : known) {
        text += one;
        text += &one == &known.back() ? "." : ", ";
    }
    return text;
}

}  // namespace tb
