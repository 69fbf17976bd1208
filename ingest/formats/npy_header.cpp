#include "ingest/formats/npy_header.hpp"

#include "ingest/formats/bytes.hpp"

#include <cfloat>

namespace tb::formats {
namespace {

constexpr int deepest_field = 16;
constexpr std::size_t max_dimensions = 64;
constexpr std::size_t max_item_size = std::size_t{1} << 31U;

/// A type description: text, or a list of fields.
struct Description {
    std::string text;
    struct Field;
    std::vector<Field> fields;
    bool is_list = false;
};
struct Description::Field {
    std::string name;
    Description description;
    std::vector<std::size_t> shape;
};

/// Reads the Python literal of the header. Positions are byte offsets in the file.
class LiteralReader {
  public:
    LiteralReader(std::string_view text, std::size_t file_offset, bool is_utf8,
                  std::string_view name)
        : text_(text), file_offset_(file_offset), is_utf8_(is_utf8), name_(name) {}

    [[noreturn]] void fail(std::string_view what) const {
        throw_bad_bytes(name_, file_offset_ + at_, what);
    }

    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' ||
                                      text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }
    [[nodiscard]] char peek() {
        skip_space();
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    [[nodiscard]] bool accept(char wanted) {
        if (peek() != wanted || at_ >= text_.size()) return false;
        ++at_;
        return true;
    }
    void expect(char wanted) {
        if (!accept(wanted)) fail(std::string("malformed header, expected '") + wanted + "'");
    }
    [[nodiscard]] bool at_end() {
        skip_space();
        return at_ >= text_.size();
    }

    [[nodiscard]] std::string string() {
        skip_space();
        if (at_ < text_.size() && (text_[at_] == 'u' || text_[at_] == 'b')) ++at_;
        if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"'))
            fail("malformed header, expected a quoted text");
        const char quote = text_[at_++];
        std::string result;
        while (true) {
            if (at_ >= text_.size()) fail("malformed header, a quoted text does not end");
            const char letter = text_[at_++];
            if (letter == quote) return result;
            if (letter == '\\') {
                append_escape(result);
            } else if (!is_utf8_ && static_cast<unsigned char>(letter) >= 0x80) {
                append_utf8(result, static_cast<unsigned char>(letter));
            } else {
                result.push_back(letter);
            }
        }
    }

    [[nodiscard]] bool boolean() {
        skip_space();
        for (const auto& [word, value] : {std::pair{std::string_view("True"), true},
                                          std::pair{std::string_view("False"), false}}) {
            if (text_.substr(at_, word.size()) == word) {
                at_ += word.size();
                return value;
            }
        }
        fail("malformed header, expected True or False");
    }

    /// A whole number, with the L that Python 2 puts behind long ones.
    [[nodiscard]] std::size_t number() {
        skip_space();
        std::size_t value = 0;
        const std::size_t first = at_;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
            const auto digit = static_cast<std::size_t>(text_[at_] - '0');
            if (__builtin_mul_overflow(value, std::size_t{10}, &value) ||
                __builtin_add_overflow(value, digit, &value))
                fail("a number in the shape is too large");
            ++at_;
        }
        if (at_ == first) fail("malformed header, expected a whole number that is not negative");
        if (at_ < text_.size() && text_[at_] == 'L') ++at_;
        return value;
    }

