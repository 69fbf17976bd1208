#include "ingest/alyx/dump_reader.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tb::alyx {
namespace {

using nlohmann::json;

constexpr std::size_t largest_object = std::size_t{64} << 20U;

/// NaN, Infinity and -Infinity outside of texts become null.
std::string without_nan(std::string_view text) {
    std::string out;
    bool is_in_text = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_in_text) {
            if (text[i] == '\\' && i + 1 < text.size())
                out += text[i++];
            else if (text[i] == '"')
                is_in_text = false;
            out += text[i];
            continue;
        }
        if (text[i] == '"') is_in_text = true;
        bool is_replaced = false;
        for (const std::string_view word : {"NaN", "-Infinity", "Infinity"}) {
            if (text.substr(i, word.size()) != word) continue;
            out += "null";
            i += word.size() - 1;
            is_replaced = true;
            break;
        }
        if (!is_replaced) out += text[i];
    }
    return out;
}

/// JSON as dumps mostly are: plain ASCII without escapes, numbers that fit. Several times as fast
/// as the general parser, which reads whatever this one gives up on.
class PlainParser {
  public:
    explicit PlainParser(std::string_view text)
        : at_(text.data()), end_(text.data() + text.size()) {}

    /// @return false for any other text, bad or not
    bool parse(json& out) { return value(out, 0) && (skip_space(), at_ == end_); }

  private:
    static constexpr int deepest = 32;

    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    }
    bool take(char c) {
        skip_space();
        if (at_ == end_ || *at_ != c) return false;
        ++at_;
        return true;
    }
    bool word(std::string_view text) {
        if (static_cast<std::size_t>(end_ - at_) < text.size() ||
            std::string_view(at_, text.size()) != text)
            return false;
        at_ += text.size();
        return true;
    }

    bool text(std::string_view& out) {
        if (!take('"')) return false;
        const char* const first = at_;
        for (; at_ != end_; ++at_) {
            const auto c = static_cast<unsigned char>(*at_);
            if (c == '"') {
                out = {first, static_cast<std::size_t>(at_++ - first)};
                return true;
            }
            if (c < 0x20U || c >= 0x80U || c == '\\') return false;
        }
        return false;
    }

    bool number(json& out) {
        const char* const first = at_;
        const bool is_negative = *at_ == '-';
        if (is_negative) ++at_;
        const char* const digits = at_;
        while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
        if (at_ == digits || (*digits == '0' && at_ - digits > 1)) return false;
        bool is_whole = true;
        if (at_ != end_ && *at_ == '.') {
            is_whole = false;
            const char* const fraction = ++at_;
            while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
            if (at_ == fraction) return false;
        }
        if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) return false;
        if (is_whole && at_ - digits > 18) return false;
        if (!is_whole) {
            double read = 0;
            if (std::from_chars(first, at_, read).ptr != at_) return false;
            out = read;
        } else if (is_negative) {
            std::int64_t read = 0;
            if (std::from_chars(first, at_, read).ptr != at_) return false;
            out = read;
        } else {
            std::uint64_t read = 0;
            if (std::from_chars(first, at_, read).ptr != at_) return false;
            out = read;
        }
        return true;
    }

    bool object(json& out, int depth) {
        out = json::object();
        auto& members = out.get_ref<json::object_t&>();
        if (take('}')) return true;
        do {
            std::string_view name;
            if (!text(name) || !take(':')) return false;
            const auto member = members.insert_or_assign(std::string(name), json()).first;
            if (!value(member->second, depth + 1)) return false;
        } while (take(','));
        return take('}');
    }

    bool array(json& out, int depth) {
        out = json::array();
        auto& entries = out.get_ref<json::array_t&>();
        if (take(']')) return true;
        do {
            entries.emplace_back();
            if (!value(entries.back(), depth + 1)) return false;
        } while (take(','));
        return take(']');
    }

    bool value(json& out, int depth) {
        skip_space();
        if (at_ == end_ || depth > deepest) return false;
        switch (*at_) {
            case '{':
                ++at_;
                return object(out, depth);
            case '[':
                ++at_;
                return array(out, depth);
            case '"': {
                std::string_view read;
                if (!text(read)) return false;
                out = std::string(read);
                return true;
            }
            case 't':
                out = true;
                return word("true");
            case 'f':
                out = false;
                return word("false");
            case 'n':
                out = nullptr;
                return word("null");
            default:
                return number(out);
        }
    }

    const char* at_;
    const char* end_;
};

/// Discarded for text that is no JSON, but for NaN and infinities.
json parse_entry(const std::string& text) {
    json value;
    if (PlainParser(text).parse(value)) return value;
    value = json::parse(text, nullptr, false);
    if (value.is_discarded()) value = json::parse(without_nan(text), nullptr, false);
    return value;
}

/// Cuts the list into its entries as bytes come in, and reads each.
class ListReader {
  public:
    ListReader(std::string name, const std::function<void(DumpObject)>& take)
        : name_(std::move(name)), take_(take) {}

    void add(std::string_view bytes) {
        for (std::size_t i = 0; i < bytes.size() && !summary_.fault; ++i, ++position_) {
            if (depth_ > 0) {
                i = within_entry(bytes, i);
            } else {
                between_entries(bytes[i]);
            }
        }
    }

