#include "src/db/server_settings.hpp"

#include "src/db/private_folder.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

namespace tb::db {
namespace {

// Whatever addresses local.conf makes it listen on: nobody is trusted there.
constexpr const char* hba_text =
    "# Written by trialbase at every start. For rules of your own set hba_file in local.conf.\n"
    "# The socket lies in a folder that only the server's account and root can enter.\n"
    "local all all trust\n"
    "local replication all trust\n"
    "host all all all scram-sha-256\n"
    "host replication all all scram-sha-256\n";

std::string settings_text(const Layout& layout, const LocalServerOptions& options) {
    const auto megabytes =
        static_cast<long long>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE) / (1024 * 1024);
    const auto buffers = std::clamp(megabytes / 8, 32LL, options.ephemeral ? 128LL : 512LL);
    std::string out =
        "# Written by trialbase at every start: put your own settings into local.conf beside this "
        "file.\n";
    out += fmt::format("listen_addresses = {}\n",
                       quote_setting(layout.listen ? layout.listen->address : ""));
    // Relative names would be looked up in the folder that the server was started from.
    out += fmt::format("hba_file = {}\n",
                       quote_setting((layout.data / "trialbase_hba.conf").string()));
    out += "password_encryption = 'scram-sha-256'\n";
    out += fmt::format("unix_socket_directories = {}\n", quote_setting(layout.sockets.string()));
    out += "unix_socket_permissions = 0700\n";
    out += fmt::format("port = {}\n", layout.port);
    out += "max_connections = 200\n";
    out += fmt::format("shared_buffers = {}MB\n", buffers);
    out += fmt::format("effective_cache_size = {}MB\n", std::max(megabytes / 2, 64LL));
    out += fmt::format("work_mem = {}MB\n", std::clamp(megabytes / 256, 4LL, 64LL));
    out += fmt::format("maintenance_work_mem = {}MB\n", std::clamp(megabytes / 32, 16LL, 512LL));
    out += "max_wal_size = 4GB\n";
    out += "wal_compression = on\n";
    out += "jit = off\n";               // short statements: compiling them costs more than it saves
    out += "random_page_cost = 1.1\n";  // solid-state disks
    out += "track_io_timing = on\n";
    out += "autovacuum_vacuum_scale_factor = 0.05\n";  // queues live on few dead rows
    out += "autovacuum_analyze_scale_factor = 0.02\n";
    out += "autovacuum_naptime = 15s\n";
    out += "timezone = 'UTC'\n";
    out += "log_timezone = 'UTC'\n";
    out += "log_line_prefix = '%m [%p] %a '\n";
    out += "log_lock_waits = on\n";
    out += "log_checkpoints = off\n";
    if (options.ephemeral) {
        out += "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\n";
        out += "max_wal_size = 1GB\n";
    } else {
        out += "synchronous_commit = on\n";
    }
    return out;
}

}  // namespace

void write_settings(const Layout& layout, const LocalServerOptions& options) {
    write_private_file(layout.data / "trialbase_hba.conf", hba_text);
    write_private_file(layout.data / "trialbase.conf", settings_text(layout, options));
}

}  // namespace tb::db
