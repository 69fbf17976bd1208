#include "app/cli/output_file.hpp"

#include "trialbase/error.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::app {

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
    if (path_.empty() || path_ == "-") {
        file_ = STDOUT_FILENO;
        return;
    }
    struct stat info {};
    if (::lstat(path_.c_str(), &info) != 0) {
        if (errno != ENOENT) fail(errno);
        open_beside(0666);
        if (file_ < 0) fail(errno);
    } else if (S_ISREG(info.st_mode)) {
        open_beside(info.st_mode & 0777U);
        // A folder that only lets its files be written to.
        if (file_ < 0 && (errno == EACCES || errno == EPERM)) open_in_place();
        if (file_ < 0) fail(errno);
        if (kind_ == Kind::replaced) ::fchmod(file_, info.st_mode & 0777U);
    } else {
        // Links, too, are followed by the kernel, which knows whose links are not to be followed.
        open_in_place();
    }
}

void OutputFile::open_in_place() {
    kind_ = Kind::in_place;
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0 && errno == EISDIR)
        throw Error(ErrorKind::usage, fmt::format("cannot write {}: it is a folder", path_));
    if (file_ < 0) fail(errno);
}

void OutputFile::open_beside(unsigned mode) {
    kind_ = Kind::replaced;
    for (int attempt = 0; attempt < 100; ++attempt) {
        std::uint64_t number = 0;
        if (::getrandom(&number, sizeof number, 0) != sizeof number) return;
        temporary_ = fmt::format("{}.{:016x}.part", path_, number);
        file_ =
            ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (file_ >= 0 || errno != EEXIST) return;
    }
}

OutputFile::~OutputFile() {
    if (kind_ == Kind::standard_output || file_ < 0) return;
    ::close(file_);
    if (kind_ == Kind::replaced) ::unlink(temporary_.c_str());
}

void OutputFile::fail(int code) const {
    throw Error(ErrorKind::io, fmt::format("cannot write {}: {}",
                                           kind_ == Kind::standard_output ? "to stdout" : path_,
                                           std::strerror(code)));
}

void OutputFile::begin() {
    if (std::exchange(begun_, true)) return;
    struct stat info {};
    // The plain file that a link leads to; a pipe has nothing to be shortened.
    if (kind_ == Kind::in_place && ::fstat(file_, &info) == 0 && S_ISREG(info.st_mode) &&
        ::ftruncate(file_, 0) != 0)
        fail(errno);
}

int OutputFile::descriptor() {
    begin();
    return file_;
}

void OutputFile::write(std::string_view text) {
    begin();
    while (!text.empty()) {
        const auto count = ::write(file_, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail(errno);
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

void OutputFile::commit() {
    if (kind_ == Kind::standard_output) return;
    begin();
    // EINVAL, EROFS, ENOTSUP: a pipe or a device has no disk to be on.
    if (::fsync(file_) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP) fail(errno);
    if (::close(std::exchange(file_, -1)) != 0) {
        const int code = errno;
        if (kind_ == Kind::replaced) ::unlink(temporary_.c_str());
        fail(code);
    }
    if (kind_ == Kind::replaced && ::rename(temporary_.c_str(), path_.c_str()) != 0) {
        const int code = errno;
        ::unlink(temporary_.c_str());
        fail(code);
    }
}

}  // namespace tb::app
