#include "app/cli/query_writers.hpp"

#include <algorithm>

namespace tb::app {
namespace {

/// COPY's text format to the JSON that it carries: a line is one row, and backslashes are doubled.
/// A line break within a row (in a value of type json) can only be white space there.
class JsonLines {
  public:
    JsonLines(Buffer& out, bool is_array) : out_(out), is_array_(is_array) {}
    void feed(std::string_view piece) {
        for (std::size_t i = 0; i < piece.size();) {
            if (at_start_) {
                out_.add(is_array_ ? (is_first_ ? "[\n" : ",\n") : "");
                is_first_ = at_start_ = false;
            }
            if (after_backslash_) {
                out_.add(piece[i] == '\\' ? "\\" : " ");
                after_backslash_ = false;
                ++i;
                continue;
            }
            const auto end = std::min(piece.find_first_of("\\\n", i), piece.size());
            out_.add(piece.substr(i, end - i));
            i = end;
            if (i == piece.size()) break;
            if (piece[i] == '\\') {
                after_backslash_ = true;
            } else {
                if (!is_array_) out_.add("\n");
                at_start_ = true;
            }
            ++i;
        }
    }
    void finish() {
        if (is_array_) out_.add(is_first_ ? "[]\n" : "\n]\n");
    }

  private:
    Buffer& out_;
    bool is_array_;
    bool is_first_ = true;
    bool at_start_ = true;
    bool after_backslash_ = false;
};

}  // namespace

std::int64_t write_json(db::Session& session, const db::Sql& statement, Buffer& out,
                        bool is_array) {
    JsonLines lines(out, is_array);
    const auto rows =
        session.copy_out({statement.name, "copy (select row_to_json(answer) from (\n" +
                                              statement.text + "\n) as answer) to stdout"},
                         [&](std::string_view chunk) { lines.feed(chunk); });
    lines.finish();
    return rows;
}

}  // namespace tb::app
