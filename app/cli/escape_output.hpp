// Texts of files and databases are shown to people in many places; whatever they hold, it is shown
// and does not steer the terminal.
#pragma once

namespace tb::app {

/// From now on what is printed to stderr, and to stdout unless it is data (`--json`), is made
/// printable() on its way; line ends and tabs stay. Writers of data that must arrive byte for byte
/// (OutputFile, ProgressLine's own control) use the file descriptors. Call it once, after the
/// arguments are known and before anything is printed.
void escape_output(bool stdout_is_data);

}  // namespace tb::app
