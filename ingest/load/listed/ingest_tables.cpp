#include "ingest/load/listed/ingest_tables.hpp"

#include "ingest/load/listed/listed_copy.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/load/stored_text.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tb::load {
namespace {

constexpr std::size_t most_failures = 1000;

/// Writes the rows of one load.
class TablesLoader {
  public:
    TablesLoader(db::Session& session, tables::ListedTables& given, std::string source,
                 const TablesOptions& options)
        : session_(session), given_(given), source_(std::move(source)), options_(options) {}

    TablesSummary run() {
        session_.exec_script(statement("listed/begin"));
        const auto copied = copy_listed(session_, given_, options_.lab);
        for (const auto& list : given_.lists) summary_.lists.push_back(list.name);
        meet_sessions();
        run_script("listed/names");
        write_subjects();
        write_sessions();
        session_.exec(statement("listed/keys"));
        session_.exec_script({"analyze listed keys", "analyze listed_key, listed_dataset"});
        write_datasets(copied.datasets);
        write_insertions();
        write_qc();
        write_lists();
        report();
        return std::move(summary_);
    }

  private:
    void run_script(const char* name) { session_.exec_script(statement(name)); }

    void meet_sessions() {
        session_.exec(statement("listed/lab_of_row"));
        const auto labless = session_.exec(statement("listed/labless"));
        for (std::size_t i = 0; i < labless.rows(); ++i)
            fail(labless.get<std::string>(i, "identifier"), "MissingLab",
                 fmt::format("its lab is not told, and subject {} is not known in one lab alone",
                             labless.get<std::string>(i, "nickname")),
                 "Name the lab with --lab.");
        const auto keyless = session_.exec(statement("listed/keyless"));
        std::vector<std::int64_t> places;
        std::vector<std::string> keys;
        for (std::size_t i = 0; i < keyless.rows(); ++i) {
            places.push_back(keyless.get<std::int64_t>(i, "place"));
            keys.push_back(source_uuid("ibl", keyless.get<std::string>(i, "tree")).to_string());
        }
        session_.exec(statement("listed/keyless_given"),
                      db::Params().int8_array(places).text_array(keys));
        session_.exec_script({"analyze listed sessions", "analyze listed_session, listed_dataset"});
        session_.exec(statement("listed/session_keys"));
        const auto odd = session_.exec(statement("listed/contradictions"));
        std::vector<std::int64_t> left_out;
        for (std::size_t i = 0; i < odd.rows(); ++i) {
            left_out.push_back(odd.get<std::int64_t>(i, "place"));
            fail(
                odd.get<std::string>(i, "identifier"), "Contradiction",
                fmt::format("its {} is {}, that of the session that is known ({}) {}: left as it "
                            "is known",
                            odd.get<std::string>(i, "column_name"), odd.get<std::string>(i, "told"),
                            odd.get<std::string>(i, "session_id"), odd.get<std::string>(i, "held")),
                "One of the two is wrong; mend it where it comes from.");
        }
        session_.exec(statement("listed/contradictions_left"), db::Params().int8_array(left_out));
        const auto counts = session_.exec(statement("listed/session_counts"));
        summary_.sessions = static_cast<std::size_t>(counts.get<std::int64_t>(0, "n"));
        summary_.known_sessions = static_cast<std::size_t>(counts.get<std::int64_t>(0, "n_held"));
        summary_.new_sessions = summary_.sessions - summary_.known_sessions;
    }

    void write_subjects() {
        const auto wanted = session_.exec(statement("listed/subjects_wanted"));
        std::vector<std::string> keys, labs, nicknames, sources, names;
        for (std::size_t i = 0; i < wanted.rows(); ++i) {
            labs.push_back(wanted.get<std::string>(i, "lab_name"));
            nicknames.push_back(wanted.get<std::string>(i, "nickname"));
            sources.emplace_back("ibl");
            names.push_back(labs.back() + "/" + nicknames.back());
            keys.push_back(source_uuid("ibl", names.back()).to_string());
        }
        table_of("core.lab").added += affected("labs", db::Params().text_array(labs));
        table_of("core.subject").added += affected("subjects", db::Params()
                                                                   .text_array(keys)
                                                                   .text_array(labs)
                                                                   .text_array(nicknames)
                                                                   .text_array(sources)
                                                                   .text_array(names));
        session_.exec(
            statement("subject_aliases"),
            db::Params().text_array(labs).text_array(nicknames).text_array(sources).text_array(
                names));
        session_.exec(statement("listed/session_subjects"));
        const auto odd = session_.exec(statement("listed/subject_contradictions"));
        for (std::size_t i = 0; i < odd.rows(); ++i)
            fail(odd.get<std::string>(i, "subject"), "Contradiction",
                 fmt::format("its {} is {} in the table and {} as it is known: left as it is known",
                             odd.get<std::string>(i, "column_name"),
                             odd.get<std::string>(i, "told"), odd.get<std::string>(i, "held")),
                 "One of the two is wrong; mend it where it comes from.");
        table_of("core.subject").updated += affected("listed/subject_facts", {});
    }

