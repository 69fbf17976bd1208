// How help looks: an example first, then what the command does, its arguments and options, on lines
// of at most 80 columns.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace tb::app {

constexpr std::size_t help_width = 80;

/// Sets the formatter of the program's and every command's help. Called when all commands are
/// declared. Examples are the lines after `Example:` or `Examples:` in a command's footer, or in
/// its description where it has no such footer; too long ones are continued with a backslash.
void set_help(CLI::App& program);

/// The help of one command.
[[nodiscard]] std::string help_text(const CLI::App& command);

/// The help of one command as a page of the manual (man 1).
[[nodiscard]] std::string man_page(const CLI::App& command, std::string_view version);

/// A shell command on lines of at most `width` columns, broken at blanks outside quotes with \.
[[nodiscard]] std::string continued(std::string_view command, std::size_t width);

}  // namespace tb::app
