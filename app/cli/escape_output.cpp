#include "app/cli/escape_output.hpp"

#include "app/cli/print.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <unistd.h>

namespace tb::app {
namespace {

/// @return false with errno set
bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

/// Length of the beginning of a character at the end of a text that its next piece completes.
std::size_t open_end(std::string_view text) {
    for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if ((byte & 0xC0) == 0x80) continue;
        const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        return length > back ? back : 0;
    }
    return 0;
}

struct Escaped {
    int descriptor;
    std::string kept;  // the beginning of a character
};

ssize_t write_escaped(void* cookie, const char* bytes, std::size_t size) {
    auto& out = *static_cast<Escaped*>(cookie);
    std::string text = out.kept + std::string(bytes, size);
    const auto open = open_end(text);
    out.kept = text.substr(text.size() - open);
    text.resize(text.size() - open);
    return write_all(out.descriptor, printable(text, true)) ? static_cast<ssize_t>(size) : 0;
}

int close_escaped(void* cookie) {
    auto& out = *static_cast<Escaped*>(cookie);
    (void)write_all(out.descriptor, printable(out.kept, true));
    out.kept.clear();
    return 0;
}

void escape(FILE*& stream, Escaped& target, int buffering) {
    cookie_io_functions_t functions{};
    functions.write = write_escaped;
    functions.close = close_escaped;
    auto* const escaped = ::fopencookie(&target, "w", functions);
    if (escaped == nullptr) return;
    std::fflush(stream);
    (void)std::setvbuf(escaped, nullptr, buffering, BUFSIZ);
    stream = escaped;
}

}  // namespace

void escape_output(bool stdout_is_data) {
    // Never destroyed: the streams are flushed after everything else, when the program ends.
    static auto& to_stdout = *new Escaped{STDOUT_FILENO, {}};
    static auto& to_stderr = *new Escaped{STDERR_FILENO, {}};
    escape(stderr, to_stderr, _IOLBF);
    if (!stdout_is_data) escape(stdout, to_stdout, ::isatty(STDOUT_FILENO) != 0 ? _IOLBF : _IOFBF);
}

}  // namespace tb::app