    void write_sessions() {
        write("session", "core.session", "session_id");
        write("session_alias", "core.session_alias", "source, identifier");
        write("session_project", "core.session_project", "session_id, project_name");
        write("session_member", "core.session_member", "session_id, user_name");
        write("listed_region", "photometry.listed_region", "session_id, position");
        table_of("photometry.listed_region").removed += affected("listed/regions_gone", {});
    }

    void write_datasets(std::size_t n) {
        if (n == 0) return;
        session_.exec(statement("listed/dataset_kinds"));
        write("dataset", "store.dataset", "session_id, collection, dataset_name, revision");
        write_copies();
        const auto faults = session_.exec(statement("listed/dataset_faults"));
        const auto n_new = static_cast<std::size_t>(faults.get<std::int64_t>(0, "n"));
        if (n_new > 0) table_of("core.session_issue").added += n_new;
    }

    void write_copies() {
        if (given_.repository.empty()) return;
        session_.exec(statement("listed/repository"), db::Params().text(given_.repository));
        write_rows(statement("listed/file_record",
                             {{"repository", session_.quote_literal(given_.repository)}})
                       .text,
                   "store.file_record",
                   "session_id, collection, dataset_name, revision, repository_name");
    }

    void write_insertions() {
        const auto odd = session_.exec(statement("listed/insertion_contradictions"));
        for (std::size_t i = 0; i < odd.rows(); ++i)
            fail(odd.get<std::string>(i, "insertion_id"), "Contradiction",
                 fmt::format("the insertion is one of session {}, and known as one of {}: left as "
                             "it is known",
                             odd.get<std::string>(i, "told"), odd.get<std::string>(i, "held")),
                 "One of the two is wrong; mend it where it comes from.");
        write("insertion", "core.probe_insertion", "probe_insertion_id");
    }

    void write_qc() {
        write("session_qc_field", "core.session_qc_field", "session_id, told_by, field_name");
        std::vector<std::string> names;
        for (const auto& table : given_.qc) names.push_back(table.name);
        const auto gone = affected("listed/qc_fields_gone", db::Params().text_array(names));
        if (gone > 0) table_of("core.session_qc_field").removed += gone;
    }

    void write_lists() {
        std::vector<std::string> names;
        auto& lists = table_of("core.session_list");
        for (const auto& list : given_.lists) {
            names.push_back(list.name);
            const auto text = [](const std::string& value) {
                return value.empty() ? std::optional<std::string>() : db::sanitize_text(value);
            };
            require_kind(list);
            std::optional<std::string> metadata;
            if (!list.metadata.is_null()) metadata = list.metadata.dump();
            const auto written =
                session_.exec(statement("listed/lists"), db::Params()
                                                             .text(list.name)
                                                             .text(list.kind)
                                                             .text(list.file)
                                                             .text(text(list.origin))
                                                             .text(text(list.made_at))
                                                             .text(metadata));
            ++lists.rows;
            if (written.rows() == 0)
                ++lists.unchanged;
            else
                ++(written.get<bool>(0, "is_added") ? lists.added : lists.updated);
        }
        write("member", "core.session_list_member", "list_name, identifier");
        table_of("core.session_list_member").removed +=
            affected("listed/members_gone", db::Params().text_array(names));
        session_.exec(statement("listed/members_resolved"));
        write("list_insertion", "core.session_list_insertion", "list_name, probe_insertion_id");
        table_of("core.session_list_insertion").removed +=
            affected("listed/insertions_gone", db::Params().text_array(names));
        const auto nameless =
            session_.exec(statement("listed/nameless"), db::Params().text_array(names));
        summary_.nameless = static_cast<std::size_t>(nameless.get<std::int64_t>(0, "n"));
    }

    /// Two lists of one name would take each other's members.
    void require_kind(const tables::SessionList& list) {
        const auto held =
            session_.exec(statement("listed/list_kind"), db::Params().text(list.name));
        if (held.rows() == 0 || held.get<std::string>(0, "kind") == list.kind) return;
        throw Error(
            ErrorKind::conflict,
            fmt::format("{}: a list called {} is there already, a {} of {}", list.file, list.name,
                        held.get<std::string>(0, "kind"), held.get<std::string>(0, "file_name")),
            "Give this one another name (--name).", "ListExists");
    }

