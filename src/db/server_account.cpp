#include "src/db/server_account.hpp"

#include "src/base/user_entry.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <grp.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tb::db {
namespace {

// The C library's setgroups() changes all threads; the kernel's only the calling one, as setfsuid()
// and setfsgid() do.
bool set_thread_groups(const std::vector<gid_t>& groups) {
    return ::syscall(SYS_setgroups, groups.size(), groups.data()) == 0;
}

bool set_file_user(uid_t uid) {
    ::setfsuid(uid);
    return static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1))) == uid;
}

bool set_file_group(gid_t gid) {
    ::setfsgid(gid);
    return static_cast<gid_t>(::setfsgid(static_cast<gid_t>(-1))) == gid;
}

std::vector<gid_t> groups_of(const Account& account) {
    std::vector<gid_t> groups(64);
    int count = static_cast<int>(groups.size());
    if (::getgrouplist(account.name.c_str(), account.gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        ::getgrouplist(account.name.c_str(), account.gid, groups.data(), &count);
    }
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

}  // namespace

bool is_root() {
    return ::geteuid() == 0;
}

Account server_account() {
    const auto entry = is_root() ? user_named("postgres") : acting_user();
    if (!entry && is_root()) {
        throw Error(ErrorKind::unavailable,
                    "there is no user 'postgres', as whom a server started by root must run",
                    "Install the package postgresql, or name a server with --dsn or PGHOST.");
    }
    if (!entry) return {::geteuid(), ::getegid(), {}};
    return {entry->uid, entry->gid, entry->name};
}

AsServerAccount::AsServerAccount() {
    if (!is_root()) return;
    const auto account = server_account();
    const auto wanted = groups_of(account);
    // Within another guard the rights are laid down already.
    if (static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1))) == account.uid) return;
    const int count = ::getgroups(0, nullptr);
    groups_.resize(static_cast<std::size_t>(std::max(count, 0)));
    if (count < 0 || ::getgroups(count, groups_.data()) != count || !set_thread_groups(wanted)) {
        throw Error(ErrorKind::io, "cannot act as user " + account.name + ": " +
                                       std::string(std::strerror(errno)));
    }
    gid_ = ::getegid();
    active_ = true;
    if (!set_file_group(account.gid) || !set_file_user(account.uid)) {
        give_back();
        throw Error(ErrorKind::io, "cannot act as user " + account.name);
    }
}

AsServerAccount::~AsServerAccount() {
    if (active_) give_back();
}

void AsServerAccount::give_back() noexcept {
    const int kept = errno;
    if (!set_file_user(::geteuid()) || !set_file_group(gid_) || !set_thread_groups(groups_)) {
        std::fputs("trialbase: cannot take back the rights of root\n", stderr);
        std::abort();
    }
    errno = kept;
}

}  // namespace tb::db
