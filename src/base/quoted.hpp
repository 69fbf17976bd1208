// Text as one value of a log line.
#pragma once

#include <string_view>

#include <fmt/format.h>

namespace tb {

/// Formatted in quotes, with quotes, backslashes and control characters escaped as in JSON: a log
/// line stays one line, whatever a message holds. Formats nothing when the line is not logged.
struct Quoted {
    std::string_view text;
};

}  // namespace tb

template <>
struct fmt::formatter<tb::Quoted> {
    constexpr auto parse(format_parse_context& context) { return context.begin(); }
    template <class Context>
    auto format(const tb::Quoted& value, Context& context) const {
        auto out = context.out();
        *out++ = '"';
        for (const char c : value.text) {
            switch (c) {
                case '"':
                case '\\':
                    *out++ = '\\';
                    *out++ = c;
                    break;
                case '\n':
                    out = fmt::format_to(out, "\\n");
                    break;
                case '\r':
                    out = fmt::format_to(out, "\\r");
                    break;
                case '\t':
                    out = fmt::format_to(out, "\\t");
                    break;
                default:
                    if (static_cast<unsigned char>(c) < 0x20) {
                        out = fmt::format_to(out, "\\u{:04x}", static_cast<unsigned>(c));
                    } else {
                        *out++ = c;
                    }
            }
        }
        *out++ = '"';
        return out;
    }
};
