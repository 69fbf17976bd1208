// Runs a command as main does, and keeps what it said.
#pragma once

#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace tb::app::testing_support {

struct Ran {
    int status = 0;
    std::string out, err;       ///< what was printed
    std::string message, hint;  ///< of the error, which main would print
};

/// @param add  what declares the commands that are called (add_store_command, ...)
inline Ran run_command(Context context, std::initializer_list<void (*)(CLI::App&, Context&)> add,
                       std::vector<std::string> arguments) {
    CLI::App app;
    for (const auto one : add) one(app, context);
    Ran ran;
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    try {
        std::reverse(arguments.begin(), arguments.end());
        app.parse(arguments);
        ran.status = context.run();
    } catch (const CLI::ParseError& error) {
        ran.status = static_cast<int>(ErrorKind::usage);
        ran.message = error.what();
    } catch (const Error& error) {
        ran.status = error.exit_status();
        ran.message = error.what();
        ran.hint = error.hint();
    }
    std::fflush(stdout);
    std::fflush(stderr);
    ran.out = ::testing::internal::GetCapturedStdout();
    ran.err = ::testing::internal::GetCapturedStderr();
    return ran;
}

}  // namespace tb::app::testing_support
