#include "ingest/formats/bytes.hpp"

#include "ingest/formats/regular_file.hpp"
#include "trialbase/error.hpp"

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

}  // namespace tb::formats
