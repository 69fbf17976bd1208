// What may come next on a command line, told from the same declarations as the help.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace tb::app {

/// Values that a column of a table holds; none where no database answers at once. `relation` with
/// its schema; an empty one asks for the names of all tables.
using LookUp =
    std::function<std::vector<std::string>(std::string_view relation, std::string_view column)>;

/// The words that may stand in the place of the last one, which may be empty or begun, sorted. None
/// where any file name may stand there, or nothing is known.
/// @param words  the words behind the program's name
[[nodiscard]] std::vector<std::string> completions(const CLI::App& program,
                                                   std::span<const std::string> words,
                                                   const LookUp& look_up);

/// What a shell has to read (bash or zsh) so that it asks this program for completions.
/// @throws tb::Error (usage) for another shell
[[nodiscard]] std::string completion_script(std::string_view shell);

}  // namespace tb::app
