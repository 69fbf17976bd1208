// Which role a command needs, and what is said to a login that lacks it.
#pragma once

#include "app/cli/context.hpp"
#include "trialbase/error.hpp"

#include <string>
#include <string_view>

namespace tb::app {

/// The least of the four roles that may do all that a command does.
/// @param command  as command_given() has it: "exclude add"
[[nodiscard]] std::string_view role_of_command(std::string_view command);

/// The words of the command that was given, without the program's name, and its flags.
[[nodiscard]] std::string command_given(const CLI::App& program);

/// A refusal for want of a right (42501), told with the login, the one role that the command needs
/// and the statement that gives it; without the name of our statement. Other errors as they are.
[[nodiscard]] Error told_with_role(const Error& error, const Context& context,
                                   std::string_view command);

/// Runs the command; what it is refused is told as above.
int run_with_rights(const Context& context, std::string_view command);

}  // namespace tb::app
