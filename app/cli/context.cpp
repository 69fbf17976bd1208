#include "app/cli/context.hpp"

#include "src/db/local_server.hpp"
#include "src/db/migrate.hpp"
#include "src/store/store_identity.hpp"
#include "trialbase/computed_table.hpp"

#include <cstdio>

#include <sys/stat.h>
#include <unistd.h>

namespace tb::app {

std::string Context::conninfo() const {
    return db::resolve_conninfo(dsn);
}

namespace {

/// The private server's account may enter the folder that the store lies in: what it has put in the
/// store's place must not lead root elsewhere.
void refuse_laid_link(const std::filesystem::path& root) {
    struct stat status {};
    if (::geteuid() != 0 || ::lstat(root.c_str(), &status) != 0) return;
    if (S_ISLNK(status.st_mode) && status.st_uid != 0) {
        throw Error(ErrorKind::io,
                    "the array store's root " + root.string() + " is a link of another user",
                    "Name the folder that it leads to with --store, if that is meant.");
    }
}

}  // namespace

store::StoreOptions Context::store_options() const {
    store::StoreOptions options;
    options.codec = store::codec_named(codec);
    if (!store.empty()) {
        options.root = std::filesystem::absolute(store).lexically_normal();
    } else {
        auto session = connect("store");
        if (const auto known = store::known_root(session)) {
            options.root = *known;
        } else if (dsn.empty() && !db::environment_names_server()) {
            options.root = db::LocalServer::status().directory / "store";
        }
    }
    if (options.root.empty()) return options;
    refuse_laid_link(options.root);
    options.access =
        std::make_shared<store::StoreAccess>(options.root, [named = dsn, silent = quiet] {
            Context context;
            context.dsn = named;
            context.quiet = silent;
            return context.connect("store");
        });
    return options;
}

std::filesystem::path Context::readable_store(db::Session& session) const {
    const auto options = store_options();
    if (!options.root.empty()) store::require_readable(session, options.root);
    return options.root;
}

namespace {

/// The private server is this program's own: nobody else waits for its old schema.
void set_up(db::Session& session, bool quiet) {
    if (!quiet) std::fprintf(stderr, "setting up the schema of the private database\n");
    db::MigrateOptions migrate;
    migrate.program_version = TRIALBASE_VERSION;
    for (const auto& table : computed_tables()) {
        migrate.code_versions.push_back({table.name, table.code_version});
    }
    db::migrate(session, db::program_schema(), migrate);
}

}  // namespace

db::Session Context::connect(std::string_view purpose, bool any_schema) const {
    const bool is_private = dsn.empty() && !db::environment_names_server();
    db::ConnectOptions options;
    options.conninfo = conninfo();
    options.application_name = "trialbase " + std::string(purpose);
    options.keeps_statement_timeout = purpose == "query";
    db::Session session(options);
    if (any_schema) return session;
    switch (db::schema_state(session, db::program_schema())) {
        case db::SchemaState::current:
            if (!is_private || !db::objects_differ(session, db::program_schema())) break;
            set_up(session, quiet);
            break;
        case db::SchemaState::newer:
            throw Error(ErrorKind::conflict, "the database's schema is newer than this program",
                        "Use the newer program.");
        case db::SchemaState::older:
        case db::SchemaState::absent:
            if (!is_private) {
                throw Error(ErrorKind::conflict,
                            "the database's schema is absent or older than this program",
                            "Run trialbase migrate with the same --dsn, as a role that may create "
                            "schemas.");
            }
            set_up(session, quiet);
    }
    return session;
}

bool wants_progress(const Context& context) {
    return !context.quiet && isatty(STDERR_FILENO) != 0;
}

}  // namespace tb::app