    void report() {
        const auto unknown = session_.exec(statement("listed/unknown_sessions"));
        for (std::size_t i = 0; i < unknown.rows(); ++i) {
            const auto n = unknown.get<std::int64_t>(i, "n_sessions");
            fail(unknown.get<std::string>(i, "source"), "UnknownSession",
                 fmt::format("{} rows are of {} {} that nobody knows, the first {}: left out",
                             unknown.get<std::int64_t>(i, "n_rows"), n,
                             n == 1 ? "session" : "sessions", unknown.get<std::string>(i, "first")),
                 "Load a table or a dump that tells of these sessions, then this one again.");
        }
        for (const auto& problem : given_.problems.first()) {
            if (summary_.failures.size() < most_failures)
                summary_.failures.push_back({source_, problem.identifier, "", problem.type,
                                             problem.message, problem.hint, problem.file});
        }
        for (const auto& [type, n] : given_.problems.counts()) summary_.issues[type] += n;
        summary_.notes = given_.problems.notes();
        summary_.n_notes = given_.problems.n_notes();
        std::erase_if(summary_.tables, [](const auto& table) {
            return table.rows + table.added + table.updated + table.removed == 0;
        });
    }

    void write(const char* select, const char* table, const char* key) {
        write_rows(statement(fmt::format("listed/{}", select)).text, table, key);
    }

    /// Rows of a select: new ones are added, others changed where a value differs.
    void write_rows(const std::string& select, const std::string& name, const std::string& key) {
        const auto shape = session_.exec(statement("given_columns", {{"select", select}}));
        std::vector<std::string> columns, sets, held, given;
        std::set<std::string> keys;
        for (std::size_t start = 0; start < key.size();) {
            const auto comma = std::min(key.find(", ", start), key.size());
            keys.insert(key.substr(start, comma - start));
            start = comma + 2;
        }
        for (std::size_t c = 0; c < shape.columns(); ++c) {
            const std::string column(shape.column_name(c));
            columns.push_back(column);
            if (keys.contains(column)) continue;
            sets.push_back(fmt::format("{0} = excluded.{0}", column));
            held.push_back("held." + column);
            given.push_back("excluded." + column);
        }
        const auto action =
            sets.empty()
                ? std::string("nothing")
                : fmt::format("update set {} where row({}) is distinct from row({})",
                              fmt::join(sets, ", "), fmt::join(held, ", "), fmt::join(given, ", "));
        const auto counts = session_.exec(
            statement("write_given", {{"select", select},
                                      {"table", name},
                                      {"columns", fmt::format("{}", fmt::join(columns, ", "))},
                                      {"key", key},
                                      {"action", action},
                                      {"gone", "select where false"}}));
        const auto number = [&](const char* column) {
            return static_cast<std::size_t>(counts.get<std::int64_t>(0, column));
        };
        auto& table = table_of(name);
        table.rows += number("n_rows");
        table.added += number("n_added");
        table.updated += number("n_updated");
        table.unchanged += number("n_rows") - number("n_added") - number("n_updated");
    }

    std::size_t affected(const char* name, const db::Params& params) {
        return static_cast<std::size_t>(session_.exec(statement(name), params).affected());
    }

    ListedRows& table_of(const std::string& name) {
        for (auto& table : summary_.tables)
            if (table.table == name) return table;
        summary_.tables.push_back({name});
        return summary_.tables.back();
    }

    void fail(const std::string& identifier, const std::string& type, const std::string& message,
              const std::string& hint) {
        ++summary_.issues[type];
        if (summary_.failures.size() >= most_failures) return;
        const auto file = given_.lists.empty() ? given_.qc.front().file : given_.lists.front().file;
        summary_.failures.push_back({source_, identifier, "", type, message, hint, file});
    }

    db::Session& session_;
    tables::ListedTables& given_;
    std::string source_;
    const TablesOptions& options_;
    TablesSummary summary_;
};

TablesSummary load_once(db::Session& session,
                        const std::function<void(tables::ListedTables&)>& read,
                        const std::string& source, const TablesOptions& options) {
    tables::ListedTables given;
    read(given);
    db::Transaction transaction(session);
    // The same sessions may come from the colony database.
    session.exec({"lock", "select pg_advisory_xact_lock(hashtextextended('ingest alyx', 0))"});
    auto summary = TablesLoader(session, given, source, options).run();
    if (options.dry_run) return summary;
    std::vector<std::string> files;
    for (const auto& list : given.lists) files.push_back(list.file);
    for (const auto& table : given.qc) files.push_back(table.file);
    if (!given.datasets_file.empty()) files.push_back(given.datasets_file);
    for (auto& file : files) file = cut(file, longest_message);
    session.exec(statement("listed/errors_resolved"), db::Params().text(source).text_array(files));
    for (const auto& failure : summary.failures) record_failure(session, failure);
    transaction.commit();
    return summary;
}

}  // namespace

TablesSummary load_tables(db::Session& session,
                          const std::function<void(tables::ListedTables&)>& read,
                          const std::string& source, const TablesOptions& options) {
    for (int attempt = 1;; ++attempt) {
        try {
            return load_once(session, read, source, options);
        } catch (const Error& error) {
            const bool may_pass = error.sqlstate == "40P01" || error.sqlstate == "40001";
            if (!may_pass || attempt == 3) throw;
        }
    }
}

}  // namespace tb::load
