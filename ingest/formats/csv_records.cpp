#include "ingest/formats/csv_records.hpp"

#include "ingest/formats/bytes.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace tb::formats {
namespace {

constexpr std::size_t max_bytes = std::size_t{64} << 20U;

[[noreturn]] void fail(std::string_view name, std::size_t line, std::size_t column,
                       const std::string& what, const std::string& hint = {}) {
    throw Error(ErrorKind::data,
                fmt::format("{}: line {}, column {}: {}", name, line, column, what), hint);
}

/// Length of the well-formed UTF-8 sequence at the front of `text`, 0 where there is none (RFC
/// 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if (!follows(1) || !follows(2)) return 0;
        if (first == 0xE0 && byte(1) < 0xA0) return 0;
        if (first == 0xED && byte(1) > 0x9F) return 0;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (!follows(1) || !follows(2) || !follows(3)) return 0;
        if (first == 0xF0 && byte(1) < 0x90) return 0;
        if (first == 0xF4 && byte(1) > 0x8F) return 0;
        return 4;
    }
    return 0;
}

void check_encoding(std::string_view text, std::string_view name) {
    const char* const hint = "Save it as UTF-8 (in a spreadsheet: CSV UTF-8).";
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        fail(name, 1, 1, "the file is UTF-16", hint);
    std::size_t line = 1, column = 1;
    while (!text.empty()) {
        const auto length = sequence_length(text);
        if (length == 0)
            fail(name, line, column,
                 fmt::format("byte 0x{:02x} is no UTF-8 (the file may be Latin-1)",
                             static_cast<unsigned char>(text[0])),
                 hint);
        if (text[0] == '\0') fail(name, line, column, "a zero byte", "The file is no text.");
        if (text[0] == '\n') {
            ++line;
            column = 1;
        } else {
            ++column;
        }
        text.remove_prefix(length);
    }
}

char delimiter_of(std::string_view text) {
    const auto first = text.substr(0, text.find('\n'));
    const auto commas = std::ranges::count(first, ',');
    if (std::ranges::count(first, ';') > commas) return ';';
    return std::ranges::count(first, '\t') > commas ? '\t' : ',';
}

std::string trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return std::string(text);
}

/// Takes one record at a time from the front of a text.
class Reader {
  public:
    Reader(std::string_view text, std::string_view name, char delimiter)
        : text_(text), name_(name), delimiter_(delimiter) {}

    /// False at the end.
    bool next(CsvRecord& record) {
        while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) step();
        if (at_ == text_.size()) return false;
        record.line = line_;
        record.fields.clear();
        while (true) {
            record.fields.push_back(field());
            if (at_ == text_.size()) return true;
            const char end = text_[at_];
            step();
            if (end == '\n') return true;
        }
    }

  private:
    void step() {
        if (text_[at_] == '\n') {
            ++line_;
            line_begin_ = at_ + 1;
        }
        ++at_;
    }
    [[nodiscard]] bool is_at_end() const {
        return at_ == text_.size() || text_[at_] == delimiter_ || text_[at_] == '\n' ||
               (text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n'));
    }
    [[nodiscard]] std::size_t column() const {
        std::size_t n = 1;
        for (std::size_t i = line_begin_; i < at_; ++i)
            n += (static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80U ? 1 : 0;
        return n;
    }

    std::string field() {
        while (at_ < text_.size() && text_[at_] == ' ') step();
        if (at_ < text_.size() && text_[at_] == '"') return quoted();
        const auto begin = at_;
        while (!is_at_end()) step();
        const auto value = trimmed(text_.substr(begin, at_ - begin));
        skip_carriage_return();
        return value;
    }

    std::string quoted() {
        const auto line = line_;
        const auto begin = column();
        step();
        std::string value;
        while (true) {
            if (at_ == text_.size()) fail(name_, line, begin, "a quote that is not closed");
            const char c = text_[at_];
            step();
            if (c != '"') {
                value += c;
            } else if (at_ < text_.size() && text_[at_] == '"') {
                value += '"';
                step();
            } else {
                break;
            }
        }
        while (at_ < text_.size() && text_[at_] == ' ') step();
        if (!is_at_end()) fail(name_, line_, column(), "text behind a closing quote");
        skip_carriage_return();
        return trimmed(value);
    }

    void skip_carriage_return() {
        if (at_ < text_.size() && text_[at_] == '\r') step();
    }

    std::string_view text_;
    std::string_view name_;
    char delimiter_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t line_begin_ = 0;
};

}  // namespace

CsvRecords parse_csv_records(std::string_view text, std::string_view name) {
    if (text.size() > max_bytes)
        throw Error(ErrorKind::data, fmt::format("{}: larger than 64 MiB", name));
    check_encoding(text, name);
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    CsvRecords table;
    table.delimiter = delimiter_of(text);
    Reader reader(text, name, table.delimiter);
    CsvRecord record;
    if (reader.next(record)) table.header = record.fields;
    while (reader.next(record)) {
        // What a spreadsheet leaves of deleted rows: delimiters alone.
        if (std::ranges::any_of(record.fields, [](const auto& field) { return !field.empty(); }))
            table.records.push_back(record);
    }
    return table;
}

CsvRecords read_csv_records(const std::filesystem::path& file) {
    const auto bytes = read_file(file);
    return parse_csv_records(as_text(bytes), file.string());
}

}  // namespace tb::formats
