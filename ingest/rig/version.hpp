// Versions of the rigs' software, whose rules of extraction differ.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace tb::rig {

/// A version of the rig's software. The newest stands above all that have a number.
struct RigVersion {
    int major = 0;
    int minor = 0;
    int patch = 0;

    friend auto operator<=>(const RigVersion&, const RigVersion&) = default;
    [[nodiscard]] std::string to_string() const;
};

inline constexpr RigVersion newest_rig{1'000'000, 0, 0};
/// Rigs before there were versions: their files are named `_ibl_...`.
inline constexpr RigVersion oldest_rig{0, 0, 0};

/// The version that settings write: its leading `a.b.c` ("6.4.2", "8.24.0.dev1", "4.9"). Text that
/// begins with no number, and an empty one, is the newest; absent: the oldest where the files are
/// named as in 2018 (`_ibl_taskData`), else the newest.
/// Source: spec/ibl_behavior.md, 12.2 and its correction.
[[nodiscard]] RigVersion rig_version(const std::optional<std::string>& written,
                                     bool has_names_of_2018 = false);

}  // namespace tb::rig
