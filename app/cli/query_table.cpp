#include "app/cli/print.hpp"
#include "app/cli/query_writers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace tb::app {
namespace {

bool is_number(unsigned type) {
    return type == db::oid::int2 || type == db::oid::int4 || type == db::oid::int8 ||
           type == db::oid::float4 || type == db::oid::float8 || type == db::oid::numeric;
}

/// Columns that a UTF-8 text takes on a terminal, taking every character for one wide.
std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Breaks and tabs of a text are blanks here; what else a terminal must not get is escaped.
std::string one_line(std::string_view text) {
    std::string flat(text);
    std::replace_if(
        flat.begin(), flat.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return printable(flat);
}

/// The text on one line, cut to `width` characters.
std::string cell(std::string_view text, std::size_t width) {
    std::string flat = one_line(text);
    if (display_width(flat) <= width) return flat;
    const std::size_t keep = width > 3 ? width - 3 : width;
    std::size_t end = 0;
    for (std::size_t characters = 0; end < flat.size(); ++end) {
        if ((flat[end] & 0xC0) != 0x80 && characters++ == keep) break;
    }
    flat.resize(end);
    return width > 3 ? flat + "..." : flat;
}

/// Numbers at full precision are hard to read side by side: six digits after the point are shown.
std::string shown(const db::Result& rows, std::size_t row, std::size_t column) {
    if (rows.is_null(row, column)) return "";
    const auto text = rows.bytes(row, column);
    const auto type = rows.type_oid(column);
    if (type == db::oid::boolean) return text == "t" ? "true" : "false";
    if (type == db::oid::float8 || type == db::oid::float4 || type == db::oid::numeric) {
        const auto point = text.find('.');
        if (point != std::string_view::npos && text.size() - point > 7) {
            double value = 0;
            std::from_chars(text.data(), text.data() + text.size(), value);
            std::array<char, 64> digits{};
            const bool has_exponent =
                text.find('e') != std::string_view::npos || (std::abs(value) < 0.001 && value != 0);
            const auto end = has_exponent
                                 ? std::to_chars(digits.data(), digits.data() + digits.size(),
                                                 value, std::chars_format::scientific, 4)
                                 : std::to_chars(digits.data(), digits.data() + digits.size(),
                                                 value, std::chars_format::fixed, 6);
            if (end.ec == std::errc()) return {digits.data(), end.ptr};
        }
    }
    return std::string(text);
}

/// A column's name on lines of at most `width` characters, broken after underscores where it must.
std::vector<std::string> folded(std::string_view name, std::size_t width) {
    std::vector<std::string> lines{""};
    while (!name.empty()) {
        const auto end = std::min(name.find('_'), name.size() - 1) + 1;
        const auto word = name.substr(0, end);
        if (!lines.back().empty() &&
            display_width(lines.back()) + display_width(word) > std::max<std::size_t>(width, 1)) {
            lines.emplace_back();
        }
        lines.back() += word;
        name.remove_prefix(end);
    }
    return lines;
}

/// Width of a name folded as far as it goes.
std::size_t folded_width(std::string_view name) {
    std::size_t width = 0;
    for (const auto& line : folded(name, 1)) width = std::max(width, display_width(line));
    return width;
}

class TableWriter {
  public:
    TableWriter(Buffer& out, int width) : out_(out), width_(width) {}

    void write(const db::Result& rows) {
        if (widths_.empty()) lay_out(rows);
        for (std::size_t row = 0; row < rows.rows(); ++row) {
            is_expanded_ ? write_record(rows, row) : write_row(rows, row);
            ++count_;
        }
    }

    void finish() {
        out_.add("(" + std::to_string(count_) + (count_ == 1 ? " row)\n" : " rows)\n"));
    }

  private:
    static constexpr std::size_t narrowest_text = 8;

    void lay_out(const db::Result& rows) {
        const auto columns = rows.columns();
        std::vector<std::size_t> least;  // widths below which values are cut
        for (std::size_t c = 0; c < columns; ++c) {
            names_.push_back(printable(rows.column_name(c)));
            std::size_t width = std::max<std::size_t>(folded_width(names_.back()), 1);
            for (std::size_t row = 0; row < rows.rows(); ++row) {
                width = std::max(width, display_width(one_line(shown(rows, row, c))));
            }
            least.push_back(width);
            widths_.push_back(std::max(width, display_width(names_.back())));
        }
        if (width_ > 0) {
            auto total = [&] {
                std::size_t sum = 2 * (columns - 1);
                for (const auto width : widths_) sum += width;
                return sum;
            };
            // Long names are folded first, then long texts are cut.
            while (total() > static_cast<std::size_t>(width_)) {
                std::size_t widest = columns;
                for (std::size_t c = 0; c < columns; ++c) {
                    if (widths_[c] <= least[c]) continue;
                    if (widest == columns || widths_[c] > widths_[widest]) widest = c;
                }
                for (std::size_t c = 0; c < columns && !may_fold(least); ++c) {
                    if (is_number(rows.type_oid(c)) || widths_[c] <= narrowest_text ||
                        widths_[c] <= folded_width(names_[c])) {
                        continue;
                    }
                    if (widest == columns || widths_[c] > widths_[widest]) widest = c;
                }
                if (widest == columns) {
                    is_expanded_ = true;
                    break;
                }
                --widths_[widest];
            }
        }
        if (is_expanded_) {
            for (const auto& name : names_)
                name_width_ = std::max(name_width_, display_width(name));
            return;
        }
        std::vector<std::vector<std::string>> heads;
        std::size_t n_lines = 0;
        std::string rule;
        for (std::size_t c = 0; c < columns; ++c) {
            heads.push_back(folded(names_[c], widths_[c]));
            n_lines = std::max(n_lines, heads.back().size());
            rule += std::string(widths_[c], '-') + (c + 1 == columns ? "" : "  ");
        }
        for (std::size_t line = 0; line < n_lines; ++line) {
            std::string head;
            for (std::size_t c = 0; c < columns; ++c) {
                const std::size_t above = n_lines - heads[c].size();  // names stand on the rule
                add_cell(head, c, line < above ? "" : heads[c][line - above],
                         is_number(rows.type_oid(c)), c + 1 == columns);
            }
            while (!head.empty() && head.back() == ' ') head.pop_back();
            out_.add(head + "\n");
        }
        out_.add(rule + "\n");
    }

    /// Some column is wider than its values and its folded name need.
    [[nodiscard]] bool may_fold(const std::vector<std::size_t>& least) const {
        for (std::size_t c = 0; c < widths_.size(); ++c) {
            if (widths_[c] > least[c]) return true;
        }
        return false;
    }

    void add_cell(std::string& line, std::size_t c, std::string_view text, bool to_right,
                  bool is_last) {
        const auto value = to_right ? std::string(text) : cell(text, widths_[c]);
        const auto width = display_width(value);
        const std::string pad(width < widths_[c] ? widths_[c] - width : 0, ' ');
        if (to_right) line += pad;
        line += value;
        if (!to_right && !is_last) line += pad;
        if (!is_last) line += "  ";
    }

    void write_row(const db::Result& rows, std::size_t row) {
        std::string line;
        for (std::size_t c = 0; c < rows.columns(); ++c) {
            add_cell(line, c, shown(rows, row, c), is_number(rows.type_oid(c)),
                     c + 1 == rows.columns());
        }
        while (!line.empty() && line.back() == ' ') line.pop_back();
        out_.add(line + "\n");
    }

    void write_record(const db::Result& rows, std::size_t row) {
        std::string text = "-- row " + std::to_string(count_ + 1) + "\n";
        const auto room = static_cast<std::size_t>(width_) > name_width_ + 2 + narrowest_text
                              ? static_cast<std::size_t>(width_) - name_width_ - 2
                              : narrowest_text;
        for (std::size_t c = 0; c < rows.columns(); ++c) {
            text += names_[c];
            std::size_t indent = name_width_ - display_width(names_[c]) + 2;
            for (const auto& line : wrapped(one_line(shown(rows, row, c)), room)) {
                if (!line.empty()) text += std::string(indent, ' ') + line;
                text += "\n";
                indent = name_width_ + 2;
            }
        }
        out_.add(text);
    }

    Buffer& out_;
    int width_;
    std::vector<std::string> names_;
    std::vector<std::size_t> widths_;
    std::size_t name_width_ = 0;
    bool is_expanded_ = false;
    std::int64_t count_ = 0;
};

}  // namespace

std::int64_t write_table(db::Session& session, const db::Sql& statement, Buffer& out, int width) {
    std::int64_t rows = 0;
    session.exec({statement.name, "declare answer no scroll cursor for\n" + statement.text + "\n"});
    TableWriter table(out, width);
    while (true) {
        const auto page = session.exec({statement.name, "fetch 1000 from answer"});
        table.write(page);
        rows += static_cast<std::int64_t>(page.rows());
        if (page.rows() < 1000) break;
    }
    table.finish();
    return rows;
}

}  // namespace tb::app
