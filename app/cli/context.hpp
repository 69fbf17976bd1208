// What every command gets: the global options and the way to the database.
#pragma once

#include "src/db/session.hpp"
#include "src/store/array_store.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace tb::app {

/// Global options, filled by main before a command runs. A command's add_*_command() declares its
/// options and, in its CLI11 callback, stores what to do in `run`; main calls run() after parsing,
/// maps tb::Error to the exit status and prints `trialbase: <message>` with the hint on stderr.
struct Context {
    std::string dsn;    ///< --dsn; empty: PG* environment if set, else the private local server
    std::string store;  ///< --store; empty: TRIALBASE_STORE, else what the database knows
    std::string codec = "gzip";  ///< --store-codec
    bool json = false;           ///< --json: facts as JSON on stdout
    bool quiet = false;          ///< -q: no progress, no notes
    bool verbose = false;
    /// Returns the exit status (0 done, 8 finished but some keys or files failed).
    std::function<int()> run;

    /// Conninfo of the database to use; starts the private local server when nothing is configured.
    [[nodiscard]] std::string conninfo() const;
    /// Root and codec of the array store, and the way to find out whose it is. The root is --store,
    /// else $TRIALBASE_STORE, else where the database last had it, else `store` in the private
    /// local server's folder when that server is used; empty when another server is used and
    /// nothing is known: one database's rows must not name files of one machine alone.
    [[nodiscard]] store::StoreOptions store_options() const;
    /// The root for reading arrays; empty as above.
    /// @throws tb::Error (unavailable) when the store there is not the one of this database's
    /// arrays
    [[nodiscard]] std::filesystem::path readable_store(db::Session& session) const;
    /// A session with application_name `trialbase <purpose>`. Refuses (conflict) a database whose
    /// schema is newer than this program; says to run `trialbase migrate` when it is older or
    /// absent, unless `any_schema`.
    [[nodiscard]] db::Session connect(std::string_view purpose, bool any_schema = false) const;
};

/// True when progress may be drawn: stderr is a terminal and -q was not given.
[[nodiscard]] bool wants_progress(const Context& context);

}  // namespace tb::app
