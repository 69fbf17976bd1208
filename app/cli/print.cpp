#include "app/cli/print.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tb::app {

namespace {

/// Columns that a text takes: code points, not bytes.
std::size_t shown_width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

/// Bytes of the first character, 0 when they are no UTF-8.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t length = byte(0) < 0x80   ? 1
                               : byte(0) < 0xC2 ? 0
                               : byte(0) < 0xE0 ? 2
                               : byte(0) < 0xF0 ? 3
                               : byte(0) < 0xF5 ? 4
                                                : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    if (length == 3 && ((byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xED && byte(1) > 0x9F)))
        return 0;  // too long a form; half of a pair of UTF-16
    if (length == 4 && ((byte(0) == 0xF0 && byte(1) < 0x90) || (byte(0) == 0xF4 && byte(1) > 0x8F)))
        return 0;
    return length;
}

/// One character of UTF-8 that terminals obey instead of showing it.
bool steers_terminal(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return first < 0x20 || first == 0x7F;
    const auto second = static_cast<unsigned char>(character[1]);
    if (character.size() == 2) return first == 0xC2 && second < 0xA0;  // U+0080 to U+009F
    if (character.size() != 3 || first != 0xE2) return false;
    const auto third = static_cast<unsigned char>(character[2]);
    // Line and paragraph separators and turns of the writing direction: U+200E, U+200F, U+2028 to
    // U+202E, U+2066 to U+2069.
    return (second == 0x80 &&
            (third == 0x8E || third == 0x8F || (third >= 0xA8 && third <= 0xAE))) ||
           (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

std::string cut_to(const std::string& text, std::size_t width) {
    if (shown_width(text) <= width) return text;
    std::size_t at = 0, seen = 0;
    const auto keep = width > 3 ? width - 3 : 0;
    while (at < text.size() && seen < keep) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
        ++seen;
    }
    return text.substr(0, at) + "...";
}

bool is_number(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.' || c == ',' ||
               c == '-' || c == '+' || c == 'e' || c == '%';
    });
}

std::string records(const std::vector<std::string>& header,
                    const std::vector<std::vector<std::string>>& rows, std::size_t width) {
    std::size_t indent = 0;
    for (const auto& name : header) indent = std::max(indent, shown_width(name) + 2);
    std::string text;
    for (const auto& row : rows) {
        if (!text.empty()) text += "\n";
        for (std::size_t c = 0; c < header.size(); ++c) {
            if (row[c].empty()) continue;
            const auto lines = wrapped(row[c], width > indent ? width - indent : 1);
            for (std::size_t i = 0; i < lines.size(); ++i) {
                const auto name = i == 0 ? header[c] : std::string();
                text += name + std::string(indent - shown_width(name), ' ') + lines[i] + "\n";
            }
        }
    }
    return text;
}

}  // namespace

std::string printable(std::string_view text, bool keep_lines) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto length = utf8_length(text);
        const auto piece = text.substr(0, std::max<std::size_t>(length, 1));
        text.remove_prefix(piece.size());
        if (length == 0 || steers_terminal(piece)) {
            if (keep_lines && (piece == "\n" || piece == "\t")) {
                out += piece;
            } else if (piece == "\n" || piece == "\t" || piece == "\r") {
                out += piece == "\n" ? "\\n" : piece == "\t" ? "\\t" : "\\r";
            } else {
                for (const char byte : piece)
                    out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
            }
        } else {
            out += piece;
        }
    }
    return out;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t most) {
    width = std::max<std::size_t>(width, 4);
    std::vector<std::string> lines;
    while (true) {
        std::size_t end = 0, seen = 0, blank = text.npos;
        for (; end < text.size(); ++end) {
            if ((static_cast<unsigned char>(text[end]) & 0xC0) != 0x80 && seen++ == width) break;
            if (text[end] == ' ') blank = end;
        }
        if (end == text.size()) {
            lines.emplace_back(text);
            return lines;
        }
        if (lines.size() + 1 == most) {
            lines.push_back(cut_to(std::string(text), width));
            return lines;
        }
        if (text[end] == ' ') blank = end;
        const auto at = blank == text.npos || blank == 0 ? end : blank;
        lines.emplace_back(text.substr(0, at));
        text.remove_prefix(at == blank ? at + 1 : at);
    }
}

std::string text_table(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& given, std::size_t width) {
    std::vector<std::vector<std::string>> rows(given);
    for (auto& row : rows) {
        for (auto& cell : row) cell = printable(cell);
    }
    std::vector<std::size_t> widths;
    std::vector<bool> right(header.size(), !rows.empty());
    for (const auto& name : header) widths.push_back(shown_width(name));
    for (const auto& row : rows) {
        for (std::size_t c = 0; c < header.size(); ++c) {
            widths[c] = std::max(widths[c], shown_width(row[c]));
            if (!is_number(row[c])) right[c] = false;
        }
    }
    std::size_t gap = 2;
    if (width > 0 && !widths.empty()) {
        std::size_t before = 0;
        for (std::size_t c = 0; c + 1 < widths.size(); ++c) before += widths[c] + gap;
        if (right.back() && before + widths.back() > width) {  // numbers are not cut: closer, then
            gap = 1;
            before -= widths.size() - 1;
        }
        const std::size_t least = 24, room = width > before ? width - before : 0;
        if (room < std::min(least, widths.back()) && !right.back())
            return records(header, rows, width);
        widths.back() = std::min(widths.back(), std::max(least, room));
    }
    std::string text;
    const auto line = [&](const std::vector<std::string>& cells) {
        std::string one;
        for (std::size_t c = 0; c < cells.size(); ++c) {
            const auto cell = c + 1 == cells.size() ? cut_to(cells[c], widths[c]) : cells[c];
            const std::string pad(widths[c] - std::min(widths[c], shown_width(cell)), ' ');
            one += right[c] ? pad + cell : cell + pad;
            if (c + 1 < cells.size()) one.append(gap, ' ');
        }
        while (!one.empty() && one.back() == ' ') one.pop_back();
        text += one + "\n";
    };
    line(header);
    for (const auto& row : rows) line(row);
    return text;
}

std::size_t terminal_width() {
    winsize size{};
    if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

std::string with_commas(std::int64_t number) {
    auto text = std::to_string(number);
    const std::ptrdiff_t first = number < 0 ? 1 : 0;
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > first; at -= 3)
        text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

std::string bytes_text(std::int64_t bytes) {
    const auto value = static_cast<double>(bytes);
    if (value < 1e3) return fmt::format("{} B", bytes);
    if (value < 1e6) return fmt::format("{:.1f} kB", value / 1e3);
    if (value < 1e9) return fmt::format("{:.1f} MB", value / 1e6);
    return fmt::format("{:.2f} GB", value / 1e9);
}

std::string duration_text(double seconds) {
    if (seconds < 60) return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<long long>(seconds);
    if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

namespace {

/// Past the stream, in which control characters are shown instead of sent.
void draw(const std::string& text) {
    std::fflush(stderr);
    (void)!::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

void ProgressLine::show(const std::string& text) {
    if (!enabled_) return;
    draw("\r\033[K" + printable(text));
    drawn_ = true;
}

void ProgressLine::clear() {
    if (drawn_) draw("\r\033[K");
    drawn_ = false;
}

}  // namespace tb::app
