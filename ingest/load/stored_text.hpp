// Text of files as it may be stored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tb::load {

inline constexpr std::size_t longest_message = 2000;
inline constexpr std::size_t longest_name = 500;

/// Text for a person, cut to a sensible length [bytes]: a hostile file may put anything into a
/// message.
[[nodiscard]] std::string cut(std::string_view text, std::size_t most);

/// A truth value as the loader's statements take it: t or f.
[[nodiscard]] std::string flag(bool value);

}  // namespace tb::load
