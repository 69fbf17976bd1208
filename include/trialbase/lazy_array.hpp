// Arrays that are not in memory: they are read from their file when somebody writes them.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tb {

/// Numbers that stay in their file until they are asked for. Read by one thread at a time.
struct LazyArray {
    using Take = std::function<void(std::span<const std::byte> bytes)>;
    std::vector<std::size_t> shape;
    std::string dtype = "float64";  ///< of tb::Array
    /// Gives all values in C order, in pieces of any length of whole values.
    /// @throws tb::Error (data) when the file cannot be read
    std::function<void(const Take&)> read;
};

}  // namespace tb
