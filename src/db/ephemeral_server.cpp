#include "src/db/local_server.hpp"
#include "src/db/server_account.hpp"
#include "src/db/server_layout.hpp"
#include "trialbase/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::db {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view ephemeral_prefix = "tb-eph-";

/// Stops and removes servers whose program has ended without doing so.
void sweep_ephemeral(const fs::path& parent) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(parent, ignored)) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with(ephemeral_prefix)) continue;
        const int owner = std::atoi(name.c_str() + ephemeral_prefix.size());
        if (owner <= 0 || ::kill(owner, 0) == 0 || errno != ESRCH) continue;
        // The folder /tmp is everybody's: what others have put there is left alone.
        struct stat info {};
        if (::lstat(entry.path().c_str(), &info) != 0 || !S_ISDIR(info.st_mode) ||
            (info.st_uid != server_account().uid && info.st_uid != ::geteuid()))
            continue;
        try {
            LocalServerOptions options;
            options.directory = entry.path();
            options.ephemeral = true;
            LocalServer::stop(options);
            fs::remove_all(entry.path());
        } catch (const std::exception&) {
            // Another's folder, or another program sweeps it at this moment.
        }
    }
}

}  // namespace

EphemeralServer::EphemeralServer() {
    const fs::path parent = "/tmp";  // short, and enterable by postgres
    sweep_ephemeral(parent);
    auto name = (parent / fmt::format("{}{}-XXXXXX", ephemeral_prefix, ::getpid())).string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw Error(ErrorKind::io, fmt::format("cannot make a folder in {}: {}", parent.string(),
                                               std::strerror(errno)));
    }
    options_.directory = name;
    options_.ephemeral = true;
    LocalServer::ensure_running(options_);
}

EphemeralServer::~EphemeralServer() {
    try {
        LocalServer::stop(options_);
    } catch (const std::exception& error) {
        fmt::print(stderr, "trialbase: {}\n", error.what());
    }
    std::error_code ignored;
    fs::remove_all(options_.directory, ignored);
}

std::string EphemeralServer::conninfo(const std::string& database) const {
    return conninfo_of(layout_of(options_), database);
}

}  // namespace tb::db
