// Text files compiled into the program (SQL, lookup contents).
#pragma once

#include <string_view>

namespace tb::embedded {

/// One embedded file: its path relative to the source folder, and its text.
struct File {
    std::string_view path;
    std::string_view text;
};

}  // namespace tb::embedded
