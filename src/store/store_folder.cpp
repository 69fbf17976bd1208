#include "src/store/store_folder.hpp"

#include "trialbase/error.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/stat.h>

namespace tb::store {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail_link(const fs::path& folder) {
    throw Error(
        ErrorKind::io, fmt::format("{} is a link", folder.string()),
        "No links are followed below the array store's root: mount the other disk there, or "
        "make the root itself a link.");
}

}  // namespace

[[noreturn]] void fail_io(const std::string& doing, const fs::path& path, int code) {
    // A store that is full, read-only or gone is unavailable: no other array will fare better.
    const bool is_gone = code == ENOSPC || code == EDQUOT || code == EROFS || code == ESTALE ||
                         code == ENODEV || code == ENOTCONN;
    Error error(is_gone ? ErrorKind::unavailable : ErrorKind::io,
                fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(code)),
                code == ENOSPC || code == EDQUOT
                    ? "The disk of the array store is full: make room, or remove orphans with "
                      "trialbase store gc."
                : code == EROFS || code == EACCES || code == EPERM
                    ? "Writing to the array store needs write access to its root."
                    : "");
    // As the database says it: a full disk is waited for (populate_contracts, 20).
    if (code == ENOSPC || code == EDQUOT) error.sqlstate = "53100";
    throw error;
}

void refuse_links(const fs::path& root, const fs::path& relative) {
    fs::path folder = root;
    for (const auto& part : relative) {
        folder /= part;
        struct stat status {};
        if (::lstat(folder.c_str(), &status) == 0 && S_ISLNK(status.st_mode)) fail_link(folder);
    }
}

void make_folders(const fs::path& root, const fs::path& relative, bool make_root) {
    fs::path folder = root;
    auto next = relative.begin();
    for (;;) {
        const bool is_root = folder == root;
        const bool is_made = (!is_root || make_root) && ::mkdir(folder.c_str(), 0777) == 0;
        if (!is_made) {
            const int code = errno;
            struct stat status {};
            const int found =
                is_root ? ::stat(folder.c_str(), &status) : ::lstat(folder.c_str(), &status);
            if (found == 0 && S_ISLNK(status.st_mode)) fail_link(folder);
            if (found != 0 || !S_ISDIR(status.st_mode))
                fail_io(is_root ? "make the root of the array store" : "make the folder", folder,
                        is_root && !make_root ? errno : code);
        }
        if (next == relative.end()) return;
        folder /= *next++;
    }
}

}  // namespace tb::store
