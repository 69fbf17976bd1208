#include "src/base/environment.hpp"

#include <cstdlib>

namespace tb {

std::optional<std::string> variable(std::string_view name) {
    for (const std::string_view prefix : {"TRIALBASE_", "TB_"}) {
        const auto full = std::string(prefix) + std::string(name);
        if (const char* value = std::getenv(full.c_str()); value != nullptr && *value != '\0')
            return value;
    }
    return std::nullopt;
}

}  // namespace tb
