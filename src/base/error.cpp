#include "trialbase/error.hpp"

#include <utility>

namespace tb {

std::string_view to_string(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::usage:
            return "usage";
        case ErrorKind::not_found:
            return "not_found";
        case ErrorKind::conflict:
            return "conflict";
        case ErrorKind::unavailable:
            return "unavailable";
        case ErrorKind::data:
            return "data";
        case ErrorKind::io:
            return "io";
        case ErrorKind::partial:
            return "partial";
        case ErrorKind::internal:
            return "internal";
    }
    return "internal";
}

Error::Error(ErrorKind kind, const std::string& message, std::string hint, std::string type)
    : std::runtime_error(message), kind_(kind), hint_(std::move(hint)), type_(std::move(type)) {}

}  // namespace tb
