#include "src/db/private_folder.hpp"

#include "src/db/server_account.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::db {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& doing, const fs::path& path, int code = errno) {
    throw Error(ErrorKind::io,
                fmt::format("cannot {} {}: {}", doing, path.string(),
                            code == ELOOP ? "it is a link" : std::strerror(code)),
                code == ELOOP ? "Links are not followed in the private server's folder." : "");
}

bool is_empty_folder(int folder) {
    const int again = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again < 0) return false;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(again), ::closedir);
    if (!directory) return false;
    while (const auto* entry = ::readdir(directory.get())) {
        if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
            return false;
    }
    return true;
}

void write_all(int file, std::string_view text, const fs::path& path) {
    while (!text.empty()) {
        const auto count = ::write(file, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail("write", path);
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

/// A plain file of the folder, or none.
Descriptor open_plain(const fs::path& path, int flags) {
    Descriptor file(::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat info {};
    if (file && (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode))) {
        errno = ELOOP;
        return Descriptor();
    }
    return file;
}

}  // namespace

void make_private_folder(const fs::path& path) {
    const auto account = server_account();
    std::optional<AsServerAccount> acting;  // from the first folder of the account on
    Descriptor folder(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    fs::path so_far = "/";
    bool made = false;
    struct stat info {};
    for (const auto& part : path.relative_path()) {
        so_far /= part;
        const bool is_last = so_far == path;
        made = ::mkdirat(folder.get(), part.c_str(), is_last ? 0700 : 0755) == 0;
        if (!made && errno != EEXIST && errno != EACCES && errno != EROFS) {
            const int code = errno;
            throw Error(
                ErrorKind::io,
                fmt::format("cannot make folder {}: {}", so_far.string(), std::strerror(code)),
                "Set TRIALBASE_SERVER_DIR to a folder that you may write.");
        }
        Descriptor next(
            ::openat(folder.get(), part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!next) {
            const int code = errno;
            throw Error(ErrorKind::io,
                        code == ENOTDIR || code == ELOOP
                            ? fmt::format("{} is not a folder", so_far.string())
                            : fmt::format("cannot make folder {}: {}", so_far.string(),
                                          std::strerror(code == ENOENT ? EACCES : code)),
                        "Set TRIALBASE_SERVER_DIR to a folder that you may write.");
        }
        if (::fstat(next.get(), &info) != 0) fail("look at", so_far);
        if (is_root() && !acting && info.st_uid == account.uid) acting.emplace();
        folder = std::move(next);
    }
    if (info.st_uid != account.uid && info.st_uid != ::geteuid()) {
        throw Error(ErrorKind::io, fmt::format("folder {} belongs to another user", path.string()),
                    "Set TRIALBASE_SERVER_DIR to a folder of your own.");
    }
    if (info.st_uid != account.uid && !made && !is_empty_folder(folder.get())) {
        throw Error(ErrorKind::io,
                    fmt::format("folder {} is not {}'s and not empty", path.string(), account.name),
                    fmt::format("Set TRIALBASE_SERVER_DIR to another folder, or give it to the "
                                "server's account: chown {} {}",
                                account.name, path.string()));
    }
    const Descriptor opened(::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) fail("open", path);
    if (info.st_uid != account.uid && ::fchown(opened.get(), account.uid, account.gid) != 0)
        fail("give to the server's account", path);
    if ((info.st_mode & 0777U) != 0700 && ::fchmod(opened.get(), 0700) != 0)
        fail("set the mode of", path);
}

std::optional<std::string> read_private_file(const fs::path& path, std::uint64_t from,
                                             std::size_t most) {
    const AsServerAccount acting;
    const auto file = open_plain(path, O_RDONLY);
    if (!file || ::lseek(file.get(), static_cast<off_t>(from), SEEK_SET) < 0) return std::nullopt;
    std::string text;
    std::array<char, 16384> buffer{};
    while (text.size() < most) {
        const auto count =
            ::read(file.get(), buffer.data(), std::min(buffer.size(), most - text.size()));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::nullopt;
        if (count == 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
}

std::uint64_t private_file_size(const fs::path& path) {
    const AsServerAccount acting;
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)
               ? static_cast<std::uint64_t>(info.st_size)
               : 0;
}

void write_private_file(const fs::path& path, std::string_view text) {
    const AsServerAccount acting;
    auto fresh = path.string() + ".XXXXXX";
    const Descriptor file(::mkostemp(fresh.data(), O_CLOEXEC));  // mode 0600
    if (!file) fail("make", fresh);
    try {
        write_all(file.get(), text, fresh);
        if (::rename(fresh.c_str(), path.c_str()) != 0) fail("write", path);
    } catch (...) {
        ::unlink(fresh.c_str());
        throw;
    }
}

void append_private_file(const fs::path& path, std::string_view text) {
    const AsServerAccount acting;
    const auto file = open_plain(path, O_WRONLY | O_APPEND);
    if (!file) fail("open", path);
    write_all(file.get(), text, path);
}

fs::path make_temporary_folder(const fs::path& parent, const std::string& prefix) {
    const AsServerAccount acting;
    auto name = (parent / (prefix + "XXXXXX")).string();
    if (::mkdtemp(name.data()) == nullptr) fail("make a folder in", parent);
    return name;
}

FolderLock::FolderLock(const fs::path& file, std::chrono::seconds timeout) {
    const AsServerAccount acting;
    const auto deadline = Clock::now() + timeout;
    for (;;) {
        if (!file_) {
            const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
            file_ = Descriptor(::open(file.c_str(), flags, 0600));
            // Earlier versions made it as root, whose files the account cannot open.
            if (!file_ && errno == EACCES && ::unlink(file.c_str()) == 0)
                file_ = Descriptor(::open(file.c_str(), flags, 0600));
            if (!file_) fail("open", file);
        }
        if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) {
            struct stat held {};
            struct stat named {};
            if (::fstat(file_.get(), &held) == 0 && ::lstat(file.c_str(), &named) == 0 &&
                held.st_ino == named.st_ino && held.st_dev == named.st_dev)
                return;
            file_ = Descriptor();  // somebody has put another in its place
        } else if (errno != EWOULDBLOCK && errno != EINTR) {
            fail("lock", file);
        }
        if (Clock::now() > deadline) {
            throw Error(
                ErrorKind::unavailable,
                fmt::format(
                    "another program has been starting or stopping the server in {} for {} s",
                    file.parent_path().string(), timeout.count()));
        }
        if (file_) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

}  // namespace tb::db
