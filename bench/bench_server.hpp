// A database server for a benchmark: of its own, migrated, with fsync and synchronous commit on, in
// a folder that goes with it.
#pragma once

#include "src/db/local_server.hpp"
#include "src/db/migrate.hpp"
#include "src/db/session.hpp"

#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace tb::bench {

class BenchServer {
  public:
    /// @throws tb::Error as LocalServer::ensure_running and migrate
    BenchServer()
        : folder_(std::filesystem::temp_directory_path() / fmt::format("tb-bench-{}", getpid())) {
        std::filesystem::create_directories(folder_);
        // The server's account must get to its own folder below.
        std::filesystem::permissions(
            folder_, std::filesystem::perms::others_exec | std::filesystem::perms::others_read,
            std::filesystem::perm_options::add);
        options_.directory = folder_ / "server";
        conninfo_ = db::LocalServer::ensure_running(options_);
        auto first = session();
        db::MigrateOptions migrate;
        migrate.program_version = "bench";
        db::migrate(first, db::program_schema(), migrate);
    }
    ~BenchServer() {
        std::error_code ignored;
        try {
            db::LocalServer::stop(options_);
        } catch (const std::exception&) {
            return;  // the folder of a server that may still run stays
        }
        std::filesystem::remove_all(folder_, ignored);
    }
    BenchServer(const BenchServer&) = delete;
    BenchServer& operator=(const BenchServer&) = delete;

    [[nodiscard]] const std::string& conninfo() const { return conninfo_; }
    [[nodiscard]] db::Session session() const {
        return db::Session({conninfo_, "bench", std::nullopt});
    }
    /// For the benchmark's own files; goes with the server.
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  private:
    std::filesystem::path folder_;
    db::LocalServerOptions options_;
    std::string conninfo_;
};

}  // namespace tb::bench
