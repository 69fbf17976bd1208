#include "src/store/store_mark.hpp"

#include "src/base/descriptor.hpp"
#include "src/base/uuid.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::store {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, const std::string& hint = {}) {
    throw Error(ErrorKind::unavailable, what, hint, "StoreUnavailable");
}

/// The text after `name = ` on a line of its own.
std::string value_of(const std::string& text, const std::string& name) {
    const auto at = text.find("\n" + name + " = ");
    if (at == text.npos) return {};
    const auto begin = at + name.size() + 4;
    return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

std::optional<StoreMark> read_mark(const fs::path& root) {
    const auto path = root / mark_name;
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file.get() < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        fail(fmt::format("cannot read the mark of the array store {}: {}", path.string(),
                         errno == ELOOP ? "it is a link" : std::strerror(errno)));
    }
    struct stat info {};
    if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode))
        fail(fmt::format("{} is no plain file", path.string()));
    std::array<char, 4096> buffer{};
    const auto count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0)
        fail(fmt::format("cannot read the mark of the array store {}: {}", path.string(),
                         std::strerror(errno)));
    const auto text = "\n" + std::string(buffer.data(), static_cast<std::size_t>(count));
    StoreMark mark{value_of(text, "store"), value_of(text, "database"), value_of(text, "name"),
                   value_of(text, "token")};
    if (!Uuid::parse(mark.store_id) || !Uuid::parse(mark.token) || mark.database_identity.empty())
        fail(fmt::format("{} is damaged, or no mark of an array store", path.string()),
             "trialbase store adopt writes it anew, once you have made sure whose store it is.");
    return mark;
}

void write_mark(const fs::path& root, const StoreMark& mark) {
    const auto path = root / mark_name;
    const auto temporary = path.string() + "." + new_run_id().to_string() + ".tmp";
    std::string name;  // one line, whatever the database is called
    for (const char c : mark.database_name) name += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    const auto text = fmt::format(
        "The arrays below belong to a database of trialbase; do not change this file.\n"
        "store = {}\ndatabase = {}\nname = {}\ntoken = {}\n",
        mark.store_id, mark.database_identity, name, mark.token);
    const auto failed = [&](int code) {
        ::unlink(temporary.c_str());
        fail(fmt::format("cannot write the mark of the array store {}: {}", path.string(),
                         std::strerror(code)),
             code == ENOSPC || code == EDQUOT
                 ? "The disk of the array store is full: make room, or remove orphans with "
                   "trialbase store gc."
                 : "Writing to the array store needs write access to its root.");
    };
    Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (file.get() < 0) failed(errno);
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        failed(errno == 0 ? ENOSPC : errno);
    if (::fsync(file.get()) != 0 || file.close() != 0) failed(errno);
    if (::rename(temporary.c_str(), path.c_str()) != 0) failed(errno);
    const Descriptor folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() >= 0) (void)::fsync(folder.get());
}

std::vector<std::string> guests(const fs::path& root) {
    const Descriptor file(
        ::open((root / guests_name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    std::vector<std::string> lines;
    if (file.get() < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return lines;
        fail(
            fmt::format("cannot read {}: {}", (root / guests_name).string(), std::strerror(errno)));
    }
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto count = ::read(file.get(), buffer.data(), buffer.size());
        if (count < 0)
            fail(fmt::format("cannot read {}: {}", (root / guests_name).string(),
                             std::strerror(errno)));
        if (count == 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        if (end > at) lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

void add_guest(const fs::path& root, const std::string& line) {
    std::string own;
    for (const char c : line) own += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    const auto there = guests(root);
    if (std::ranges::find(there, own) != there.end()) return;
    const auto path = root / guests_name;
    // One write at the end of the file: lines of several programs do not mix.
    Descriptor file(::open(
        path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666));
    own += '\n';
    if (file.get() < 0 ||
        ::write(file.get(), own.data(), own.size()) != static_cast<ssize_t>(own.size()) ||
        ::fsync(file.get()) != 0 || file.close() != 0)
        fail(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)),
             "Writing to the array store needs write access to its root, and room on its disk.");
}

}  // namespace tb::store
