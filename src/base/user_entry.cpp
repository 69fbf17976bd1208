#include "src/base/user_entry.hpp"

#include <cerrno>
#include <vector>

#include <pwd.h>
#include <unistd.h>

namespace tb {
namespace {

/// @param ask  as getpwnam_r, without its first argument
template <class Ask>
std::optional<UserEntry> entry_of(const Ask& ask) {
    std::vector<char> room(1024);
    for (;;) {
        passwd entry{};
        passwd* found = nullptr;
        const int code = ask(&entry, room.data(), room.size(), &found);
        if (code == ERANGE && room.size() < (std::size_t{1} << 20)) {
            room.resize(room.size() * 2);
            continue;
        }
        if (code == EINTR) continue;
        if (code != 0 || found == nullptr) return std::nullopt;
        return UserEntry{found->pw_uid, found->pw_gid, found->pw_name, found->pw_dir};
    }
}

}  // namespace

std::optional<UserEntry> user_named(const std::string& name) {
    return entry_of([&](passwd* entry, char* room, std::size_t size, passwd** found) {
        return ::getpwnam_r(name.c_str(), entry, room, size, found);
    });
}

std::optional<UserEntry> acting_user() {
    return entry_of([](passwd* entry, char* room, std::size_t size, passwd** found) {
        return ::getpwuid_r(::geteuid(), entry, room, size, found);
    });
}

}  // namespace tb
