#include "ingest/formats/csv.hpp"

#include "ingest/formats/bytes.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <limits>
#include <optional>

namespace tb::formats {
namespace {

/// Splits the text into fields. Those with doubled quotes are rewritten and kept in `rewritten`.
class FieldReader {
  public:
    FieldReader(std::string_view text, std::string_view name, const CsvOptions& options)
        : text_(text), name_(name), options_(options) {
        if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    }

    [[noreturn]] void fail(std::size_t line, const std::string& what) const {
        throw Error(ErrorKind::data,
                    std::string(name_) + ": line " + std::to_string(line) + ": " + what);
    }

    /// The fields of the next line that is not empty; false at the end.
    bool next(std::vector<std::string_view>& fields) {
        while (at_ < text_.size()) {
            fields.clear();
            line_ = next_line_;
            const bool has_content = read_line(fields);
            if (has_content) return true;
        }
        return false;
    }
    [[nodiscard]] std::size_t line() const {
        return line_;
    }  ///< of the fields that came last, from 1

  private:
    [[nodiscard]] bool at_line_end() const {
        return at_ >= text_.size() || text_[at_] == '\n' ||
               (text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n'));
    }
    void skip_line_end() {
        if (at_ < text_.size() && text_[at_] == '\r') ++at_;
        if (at_ < text_.size() && text_[at_] == '\n') ++at_;
        ++next_line_;
    }
    void skip_delimiters() {
        while (at_ < text_.size() && text_[at_] == options_.delimiter) ++at_;
    }

    bool read_line(std::vector<std::string_view>& fields) {
        if (options_.merge_delimiters) skip_delimiters();
        bool has_content = false;
        if (!at_line_end()) {
            has_content = true;
            while (true) {
                fields.push_back(read_field());
                if (at_line_end()) break;
                ++at_;  // the delimiter
                if (options_.merge_delimiters) {
                    skip_delimiters();
                    if (at_line_end()) break;
                }
            }
        }
        skip_line_end();
        return has_content;
    }

    std::string_view read_field() {
        if (at_ < text_.size() && text_[at_] == '"') return read_quoted();
        const std::size_t begin = at_;
        while (!at_line_end() && text_[at_] != options_.delimiter) ++at_;
        return text_.substr(begin, at_ - begin);
    }

    std::string_view read_quoted() {
        const std::size_t begin = ++at_;
        std::string* rewritten = nullptr;
        std::size_t copied = begin;
        while (true) {
            const std::size_t quote = text_.find('"', at_);
            if (quote == std::string_view::npos) fail(line_, "a quote is not closed");
            next_line_ += static_cast<std::size_t>(
                std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                           text_.begin() + static_cast<std::ptrdiff_t>(quote), '\n'));
            at_ = quote + 1;
            if (at_ < text_.size() && text_[at_] == '"') {
                if (rewritten == nullptr) rewritten = &rewritten_.emplace_back();
                rewritten->append(text_.substr(copied, at_ - copied));
                copied = ++at_;
                continue;
            }
            if (!at_line_end() && text_[at_] != options_.delimiter)
                fail(line_, "text behind a closing quote");
            if (rewritten == nullptr) return text_.substr(begin, quote - begin);
            rewritten->append(text_.substr(copied, quote - copied));
            return *rewritten;
        }
    }

    std::string_view text_;
    std::string_view name_;
    const CsvOptions& options_;
    std::size_t at_ = 0;
    std::size_t line_ = 0;
    std::size_t next_line_ = 1;
    std::deque<std::string> rewritten_;
};

std::optional<std::int64_t> to_integer(std::string_view text) {
    if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> to_double(std::string_view text) {
    if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size() || text.empty()) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
        // Too large or too small for a double: what strtod gives, infinity or (nearly) zero.
        return std::strtod(std::string(text).c_str(), nullptr);
    }
    if (error != std::errc() || text.back() == ')') return std::nullopt;  // no nan(...)
    return value;
}

std::optional<bool> to_boolean(std::string_view text) {
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    return std::nullopt;
}

/// Reads all fields with `convert`; false at the first that it refuses.
template <class T, class Convert>
bool convert_all(const std::vector<std::string_view>& fields, Convert&& convert, T missing,
                 std::vector<T>& values) {
    values.clear();
    values.reserve(fields.size());
    for (const std::string_view field : fields) {
        if (field.empty()) {
            values.push_back(missing);
            continue;
        }
        const auto value = convert(field);
        if (!value) return false;
        values.push_back(*value);
    }
    return true;
}

void fill_column(Column& column, const std::vector<std::string_view>& fields,
                 const CsvOptions& options) {
    const auto empty = static_cast<std::size_t>(std::count_if(
        fields.begin(), fields.end(), [](std::string_view field) { return field.empty(); }));
    const auto as_text = [&]() {
        column.values = std::vector<std::string>(fields.begin(), fields.end());
    };
    column.stored_type = "text";
    if (options.all_text) {
        as_text();
        return;
    }
    std::vector<std::int64_t> integers;
    std::vector<double> reals;
    std::vector<bool> booleans;
    if (empty == fields.size() && empty > 0) {
        column.values = std::vector<double>(fields.size(), nan);
        return;
    }
    if (convert_all(fields, to_integer, std::int64_t{0}, integers)) {
        column.values = std::move(integers);
    } else if (convert_all(fields, to_double, nan, reals)) {
        column.values = std::move(reals);
        return;
    } else if (convert_all(fields, to_boolean, false, booleans)) {
        column.values = std::move(booleans);
    } else {
        as_text();
    }
    if (empty > 0)
        for (const std::string_view field : fields) column.missing.push_back(field.empty());
}

}  // namespace

Table parse_csv(std::string_view text, std::string_view name, const CsvOptions& options) {
    FieldReader reader(text, name, options);
    Table table;
    std::vector<std::string_view> fields;
    if (!reader.next(fields)) return table;
    for (std::size_t c = 0; c < fields.size(); ++c) {
        table.columns.emplace_back();
        table.columns.back().name = options.has_header ? std::string(fields[c]) : std::to_string(c);
    }
    std::vector<std::vector<std::string_view>> columns(fields.size());
    bool has_row = !options.has_header || reader.next(fields);
    while (has_row) {
        if (fields.size() != columns.size())
            reader.fail(reader.line(), std::to_string(fields.size()) + " fields, expected " +
                                           std::to_string(columns.size()));
        for (std::size_t c = 0; c < fields.size(); ++c) columns[c].push_back(fields[c]);
        ++table.rows;
        has_row = reader.next(fields);
    }
    for (std::size_t c = 0; c < columns.size(); ++c)
        fill_column(table.columns[c], columns[c], options);
    return table;
}

Table read_csv(const std::filesystem::path& file, const CsvOptions& options) {
    const ByteBuffer bytes = read_file(file);
    return parse_csv(as_text(bytes), file.string(), options);
}

}  // namespace tb::formats
