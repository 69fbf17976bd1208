// The type of the error that something throws.
#pragma once

#include "trialbase/error.hpp"

#include <string>

namespace tb::stats {

/// "none" when nothing is thrown.
template <class Action>
std::string error_type(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return error.type();
    }
    return "none";
}

}  // namespace tb::stats
