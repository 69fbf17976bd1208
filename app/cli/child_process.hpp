// Another program run to its end: what it reads is given to it, what it says is kept, and it gets
// no longer than it is allowed.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::app {

struct ChildEnded {
    bool was_found = true;  ///< false: there is no such program on PATH
    bool was_late = false;  ///< true: it was ended because its time was up
    int status = 0;         ///< exit status; 128 + signal when a signal ended it
    std::string output;     ///< its standard output
    std::string messages;   ///< its standard error, the first 64 KiB
};

/// Runs a program without a shell, in our folder and environment, but for variables whose name
/// begins with NODE_ (they would load code into it). It is killed when its time is up and when this
/// function is left by an exception. Safe in a program with threads.
/// @param command  name (looked for on PATH) or path, then its arguments
/// @param input    pieces that its standard input is made of; need not be read to the end
/// @param at_most  time that it gets
/// @throws tb::Error (io) when it cannot be started, though it is there, or not be talked to
[[nodiscard]] ChildEnded run_child(const std::vector<std::string>& command,
                                   std::span<const std::string_view> input,
                                   std::chrono::milliseconds at_most);

}  // namespace tb::app
