#include "src/db/sqlstate.hpp"

#include <array>

namespace tb::db {

namespace {

constexpr std::string_view read_only_hint =
    "The server takes no changes: it is a standby, or default_transaction_read_only is set. Name "
    "the servers that there are and ask for the one that writes: "
    "--dsn 'host=one,two dbname=... target_session_attrs=read-write'.";
constexpr std::string_view role_hint =
    "Ask an administrator for a role that may: grant trialbase_worker (computes), trialbase_ingest "
    "(loads), trialbase_analyst (reads) or trialbase_admin (changes everything) to your login.";
constexpr std::string_view schema_hint =
    "The database lacks something that this program knows: run trialbase migrate, or look who "
    "changed the schema.";
constexpr std::string_view full_hint = "Somebody has to make room on the server's disk.";

// Source: PostgreSQL's documentation, appendix A (error codes), versions 15 to 17.
constexpr std::array classes{
    // The server or the way to it.
    SqlstateClass{"08", Trouble::outage, ErrorKind::unavailable, ""},
    SqlstateClass{"57P", Trouble::outage, ErrorKind::unavailable, ""},
    SqlstateClass{"25006", Trouble::outage, ErrorKind::unavailable, read_only_hint},
    SqlstateClass{"25P03", Trouble::outage, ErrorKind::unavailable, ""},
    SqlstateClass{"25P04", Trouble::outage, ErrorKind::unavailable, ""},
    SqlstateClass{"40003", Trouble::outage, ErrorKind::unavailable, ""},
    SqlstateClass{"53300", Trouble::outage, ErrorKind::unavailable,
                  "The server has no more connections to give: end some, or raise "
                  "max_connections."},
    SqlstateClass{"F0", Trouble::outage, ErrorKind::unavailable, ""},
    // Others at work, and resources that come back.
    SqlstateClass{"40", Trouble::passing, ErrorKind::conflict, ""},
    SqlstateClass{"55006", Trouble::passing, ErrorKind::conflict, ""},
    SqlstateClass{"55P03", Trouble::passing, ErrorKind::conflict, ""},
    SqlstateClass{"53", Trouble::passing, ErrorKind::io, ""},
    SqlstateClass{"53100", Trouble::passing, ErrorKind::io, full_hint},
    SqlstateClass{"58030", Trouble::passing, ErrorKind::io, ""},
    SqlstateClass{"72000", Trouble::passing, ErrorKind::conflict, ""},
    SqlstateClass{"TB011", Trouble::passing, ErrorKind::conflict, ""},
    // What was asked: its data, its length, the rules that it breaks.
    SqlstateClass{"57014", Trouble::own, ErrorKind::unavailable,
                  "It took longer than statement_timeout of the role or the database allows, or "
                  "somebody cancelled it."},
    SqlstateClass{"22", Trouble::own, ErrorKind::data, ""},
    // A subquery that gives several rows where one may be: which it is depends on the data.
    SqlstateClass{"21", Trouble::own, ErrorKind::data, ""},
    SqlstateClass{"54", Trouble::own, ErrorKind::data, ""},
    SqlstateClass{"53400", Trouble::own, ErrorKind::io, ""},
    SqlstateClass{"23", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"44", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"40002", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"27", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"2B", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"2F", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"09", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"38", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"39", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"55", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"0A", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"P0001", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"TB", Trouble::own, ErrorKind::conflict, ""},
    SqlstateClass{"58", Trouble::own, ErrorKind::io, ""},
    SqlstateClass{"XX", Trouble::own, ErrorKind::io,
                  "PostgreSQL reports a fault of its own or of its files: see the server's log."},
    SqlstateClass{"HV", Trouble::own, ErrorKind::io, ""},
    // Rights.
    SqlstateClass{"42501", Trouble::permission, ErrorKind::usage, role_hint},
    SqlstateClass{"28", Trouble::permission, ErrorKind::usage, ""},
    SqlstateClass{"0L", Trouble::permission, ErrorKind::usage, ""},
    SqlstateClass{"0P", Trouble::permission, ErrorKind::usage, ""},
    // The caller's words.
    SqlstateClass{"3D", Trouble::usage, ErrorKind::not_found, ""},
    SqlstateClass{"55P02", Trouble::usage, ErrorKind::usage, ""},
    // The database is not as this program knows it.
    SqlstateClass{"3F", Trouble::schema, ErrorKind::conflict, schema_hint},
    SqlstateClass{"42P01", Trouble::schema, ErrorKind::conflict, schema_hint},
    SqlstateClass{"42703", Trouble::schema, ErrorKind::conflict, schema_hint},
    SqlstateClass{"42704", Trouble::schema, ErrorKind::conflict, schema_hint},
    SqlstateClass{"42883", Trouble::schema, ErrorKind::conflict, schema_hint},
    SqlstateClass{"42P06", Trouble::schema, ErrorKind::conflict, ""},
    SqlstateClass{"42P07", Trouble::schema, ErrorKind::conflict, ""},
    SqlstateClass{"42701", Trouble::schema, ErrorKind::conflict, ""},
    SqlstateClass{"42710", Trouble::schema, ErrorKind::conflict, ""},
    SqlstateClass{"42723", Trouble::schema, ErrorKind::conflict, ""},
    SqlstateClass{"TB013", Trouble::schema, ErrorKind::conflict, ""},
    // Mistakes of ours: statements that cannot be understood, transactions out of step.
    SqlstateClass{"42", Trouble::defect, ErrorKind::internal, ""},
    SqlstateClass{"25", Trouble::defect, ErrorKind::internal, ""},
    SqlstateClass{"0", Trouble::defect, ErrorKind::internal, ""},
    SqlstateClass{"2", Trouble::defect, ErrorKind::internal, ""},
    SqlstateClass{"3", Trouble::defect, ErrorKind::internal, ""},
    SqlstateClass{"P0", Trouble::defect, ErrorKind::internal, ""},
    SqlstateClass{"TB008", Trouble::defect, ErrorKind::internal, ""},
};

constexpr SqlstateClass unknown{"", Trouble::own, ErrorKind::io, ""};

}  // namespace

std::string_view to_string(Trouble trouble) noexcept {
    switch (trouble) {
        case Trouble::outage:
            return "outage";
        case Trouble::passing:
            return "passing";
        case Trouble::own:
            return "own";
        case Trouble::permission:
            return "permission";
        case Trouble::usage:
            return "usage";
        case Trouble::schema:
            return "schema";
        case Trouble::defect:
            return "defect";
    }
    return "defect";
}

std::span<const SqlstateClass> sqlstate_classes() noexcept {
    return classes;
}

const SqlstateClass& class_of(std::string_view sqlstate) noexcept {
    const auto* best = &unknown;
    for (const auto& one : classes) {
        if (sqlstate.starts_with(one.prefix) && one.prefix.size() > best->prefix.size())
            best = &one;
    }
    return *best;
}

Trouble trouble_of(const Error& error) noexcept {
    // A lost connection may have had the server's last words with it.
    if (!error.sqlstate.empty()) {
        const auto& known = class_of(error.sqlstate);
        if (known.trouble != Trouble::outage && error.kind() == ErrorKind::unavailable &&
            known.kind != ErrorKind::unavailable)
            return Trouble::outage;
        if (known.trouble == Trouble::outage && error.kind() != ErrorKind::unavailable)
            return Trouble::own;  // Session told that it was of its own making
        return known.trouble;
    }
    switch (error.kind()) {
        case ErrorKind::unavailable:
            return Trouble::outage;
        case ErrorKind::usage:
        case ErrorKind::not_found:
            return Trouble::usage;
        case ErrorKind::internal:
            return Trouble::defect;
        case ErrorKind::conflict:
        case ErrorKind::data:
        case ErrorKind::io:
        case ErrorKind::partial:
            return Trouble::own;
    }
    return Trouble::defect;
}

}  // namespace tb::db
