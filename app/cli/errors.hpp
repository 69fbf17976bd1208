// What is said when a command cannot do what it was asked, and the exit status.
#pragma once

#include "trialbase/error.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include <CLI/CLI.hpp>

namespace tb::app {

/// `trialbase: <message>` and `hint: <hint>`, control characters made visible; with `json` one line
/// {"error": {"kind", "status", "message", "hint", "type"}}: hint and type are null where there is
/// none, sqlstate is added where the database refused.
[[nodiscard]] std::string error_text(const Error& error, bool json);

/// error_text on stderr. @return the exit status
int report_error(const Error& error, bool json);

/// Runs a command (none: nothing to do). What it throws is told as error_of() classes it: lack of
/// memory or threads and files that fail are no defects of the program.
/// @return the exit status
int run_reported(const std::function<int()>& run, bool json);

/// What arguments that CLI11 refused get wrong, by name: the unknown command or option with the
/// nearest one, else what CLI11 says.
/// @param words  the arguments without the program's name, in order
[[nodiscard]] Error usage_error(const CLI::App& program, std::span<const std::string> words,
                                const CLI::ParseError& error);

/// Whether --json is among the arguments: errors of parsing are told before options are read.
[[nodiscard]] bool asks_for_json(std::span<const std::string> words);

/// For options that take a number of at least so much: like CLI::Range without an end.
[[nodiscard]] CLI::Validator at_least(std::int64_t least);

/// For options that take one of a few words: like CLI::IsMember, but an unknown word is told with
/// the nearest one.
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> words);

/// The words of an option that takes one of a few (one_of); none for other options.
[[nodiscard]] std::vector<std::string> words_of(const CLI::Option& option);

}  // namespace tb::app
