#include "src/db/postgres_binaries.hpp"

#include "src/base/environment.hpp"
#include "src/db/run_program.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace tb::db {
namespace {

namespace fs = std::filesystem;

constexpr int oldest_major = 15;

/// Major version of an installation, 0 when the folder holds none.
int major_of(const fs::path& binaries) {
    for (const auto* program : {"initdb", "pg_ctl", "postgres"}) {
        if (::access((binaries / program).c_str(), X_OK) != 0) return 0;
    }
    const auto answer = run_program(
        {(binaries / "postgres").string(), "--version"});  // "postgres (PostgreSQL) 15.20 (...)"
    const auto at = answer.output.find_first_of("0123456789");
    return answer.status == 0 && at != std::string::npos ? std::atoi(answer.output.c_str() + at)
                                                         : 0;
}

std::vector<fs::path> candidate_binaries(const fs::path& named) {
    if (!named.empty()) return {named};
    if (const auto set = variable("POSTGRES_BIN")) return {*set};
    std::vector<fs::path> found;
    const auto add_children = [&](const fs::path& parent, std::string_view prefix) {
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(parent, ignored)) {
            if (entry.path().filename().string().starts_with(prefix))
                found.push_back(entry.path() / "bin");
        }
    };
    add_children("/usr/lib/postgresql", "");       // Debian, Ubuntu
    add_children("/usr", "pgsql-");                // Red Hat family
    add_children("/usr/local/opt", "postgresql");  // Homebrew
    add_children("/opt/homebrew/opt", "postgresql");
    if (const char* path = std::getenv("PATH")) {
        std::string_view rest = path;
        while (!rest.empty()) {
            const auto end = std::min(rest.find(':'), rest.size());
            const fs::path folder(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            std::error_code ignored;
            const auto real = fs::canonical(folder / "pg_ctl", ignored);
            if (!ignored) found.push_back(real.parent_path());
        }
    }
    return found;
}

}  // namespace

fs::path find_binaries(const fs::path& named, int wanted) {
    fs::path best;
    int best_major = 0;
    std::string installed;
    for (const auto& folder : candidate_binaries(named)) {
        const int major = major_of(folder);
        if (major == 0) continue;
        installed += fmt::format("{}{}", installed.empty() ? "" : ", ", major);
        const bool fits = wanted != 0 ? major == wanted : major >= oldest_major;
        if (fits && major > best_major) {
            best = folder;
            best_major = major;
        }
    }
    if (!best.empty()) return best;
    const int needed = wanted != 0 ? wanted : oldest_major;
    const auto hint = fmt::format(
        "Install the package postgresql-{0} (Debian, Ubuntu: apt-get install postgresql-{0}), or "
        "name a server with "
        "--dsn or PGHOST.",
        needed);
    if (wanted != 0 && !installed.empty()) {
        throw Error(
            ErrorKind::conflict,
            fmt::format("the data folder was made by PostgreSQL {}, but only {} is installed",
                        wanted, installed),
            hint +
                " To move to a newer version, dump with the old one and restore into a new "
                "folder.");
    }
    throw Error(ErrorKind::unavailable,
                installed.empty()
                    ? "no PostgreSQL server is installed (looked for initdb, pg_ctl and postgres)"
                    : fmt::format("PostgreSQL {} or later is needed, but only {} is installed",
                                  oldest_major, installed),
                hint);
}

}  // namespace tb::db
