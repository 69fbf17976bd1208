// Arrays as files for other programs.
#pragma once

#include "trialbase/array.hpp"

#include <string>

namespace tb::store {

/// A .npy file, version 1.0, row-major.
[[nodiscard]] std::string npy_bytes(const Array& array);
/// One line per row (the first axis), values as exactly as they are, missing ones empty. A header
/// line with `name`, or `name_0,name_1,...` for a matrix.
/// @throws tb::Error (usage) for more than two dimensions
[[nodiscard]] std::string csv_text(const Array& array, const std::string& name);
/// One value as csv_text writes it.
[[nodiscard]] std::string value_text(const Array& array, std::size_t position);

}  // namespace tb::store
