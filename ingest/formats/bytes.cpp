#include "ingest/formats/bytes.hpp"

#include "ingest/formats/regular_file.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <limits>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::formats {

RegularFile::RegularFile(const std::filesystem::path& file) : name_(file.string()) {
    descriptor_ = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0)
        throw Error(ErrorKind::io, "cannot open " + name_ + ": " + std::strerror(errno));
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor_);
        throw Error(ErrorKind::io, "cannot read " + name_ + ": not a regular file");
    }
    size_ = static_cast<std::size_t>(status.st_size);
}

RegularFile::~RegularFile() {
    ::close(descriptor_);
}

void RegularFile::read(std::span<std::byte> into) {
    std::size_t done = 0;
    while (done < into.size()) {
        // One call moves at most 2 GiB; smaller pieces keep it interruptible.
        const std::size_t want = std::min<std::size_t>(into.size() - done, std::size_t{1} << 30U);
        const ssize_t got = ::read(descriptor_, into.data() + done, want);
        if (got < 0) {
            if (errno == EINTR) continue;
            throw Error(ErrorKind::io, "cannot read " + name_ + ": " + std::strerror(errno));
        }
        if (got == 0)
            throw Error(ErrorKind::io, name_ + ": ended at byte " + std::to_string(position_) +
                                           " of " + std::to_string(size_) +
                                           " while it was read; it was cut meanwhile");
        done += static_cast<std::size_t>(got);
        position_ += static_cast<std::size_t>(got);
    }
}

ByteBuffer read_file(const std::filesystem::path& file) {
    RegularFile opened(file);
    ByteBuffer bytes(opened.size());
    opened.read(bytes);
    return bytes;
}

void throw_bad_bytes(std::string_view name, std::size_t offset, std::string_view what) {
    throw Error(ErrorKind::data, std::string(name) + ": at byte " + std::to_string(offset) + ": " +
                                     std::string(what));
}

double half_to_double(std::uint16_t bits) noexcept {
    const int exponent = (bits >> 10) & 0x1f;
    const int fraction = bits & 0x3ff;
    double value = 0.0;
    if (exponent == 0) {
        value = std::ldexp(fraction, -24);
    } else if (exponent == 31) {
        value = fraction == 0 ? std::numeric_limits<double>::infinity()
                              : std::numeric_limits<double>::quiet_NaN();
    } else {
        value = std::ldexp(fraction + 1024, exponent - 25);
    }
    return (bits & 0x8000) != 0 ? -value : value;
}

void append_utf8(std::string& text, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0U | (code >> 6U));
        put(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        put(0xE0U | (code >> 12U));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    } else {
        put(0xF0U | (code >> 18U));
        put(0x80U | ((code >> 12U) & 0x3FU));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    }
}

namespace {

/// Length of the well-formed sequence at the front, 0 when there is none.
std::size_t utf8_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) return first == 0 ? 0 : 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
    // Overlong forms, surrogates, and what lies above the last character.
    const unsigned second = byte(1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) {
        return 0;
    }
    return length;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string escaped_utf8(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string plain;
    while (!text.empty()) {
        const auto length = utf8_length(text);
        if (length == 0) {
            const auto byte = static_cast<unsigned char>(text[0]);
            plain += {'\\', 'x', digits[byte >> 4U], digits[byte & 0xFU]};
        } else {
            plain += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return plain;
}

}  // namespace tb::formats