    DumpSummary finish() {
        if (!summary_.fault && !is_closed_) {
            fail(is_open_ ? "the list is cut off" : "it holds no list",
                 is_open_ ? "Was the dump or its copy interrupted? Make it again; what came before "
                            "is loaded."
                          : "A dump of Alyx is a JSON list of {model, pk, fields}.");
        }
        return std::move(summary_);
    }

  private:
    void fail(const std::string& what, const std::string& hint) {
        summary_.fault = Error(ErrorKind::data,
                               fmt::format("{}: {} (byte {}, after {} objects)", name_, what,
                                           position_, summary_.objects),
                               hint, "InvalidDump");
    }

    void between_entries(char c) {
        const bool is_space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
        if (is_space || (position_ < 3 && static_cast<unsigned char>(c) >= 0xBBU)) return;
        if (!is_open_) {
            if (c == '[') {
                is_open_ = true;
            } else {
                fail("it holds no list", "A dump of Alyx is a JSON list of {model, pk, fields}.");
            }
            return;
        }
        if (is_closed_) {
            fail("something follows the list", "One file holds one list.");
        } else if (c == '{') {
            flush_odd();
            depth_ = 1;
            entry_ = "{";
        } else if (c == ']') {
            flush_odd();
            is_closed_ = true;
        } else if (c == ',') {
            flush_odd();
        } else if (odd_.size() < 40) {
            odd_ += c;
        }
    }

    /// Follows an entry to its end or to the end of the bytes. @return the last place used
    std::size_t within_entry(std::string_view bytes, std::size_t i) {
        const auto start = i;
        for (; i < bytes.size(); ++i) {
            const char c = bytes[i];
            if (is_in_text_) {
                if (is_escaped_)
                    is_escaped_ = false;
                else if (c == '\\')
                    is_escaped_ = true;
                else if (c == '"')
                    is_in_text_ = false;
                continue;
            }
            if (c == '"')
                is_in_text_ = true;
            else if (c == '{' || c == '[')
                ++depth_;
            else if ((c == '}' || c == ']') && --depth_ == 0)
                break;
        }
        const auto end = std::min(i + 1, bytes.size());
        if (entry_.size() + end - start <= largest_object) {
            entry_.append(bytes.substr(start, end - start));
        } else {
            is_too_large_ = true;
        }
        position_ += end - start - 1;
        if (depth_ == 0) read_entry();
        return end - 1;
    }

    void odd(const std::string& why) {
        if (summary_.odd++ == 0) summary_.first_odd = fmt::format("byte {}: {}", position_, why);
    }

    void flush_odd() {
        if (!odd_.empty()) odd("'" + odd_ + "' is no object");
        odd_.clear();
    }

    void read_entry() {
        if (std::exchange(is_too_large_, false)) {
            odd("an object of more than 64 MiB");
            return;
        }
        auto value = parse_entry(entry_);
        if (value.is_discarded()) {
            odd("no JSON");
            return;
        }
        const auto model = value.find("model");
        const auto fields = value.find("fields");
        if (model == value.end() || !model->is_string() || fields == value.end() ||
            !fields->is_object()) {
            odd("no object of model, pk and fields");
            return;
        }
        DumpObject object;
        object.model = model->get<std::string>();
        std::ranges::transform(object.model, object.model.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (const auto pk = value.find("pk"); pk != value.end() && !pk->is_null())
            object.pk = pk->is_string() ? pk->get<std::string>()
                                        : pk->dump(-1, ' ', false, json::error_handler_t::replace);
        object.fields = std::move(*fields);
        ++summary_.objects;
        take_(std::move(object));
    }

    std::string name_;
    const std::function<void(DumpObject)>& take_;
    DumpSummary summary_;
    std::size_t position_ = 0;
    bool is_open_ = false, is_closed_ = false;
    int depth_ = 0;
    bool is_in_text_ = false, is_escaped_ = false, is_too_large_ = false;
    std::string entry_, odd_;
};

}  // namespace

DumpSummary read_dump(const std::filesystem::path& file,
                      const std::function<void(DumpObject)>& take) {
    if (!std::filesystem::exists(file))
        throw Error(ErrorKind::not_found, file.string() + ": there is no such file",
                    "Name a dump that is there, as Django's dumpdata writes it (JSON); relative "
                    "paths begin in the folder that the command runs in.",
                    "MissingFile");
    std::ifstream in(file, std::ios::binary);
    if (!in || std::filesystem::is_directory(file))
        throw Error(ErrorKind::io, "cannot read " + file.string(),
                    "A dump is one JSON file that this user may read; of a folder name its files.");
    ListReader reader(file.string(), take);
    std::vector<char> chunk(std::size_t{1} << 20U);
    while (in) {
        in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
        reader.add({chunk.data(), static_cast<std::size_t>(in.gcount())});
    }
    if (in.bad()) throw Error(ErrorKind::io, "cannot read " + file.string());
    return reader.finish();
}

DumpSummary read_dump_text(std::string_view text, const std::string& name,
                           const std::function<void(DumpObject)>& take) {
    ListReader reader(name, take);
    reader.add(text);
    return reader.finish();
}

}  // namespace tb::alyx
