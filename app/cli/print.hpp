// Small tables and numbers for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tb::app {

/// Text of a file, a database or another program as a terminal may show it: characters that steer
/// terminals or turn the direction of writing, and bytes that are no UTF-8, stand as \x1b. Line
/// ends and tabs stay when they are asked for, else they are written \n and \t.
[[nodiscard]] std::string printable(std::string_view text, bool keep_lines = false);

/// A table with a header, columns two blanks apart; columns whose cells are all numbers (or empty)
/// stand to the right. Where rows would be wider than `width` (0: no limit), the last column is cut
/// with ...; where too little of a text would be left, every row is written below each other, a
/// line or more for each column. Cells are made printable().
[[nodiscard]] std::string text_table(const std::vector<std::string>& header,
                                     const std::vector<std::vector<std::string>>& rows,
                                     std::size_t width = 0);

/// The text on lines of at most `width` characters (at least one line), broken at blanks where
/// there are some; the end of what takes more than `most` lines is cut with ....
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width,
                                               std::size_t most = 12);

/// Columns of the terminal on stdout, 0 when it is none.
[[nodiscard]] std::size_t terminal_width();

/// 12,345,678
[[nodiscard]] std::string with_commas(std::int64_t number);

/// `512 B`, `3.4 MB`
[[nodiscard]] std::string bytes_text(std::int64_t bytes);

/// `2 h 05 min`, `3 min 20 s`, `4.2 s`
[[nodiscard]] std::string duration_text(double seconds);

/// One line on stderr that overwrites itself; draws at most five times a second, and nothing unless
/// enabled.
class ProgressLine {
  public:
    explicit ProgressLine(bool enabled) : enabled_(enabled) {}
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    void show(const std::string& text);
    void clear();

  private:
    bool enabled_;
    bool drawn_ = false;
};

}  // namespace tb::app