    /// (2, 3), (3,), () or, for the shape of a field, a bare number.
    [[nodiscard]] std::vector<std::size_t> shape(bool may_be_bare) {
        std::vector<std::size_t> result;
        if (may_be_bare && peek() != '(') {
            result.push_back(number());
            return result;
        }
        expect('(');
        while (!accept(')')) {
            if (result.size() == max_dimensions) fail("too many dimensions");
            result.push_back(number());
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return result;
    }

    [[nodiscard]] Description description(int nesting) {
        if (nesting > deepest_field) fail("fields are nested too deeply");
        Description result;
        if (!accept('[')) {
            result.text = string();
            return result;
        }
        result.is_list = true;
        while (!accept(']')) {
            Description::Field field;
            expect('(');
            if (accept('(')) {  // (title, name)
                (void)string();
                expect(',');
                field.name = string();
                (void)accept(',');
                expect(')');
            } else {
                field.name = string();
            }
            expect(',');
            field.description = description(nesting + 1);
            if (accept(',') && peek() != ')') {
                field.shape = shape(true);
                (void)accept(',');
            }
            expect(')');
            result.fields.push_back(std::move(field));
            if (!accept(',')) {
                expect(']');
                break;
            }
        }
        return result;
    }

  private:
    void append_escape(std::string& result) {
        if (at_ >= text_.size()) fail("malformed header, a quoted text does not end");
        const char letter = text_[at_++];
        std::size_t digits = 0;
        switch (letter) {
            case '\\':
            case '\'':
            case '"':
                result.push_back(letter);
                return;
            case 'n':
                result.push_back('\n');
                return;
            case 't':
                result.push_back('\t');
                return;
            case 'r':
                result.push_back('\r');
                return;
            case 'x':
                digits = 2;
                break;
            case 'u':
                digits = 4;
                break;
            case 'U':
                digits = 8;
                break;
            default:
                fail("malformed header, unknown escape in a quoted text");
        }
        std::uint32_t code = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            const char digit = at_ < text_.size() ? text_[at_++] : '\0';
            std::uint32_t value = 0;
            if (digit >= '0' && digit <= '9') {
                value = static_cast<std::uint32_t>(digit - '0');
            } else if (digit >= 'a' && digit <= 'f') {
                value = static_cast<std::uint32_t>(digit - 'a' + 10);
            } else if (digit >= 'A' && digit <= 'F') {
                value = static_cast<std::uint32_t>(digit - 'A' + 10);
            } else {
                fail("malformed header, bad escape in a quoted text");
            }
            code = code * 16 + value;
        }
        if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
            fail("malformed header, bad escape in a quoted text");
        append_utf8(result, code);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t file_offset_;
    bool is_utf8_;
    std::string_view name_;
};

NpyType parse_type(const std::string& text, const LiteralReader& reader) {
    NpyType type;
    type.stored = text;
    std::string_view rest = text;
    char order = '=';
    if (!rest.empty() && std::string_view("<>|=").find(rest[0]) != std::string_view::npos) {
        order = rest[0];
        rest.remove_prefix(1);
    }
    const auto unknown = [&]() { reader.fail("type '" + text + "' is not supported"); };
    if (rest.empty()) unknown();
    char kind = rest[0];
    if (kind == 'O')
        reader.fail(
            "object arrays (pickled Python objects) are not read; save the array with a numeric "
            "type");
    rest.remove_prefix(1);
    std::size_t size = 0;
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
        size = size * 10 + static_cast<std::size_t>(rest[0] - '0');
        if (size > max_item_size) reader.fail("type '" + text + "' is too large");
        rest.remove_prefix(1);
    }
    if (kind == 'M' || kind == 'm') {
        if (size != 8) unknown();
        type.is_moment = kind == 'M';
        type.time_unit = "generic";
        if (!rest.empty()) {
            if (rest.size() < 3 || rest.front() != '[' || rest.back() != ']') unknown();
            type.time_unit = std::string(rest.substr(1, rest.size() - 2));
            rest = {};
        }
        kind = 'i';
    }
    if (!rest.empty()) unknown();
    if (kind == 'a') kind = 'S';
    bool known = false;
    switch (kind) {
        case 'f':
            known = size == 2 || size == 4 || size == 8 || size == 16;
            break;
        case 'i':
        case 'u':
            known = size == 1 || size == 2 || size == 4 || size == 8;
            break;
        case 'b':
            known = size == 1;
            break;
        case 'c':
            known = size == 8 || size == 16;
            break;
        case 'S':
        case 'U':
        case 'V':
            known = true;
            break;
        default:
            break;
    }
    if (!known) unknown();
    if (kind == 'f' && size == 16 && (LDBL_MANT_DIG != 64 || order == '>'))
        reader.fail("type '" + text + "' is not supported: long doubles differ between machines");
    type.kind = kind;
    type.item_size = kind == 'U' ? size * 4 : size;
    type.normal = kind + std::to_string(size);
    if (order == '>') {
        if (kind == 'U') {
            type.swap_size = 4;
        } else if (kind == 'c') {
            type.swap_size = size / 2;
        } else if ((kind == 'f' || kind == 'i' || kind == 'u') && size > 1) {
            type.swap_size = size;
        }
    }
    return type;
}

/// Bytes of a description; appends the plain parts that begin at `offset` to `leaves`.
std::size_t lay_out(const Description& description, std::size_t offset, const LiteralReader& reader,
                    std::vector<NpyField>& leaves, std::vector<NpyField>* fields) {
    if (!description.is_list) {
        NpyField leaf;
        leaf.type = parse_type(description.text, reader);
        leaf.offset = offset;
        leaves.push_back(leaf);
        return leaf.type.item_size;
    }
    if (description.fields.empty()) reader.fail("a structured type without fields");
    std::size_t size = 0;
    for (const auto& part : description.fields) {
        std::size_t repeats = 1;
        for (const std::size_t extent : part.shape)
            if (__builtin_mul_overflow(repeats, extent, &repeats) || repeats > 4096)
                reader.fail("a field's array has more than 4096 elements");
        std::size_t part_size = 0;
        for (std::size_t i = 0; i < repeats; ++i) {
            if (leaves.size() > 65536) reader.fail("too many fields");
            part_size +=
                lay_out(part.description, offset + size + part_size, reader, leaves, nullptr);
            if (part_size > max_item_size) reader.fail("the fields are too large");
        }
        if (fields != nullptr && !part.name.empty()) {  // fields without a name are padding
            NpyField field;
            field.name = part.name;
            field.offset = offset + size;
            field.is_plain = !part.description.is_list && part.shape.empty();
            if (field.is_plain) {
                field.type = leaves.back().type;
            } else {
                field.type.item_size = part_size;
                field.type.normal = "V" + std::to_string(part_size);
                field.type.stored = field.type.normal;
            }
            fields->push_back(std::move(field));
        }
        size += part_size;
        if (size > max_item_size) reader.fail("the fields are too large");
    }
    return size;
}

}  // namespace

