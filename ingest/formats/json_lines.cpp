#include "ingest/formats/json_lines.hpp"

#include "ingest/formats/bytes.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

namespace tb::formats {
namespace {

using nlohmann::json;

constexpr std::size_t max_nesting = 512;

/// JSON has no word for these. They are exchanged for numbers that nobody writes, and recognised by
/// their spelling when the parser hands the numbers over. A text that holds the spelling itself is
/// refused.
struct Token {
    std::string_view written;
    std::string_view standing_in;
    double value;
};
constexpr std::string_view stand_in_start = "-0.0E-0000700";
constexpr std::array<Token, 3> tokens{{
    {"-Infinity", "-0.0E-00007001", -std::numeric_limits<double>::infinity()},
    {"Infinity", "-0.0E-00007002", std::numeric_limits<double>::infinity()},
    {"NaN", "-0.0E-00007003", std::numeric_limits<double>::quiet_NaN()},
}};

/// A text with the tokens exchanged, and the way back from its places to those of the original.
struct Exchanged {
    std::string text;
    struct Shift {
        std::size_t at;        // in the new text, behind the exchanged token
        std::size_t original;  // the same place in the original
    };
    std::vector<Shift> shifts;
};

bool may_hold_tokens(std::string_view text) {
    return text.find("NaN") != std::string_view::npos ||
           text.find("Infinity") != std::string_view::npos;
}

Exchanged exchange_tokens(std::string_view text) {
    Exchanged result;
    result.text.reserve(text.size() + text.size() / 4);
    std::size_t copied = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const char letter = text[at];
        if (letter == '"') {
            ++at;
            while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
            ++at;
            continue;
        }
        if (letter == 'N' || letter == 'I' || letter == '-') {
            const auto token =
                std::find_if(tokens.begin(), tokens.end(), [&](const Token& candidate) {
                    return text.substr(at, candidate.written.size()) == candidate.written;
                });
            if (token != tokens.end()) {
                result.text += text.substr(copied, at - copied);
                result.text += token->standing_in;
                at += token->written.size();
                copied = at;
                result.shifts.push_back({result.text.size(), at});
                continue;
            }
        }
        ++at;
    }
    if (copied < text.size()) result.text += text.substr(copied);
    return result;
}

/// Builds the value; the library calls it for every part.
class Builder final : public nlohmann::json_sax<json> {
  public:
    explicit Builder(json& root) : root_(root) {}

    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] std::size_t position() const { return position_; }

    bool null() override { return add(nullptr) != nullptr; }
    bool boolean(bool value) override { return add(value) != nullptr; }
    bool number_integer(number_integer_t value) override { return add(value) != nullptr; }
    bool number_unsigned(number_unsigned_t value) override { return add(value) != nullptr; }
    bool number_float(number_float_t value, const string_t& written) override {
        for (const Token& token : tokens)
            if (written == token.standing_in) return add(token.value) != nullptr;
        return add(value) != nullptr;
    }
    bool string(string_t& value) override { return add(std::move(value)) != nullptr; }
    bool binary(binary_t& value) override { return add(std::move(value)) != nullptr; }
    bool start_object(std::size_t) override { return open(json::object()); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& value) override {
        key_ = std::move(value);
        return true;
    }
    bool parse_error(std::size_t position, const std::string&,
                     const json::exception& error) override {
        position_ = position > 0 ? position - 1 : 0;  // the library counts from 1
        problem_ = error.what();
        // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error ..."
        for (const std::string_view mark : {std::string_view("] "), std::string_view(": ")}) {
            const std::size_t found = problem_.find(mark);
            if (found != std::string::npos && (mark != ": " || problem_.starts_with("parse error")))
                problem_.erase(0, found + mark.size());
        }
        return false;
    }

  private:
    template <class Value>
    json* add(Value&& value) {
        if (open_.empty()) {
            root_ = std::forward<Value>(value);
            return &root_;
        }
        // Only the last child of each open container is open itself: earlier ones may move.
        json& parent = *open_.back();
        if (parent.is_array()) return &parent.emplace_back(std::forward<Value>(value));
        json& place = parent[key_];
        place = std::forward<Value>(value);
        return &place;
    }
    bool open(json&& container) {
        if (open_.size() == max_nesting) {
            problem_ = "nested deeper than " + std::to_string(max_nesting);
            return false;
        }
        open_.push_back(add(std::move(container)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    json& root_;
    std::vector<json*> open_;
    std::string key_;
    std::string problem_;
    std::size_t position_ = 0;
};

/// The value of `text`, which begins at byte `offset` and in line `line` of the file.
json parse_value(std::string_view text, std::string_view name, std::size_t line,
                 std::size_t offset) {
    const auto fail = [&](std::size_t position, const std::string& what) {
        line += static_cast<std::size_t>(
            std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
        throw Error(ErrorKind::data, std::string(name) + ": line " + std::to_string(line) +
                                         ", at byte " + std::to_string(offset + position) + ": " +
                                         what);
    };
    std::string_view parsed = text;
    Exchanged exchanged;
    if (may_hold_tokens(text)) {
        if (const std::size_t clash = text.find(stand_in_start); clash != std::string_view::npos)
            fail(clash, "the number " + std::string(stand_in_start) +
                            "... stands for NaN here and cannot be read");
        exchanged = exchange_tokens(text);
        parsed = exchanged.text;
    }
    json value;
    Builder builder(value);
    bool is_good = false;
    try {
        is_good = json::sax_parse(parsed.begin(), parsed.end(), &builder);
    } catch (const json::exception& error) {
        fail(0, error.what());
    }
    if (is_good) return value;
    std::size_t position = builder.position();
    const auto behind = std::upper_bound(
        exchanged.shifts.begin(), exchanged.shifts.end(), position,
        [](std::size_t place, const Exchanged::Shift& shift) { return place < shift.at; });
    if (behind != exchanged.shifts.begin())
        position = (behind - 1)->original + (position - (behind - 1)->at);
    fail(std::min(position, text.size()),
         builder.problem().empty() ? "not a JSON value" : builder.problem());
    return value;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::size_t mark_size(std::string_view text) {
    return text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
}

}  // namespace

void for_each_json_line(std::string_view text, std::string_view name,
                        const std::function<void(json&& value, std::size_t line)>& visit) {
    std::size_t line = 1;
    for (std::size_t begin = mark_size(text); begin < text.size(); ++line) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view content = text.substr(begin, end - begin);
        if (!is_blank(content)) visit(parse_value(content, name, line, begin), line);
        begin = end + 1;
    }
}

std::vector<json> parse_json_lines(std::string_view text, std::string_view name) {
    std::vector<json> values;
    for_each_json_line(text, name,
                       [&](json&& value, std::size_t) { values.push_back(std::move(value)); });
    return values;
}

std::vector<json> read_json_lines(const std::filesystem::path& file) {
    const ByteBuffer bytes = read_file(file);
    return parse_json_lines(as_text(bytes), file.string());
}

json parse_json(std::string_view text, std::string_view name) {
    const std::size_t begin = mark_size(text);
    return parse_value(text.substr(begin), name, 1, begin);
}

json read_json(const std::filesystem::path& file) {
    const ByteBuffer bytes = read_file(file);
    return parse_json(as_text(bytes), file.string());
}

}  // namespace tb::formats
