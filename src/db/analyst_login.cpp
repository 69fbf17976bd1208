#include "src/db/analyst_login.hpp"

#include "src/db/private_folder.hpp"
#include "src/db/server_layout.hpp"
#include "src/db/session.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/random.h>

namespace tb::db {
namespace {

void make_login(Session& session) {
    const auto found = session.exec(
        {"find analyst login",
         "select rolsuper, pg_catalog.pg_has_role(oid, 'trialbase_analyst', 'member') as is_member "
         "from pg_catalog.pg_roles where rolname = $1"},
        Params().text(analyst_login));
    if (found.rows() == 0) {
        session.exec({"create analyst login", fmt::format("create role {} login", analyst_login)});
    } else if (found.get<bool>(0, "rolsuper")) {
        throw Error(
            ErrorKind::conflict, fmt::format("the role {} may do everything", analyst_login),
            fmt::format("It is meant to read only: alter role {} nosuperuser.", analyst_login));
    } else if (found.get<bool>(0, "is_member")) {
        return;
    }
    session.exec(
        {"grant to analyst login", fmt::format("grant trialbase_analyst to {}", analyst_login)});
}

/// 160 random bits as letters.
std::string new_password() {
    std::array<unsigned char, 40> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throw Error(ErrorKind::io, std::string("no random bytes: ") + std::strerror(errno));
    std::string out;
    for (const auto byte : bytes) out += "abcdefghijkmnpqr"[byte % 16];
    return out;
}

/// What the server stores instead of the password, made here so that no log ever shows the
/// password.
std::string verifier_of(const std::string& password, const std::string& conninfo) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(conninfo.c_str()),
                                                                  PQfinish);
    const std::unique_ptr<char, decltype(&PQfreemem)> text(
        PQencryptPasswordConn(connection.get(), password.c_str(), analyst_login, "scram-sha-256"),
        PQfreemem);
    if (!text)
        throw Error(ErrorKind::unavailable,
                    std::string("cannot make a password: ") + PQerrorMessage(connection.get()));
    return text.get();
}

}  // namespace

std::string analyst_conninfo(const LocalServerOptions& options) {
    const auto layout = layout_of(options);
    Session session({conninfo_of(layout, "trialbase"), "trialbase server", {}});
    make_login(session);
    return conninfo_of(layout, "trialbase", analyst_login);
}

std::filesystem::path provide_analyst_password(const LocalServerOptions& options) {
    const auto layout = layout_of(options);
    if (!layout.listen) {
        throw Error(ErrorKind::conflict, "the private server does not listen for TCP connections",
                    "Start it so: trialbase server start --listen 5432.");
    }
    const auto owner = conninfo_of(layout, "trialbase");
    Session session({owner, "trialbase server", {}});
    make_login(session);
    const bool has_password =
        session
            .exec({"find password",
                   "select rolpassword is not null from pg_catalog.pg_authid where rolname = $1"},
                  Params().text(analyst_login))
            .get<bool>(0, std::size_t{0});
    auto password = std::string();
    if (const auto file = read_private_file(layout.password_file); file && has_password) {
        const auto colon = file->rfind(':');
        if (colon != file->npos) password = file->substr(colon + 1);
        while (!password.empty() && password.back() == '\n') password.pop_back();
    }
    if (password.empty()) {
        password = new_password();
        session.exec({"set password of analyst login",
                      fmt::format("alter role {} password '{}'", analyst_login,
                                  verifier_of(password, owner))});
    }
    // Any host: the same file serves clients that call this machine by another name.
    write_private_file(layout.password_file,
                       fmt::format("*:{}:*:{}:{}\n", layout.port, analyst_login, password));
    return layout.password_file;
}

std::optional<std::filesystem::path> analyst_password_file(const LocalServerOptions& options) {
    const auto layout = layout_of(options);
    if (!layout.listen || !read_private_file(layout.password_file)) return std::nullopt;
    return layout.password_file;
}

}  // namespace tb::db