std::size_t npy_header_end(std::span<const std::byte> start, std::size_t file_size,
                           std::string_view name) {
    if (start.size() < 10 || as_text(start.first(6)) != "\x93NUMPY")
        throw_bad_bytes(name, 0, "not an .npy file");
    const auto major = std::to_integer<unsigned>(start[6]);
    if (major < 1 || major > 3)
        throw_bad_bytes(name, 6,
                        ".npy format version " + std::to_string(major) +
                            " is not supported, expected 1, 2 or 3");
    std::size_t end = 0;
    if (major == 1) {
        end = 10 + std::size_t{load<std::uint16_t>(start.data() + 8)};
    } else {
        if (start.size() < 12) throw_bad_bytes(name, start.size(), "the header is cut short");
        end = 12 + std::size_t{load<std::uint32_t>(start.data() + 8)};
    }
    if (end > file_size)
        throw_bad_bytes(name, 8,
                        "the header would end at byte " + std::to_string(end) + " of " +
                            std::to_string(file_size));
    return end;
}

NpyHeader parse_npy_header(std::span<const std::byte> start, std::size_t file_size,
                           std::string_view name) {
    const std::size_t end = npy_header_end(start, file_size, name);
    const auto major = std::to_integer<unsigned>(start[6]);
    const std::size_t begin = major == 1 ? 10 : 12;
    LiteralReader reader(as_text(start.subspan(begin, end - begin)), begin, major >= 3, name);

    NpyHeader header;
    header.data_offset = end;
    std::optional<Description> description;
    std::optional<bool> fortran_order;
    std::optional<std::vector<std::size_t>> shape;
    reader.expect('{');
    while (!reader.accept('}')) {
        const std::string key = reader.string();
        reader.expect(':');
        if (key == "descr" && !description) {
            description = reader.description(0);
        } else if (key == "fortran_order" && !fortran_order) {
            fortran_order = reader.boolean();
        } else if (key == "shape" && !shape) {
            shape = reader.shape(false);
        } else {
            reader.fail("unexpected key '" + key + "' in the header");
        }
        if (!reader.accept(',')) {
            reader.expect('}');
            break;
        }
    }
    if (!reader.at_end()) reader.fail("malformed header, text after its end");
    if (!description || !fortran_order || !shape)
        reader.fail("the header lacks descr, fortran_order or shape");

    header.fortran_order = *fortran_order;
    header.shape = std::move(*shape);
    const std::size_t item_size = lay_out(*description, 0, reader, header.leaves,
                                          description->is_list ? &header.fields : nullptr);
    if (description->is_list) {
        header.type.item_size = item_size;
        header.type.normal = "V" + std::to_string(item_size);
        header.type.stored = header.type.normal;
    } else {
        header.type = header.leaves.front().type;
    }

    header.count = 1;
    bool is_empty = false;
    for (const std::size_t extent : header.shape) {
        if (extent == 0) is_empty = true;
    }
    for (const std::size_t extent : header.shape) {
        if (extent != 0 && __builtin_mul_overflow(header.count, extent, &header.count))
            reader.fail("the shape is too large");
    }
    if (is_empty) header.count = 0;
    const std::size_t available = file_size - end;
    if (__builtin_mul_overflow(header.count, item_size, &header.data_size) ||
        header.data_size > available || (item_size == 0 && header.count > file_size))
        throw_bad_bytes(name, end,
                        "the header promises " + std::to_string(header.count) + " elements of " +
                            std::to_string(item_size) + " bytes, but " + std::to_string(available) +
                            " bytes follow");
    return header;
}

}  // namespace tb::formats
