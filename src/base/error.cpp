#include "trialbase/error.hpp"

#include <new>
#include <system_error>
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

Error value_error(const std::string& message) {
    return {ErrorKind::data, message, {}, "ValueError"};
}

Error error_of(const std::exception& error) {
    if (const auto* ours = dynamic_cast<const Error*>(&error)) return *ours;
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr)
        return {ErrorKind::io, "out of memory", "Run fewer workers, or on a larger machine."};
    if (dynamic_cast<const std::system_error*>(&error) != nullptr)  // of files, threads, clocks
        return {ErrorKind::io, error.what()};
    return {ErrorKind::internal, std::string("internal error: ") + error.what()};
}

}  // namespace tb
