#include "ingest/load/alyx/ingest_alyx.hpp"

#include "ingest/load/alyx/alyx_targets.hpp"
#include "ingest/load/alyx/object_tables.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/load/stored_text.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tb::load {
namespace {

using alyx::FieldKind;

/// Columns of a comma-separated list.
std::vector<std::string> columns_in(std::string_view list) {
    std::vector<std::string> columns;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        auto column = list.substr(0, comma);
        while (column.starts_with(' ')) column.remove_prefix(1);
        columns.emplace_back(column);
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return columns;
}

/// Writes the objects of one load into the tables.
class AlyxLoader {
  public:
    AlyxLoader(db::Session& session, const ObjectTables& objects, std::string place,
               const AlyxOptions& options)
        : session_(session), objects_(objects), place_(std::move(place)), options_(options) {}

    AlyxSummary run() {
        if (options_.is_partial) bring_names();
        know_names_that_stay();
        for (const auto& target : named_targets()) {
            if (objects_.count(target.objects) > 0) write_named(target);
            if (target.kind == "lab") write_places();
        }
        session_.exec(statement("alyx/probe_model_numbers"));
        if (objects_.count("alyx_revision") > 0) session_.exec(statement("alyx/revision_names"));
        write_subjects();
        for (const auto& target : subject_targets())
            if (has_source(target)) write(target);
        write_sessions();
        for (const auto& target : session_targets())
            if (has_source(target)) write(target);
        drop_water_of_files();
        if (objects_.count("alyx_filerecord") > 0)
            session_.exec(statement("alyx/file_records_gone"));
        if (objects_.count("alyx_dataset") > 0) session_.exec(statement("alyx/dataset_faults"));
        for (const auto& target : link_targets()) write_link(target);
        report_unknown_references();
        report_problems();
        return std::move(summary_);
    }

  private:
    void run_script(const std::string& name, const std::string& text) {
        session_.exec({name, text});
    }

    /// Names that objects use and nothing tells more of. Places are of the lab of their session.
    void bring_names() {
        std::string script;
        for (const auto& model : alyx::models()) {
            if (objects_.count(model.table) == 0) continue;
            for (const auto& field : model.fields) {
                const auto target =
                    std::ranges::find(named_targets(), field.target, &NamedTarget::kind);
                // Probes are called by their models' numbers, which are no names.
                if (target == named_targets().end() || target->kind == "probe_model") continue;
                const bool is_list = field.kind == FieldKind::list;
                const auto name = is_list
                                      ? std::string("l.member")
                                      : fmt::format("m.{}", session_.quote_identifier(field.name));
                script +=
                    statement(
                        "alyx/names_along",
                        {{"table", std::string(target->table)},
                         {"name", std::string(target->name)},
                         {"value", name},
                         {"objects", std::string(model.table)},
                         {"join", is_list ? list_of(model.table, field.name) : std::string()}})
                        .text +
                    ";\n";
            }
        }
        if (objects_.count("alyx_session") > 0)
            script += statement("alyx/places_along").text + ";\n";
        if (!script.empty()) session_.exec_script({"names that come along", script});
    }

    /// Names of which no object tells anything.
    void know_names_that_stay() {
        std::string script;
        for (const auto& target : named_targets()) {
            if (objects_.count(target.objects) == 0) script += names_held(target) + ";\n";
        }
        if (!script.empty()) session_.exec_script({"names that stay", script});
    }

    /// Joins the members of a list.
    static std::string list_of(std::string_view objects, std::string_view list) {
        return fmt::format(" join {}_{} as l on l.place = m.place", objects, list);
    }

    static std::string names_held(const NamedTarget& target) {
        return statement("alyx/names_held", {{"kind", std::string(target.kind)},
                                             {"table", std::string(target.table)},
                                             {"name", std::string(target.name)},
                                             {"id", std::string(target.id)}})
            .text;
    }

    /// Changes names, in the rows that refer to them, too. Where a table of somebody's own refers
    /// to them without following, the old name stays beside the new one, which is told.
    void rename(const std::string& table, const std::string& update) {
        run_script("savepoint", "savepoint before_rename");
        try {
            run_script("rename " + table, update);
            run_script("savepoint", "release savepoint before_rename");
        } catch (const Error& error) {
            if (error.sqlstate != "23503") throw;
            run_script("savepoint", "rollback to savepoint before_rename");
            fail(table, "RenameRefused",
                 fmt::format("a name of {} has changed, and rows that refer to the old one do not "
                             "follow ({}): both names stay",
                             table, error.what()),
                 "Make the foreign key one that is `on update cascade`.");
        }
    }

    void write_named(const NamedTarget& target) {
        const auto of_names = [&](const char* name) {
            return statement(name, {{"table", std::string(target.table)},
                                    {"name", std::string(target.name)},
                                    {"id", std::string(target.id)},
                                    {"objects", std::string(target.objects)},
                                    {"value", fmt::format("m.{}", target.object_name)}})
                .text;
        };
        if (target.is_renamed) rename(std::string(target.table), of_names("alyx/rename"));
        run_script(fmt::format("UUIDs of {}", target.table), of_names("alyx/ids_given_up"));
        write({target.select, target.table, target.name, target.objects});
        session_.exec(
            statement("alyx/names_given", {{"kind", std::string(target.kind)},
                                           {"objects", std::string(target.objects)},
                                           {"value", fmt::format("m.{}", target.object_name)}}));
        run_script(fmt::format("names of {}", target.table), names_held(target));
    }

    void write_places() {
        if (objects_.count("alyx_lablocation") > 0) {
            rename("core.place", statement("alyx/rename_places").text);
            session_.exec(statement("alyx/place_ids_given_up"));
            write({"place", "core.place", "lab_name, place_name", "alyx_lablocation"});
            session_.exec(statement("alyx/places_given"));
        }
        session_.exec(statement("alyx/places_held"));
        write(
            {"lab_membership", "core.lab_membership", "lab_name, user_name", "alyx_labmembership"});
    }

    void write_subjects() {
        if (objects_.count("alyx_subject") > 0) {
            session_.exec(statement("alyx/subject_keys"));
            const auto refused = session_.exec(statement("alyx/subjects_refused"));
            for (std::size_t i = 0; i < refused.rows(); ++i)
                fail("subjects.subject/" + refused.get<std::string>(i, "pk"), "DuplicateNickname",
                     fmt::format("another subject of lab {} is called {}, too: it is left out",
                                 refused.get<std::string>(i, "lab_name"),
                                 refused.get<std::string>(i, "nickname")),
                     "Give one of the two another nickname.");
            write({"subject", "core.subject", "subject_id", "alyx_subject"});
            session_.exec(statement("alyx/subject_alias"));
        }
        session_.exec(statement("alyx/subject_keys_held"));
        run_script("analyze subject keys", "analyze alyx_subject_key");
    }

    void write_sessions() {
        if (objects_.count("alyx_session") > 0) session_.exec(statement("alyx/session_keys"));
        session_.exec(statement("alyx/session_refs"));
        run_script("analyze session keys", "analyze alyx_session_key, alyx_session_ref");
        if (objects_.count("alyx_session") == 0) return;
        write({"session", "core.session", "session_id", "alyx_session"});
        session_.exec(statement("alyx/session_alias"));
        session_.exec(statement("alyx/training_days"));
        session_.exec(statement("listed/members_resolved"));
    }

    bool has_source(const RowTarget& target) const { return objects_.count(target.source) > 0; }

    /// A session's files tell its water, too (record_rows.cpp): what the colony database tells of
    /// the session takes its place, or it would count twice.
    void drop_water_of_files() {
        if (objects_.count("alyx_wateradministration") == 0) return;
        const auto rows = session_.exec(statement("alyx/water_sessions"));
        std::vector<std::string> keys;
        for (std::size_t i = 0; i < rows.rows(); ++i) {
            const auto of_session = source_uuid("ibl", rows.get<std::string>(i, "identifier"));
            for (const char* kind : {"water", "rewards"})
                keys.push_back(uuid5(of_session, kind).to_string());
        }
        if (keys.empty()) return;
        const auto gone = session_.exec(statement("water_delete"), db::Params().text_array(keys));
        table_of("core.water_administration").removed += static_cast<std::size_t>(gone.affected());
    }

    void write(const RowTarget& target) {
        if (!target.objects.empty() && objects_.count(target.objects) == 0) return;
        write_rows(statement(fmt::format("alyx/{}", target.select)).text, target);
    }

    void write_link(const LinkTarget& target) {
        if (objects_.count(target.objects) == 0) return;
        const auto select = statement("alyx/link", {{"key", std::string(target.key)},
                                                    {"owner", std::string(target.owner)},
                                                    {"member", std::string(target.member)},
                                                    {"objects", std::string(target.objects)},
                                                    {"list", std::string(target.list)},
                                                    {"kind", std::string(target.kind)},
                                                    {"join", std::string(target.join)}})
                                .text;
        const auto owners = statement("alyx/link_owners", {{"key", std::string(target.key)},
                                                           {"objects", std::string(target.objects)},
                                                           {"list", std::string(target.list)},
                                                           {"join", std::string(target.join)}})
                                .text;
        const auto key = fmt::format("{}, {}", target.owner, target.member);
        write_rows(select, {"", target.table, key, "", target.owner, owners});
    }

    /// Rows of a select: new ones are added, others changed where a value differs.
    void write_rows(const std::string& select, const RowTarget& target) {
        const auto shape = session_.exec(statement("given_columns", {{"select", select}}));
        std::vector<std::string> columns, sets, held, given;
        const auto key = columns_in(target.key);
        for (std::size_t c = 0; c < shape.columns(); ++c) {
            const std::string column(shape.column_name(c));
            columns.push_back(column);
            if (std::ranges::find(key, column) != key.end()) continue;
            const auto value = options_.is_partial
                                   ? fmt::format("coalesce(excluded.{0}, held.{0})", column)
                                   : fmt::format("excluded.{}", column);
            sets.push_back(fmt::format("{} = {}", column, value));
            held.push_back(fmt::format("held.{}", column));
            given.push_back(value);
        }
        std::string action = "nothing";
        if (!sets.empty())
            action =
                fmt::format("update set {} where row({}) is distinct from row({})",
                            fmt::join(sets, ", "), fmt::join(held, ", "), fmt::join(given, ", "));
        std::string gone = "select where false";
        if (!target.owner.empty()) {
            std::vector<std::string> same;
            for (const auto& column : key)
                same.push_back(fmt::format("given.{0} is not distinct from held.{0}", column));
            gone = statement("alyx/members_gone",
                             {{"table", std::string(target.table)},
                              {"owner", std::string(target.owner)},
                              {"owners", std::string(target.owners)},
                              {"of", target.of.empty() ? "true" : std::string(target.of)},
                              {"same", fmt::format("{}", fmt::join(same, " and "))}})
                       .text;
        }
        const auto counts = session_.exec(
            statement("write_given", {{"select", select},
                                      {"table", std::string(target.table)},
                                      {"columns", fmt::format("{}", fmt::join(columns, ", "))},
                                      {"key", std::string(target.key)},
                                      {"action", action},
                                      {"gone", gone}}));
        const auto number = [&](const char* name) {
            return static_cast<std::size_t>(counts.get<std::int64_t>(0, name));
        };
        auto& table = table_of(std::string(target.table));
        if (target.is_continued) {
            // Further columns of rows that are counted already: new ones are new, not changed, too.
            const auto changed = number("n_updated") - std::min(number("n_updated"), table.added);
            table.updated += std::min(changed, table.unchanged);
            table.unchanged -= std::min(changed, table.unchanged);
            return;
        }
        table.rows += number("n_rows");
        table.added += number("n_added");
        table.updated += number("n_updated");
        table.unchanged += number("n_rows") - number("n_added") - number("n_updated");
        table.removed += number("n_gone");
        if (!target.objects.empty()) {
            const auto objects = objects_.count(target.objects);
            table.skipped += objects - std::min(objects, number("n_rows"));
            if (objects == number("n_rows")) whole_.insert(std::string(target.objects));
        }
    }

    AlyxTable& table_of(const std::string& name) {
        for (auto& table : summary_.tables)
            if (table.table == name) return table;
        summary_.tables.push_back({name});
        return summary_.tables.back();
    }

    void fail(const std::string& identifier, const std::string& type, const std::string& message,
              const std::string& hint) {
        ++summary_.issues[type];
        if (summary_.failures.size() >= most_alyx_failures) return;
        summary_.failures.push_back({"alyx", identifier, "", type, message, hint, place_});
    }

    /// What a reference of this kind may name.
    static std::string known(std::string_view kind, const std::string& key) {
        if (kind == "subject")
            return fmt::format("exists (select from alyx_subject_key as k where k.key = {})", key);
        if (kind == "place")
            return fmt::format("exists (select from alyx_place as k where k.key = {})", key);
        if (kind == "session")
            return fmt::format("exists (select from alyx_session_ref as k where k.key = {})", key);
        if (kind == "dataset")
            return fmt::format("exists (select from store.dataset as k where k.dataset_id = {})",
                               key);
        return fmt::format("exists (select from alyx_name as k where k.kind = '{}' and k.key = {})",
                           kind, key);
    }

    void report_unknown_references() {
        for (const auto& model : alyx::models()) {
            if (objects_.count(model.table) == 0) continue;
            for (const auto& field : model.fields) {
                if (field.target.empty() || field.target == "revision") continue;
                if (field.is_required && whole_.contains(std::string(model.table))) continue;
                const bool is_list = field.kind == FieldKind::list;
                const auto key = is_list
                                     ? std::string("l.member")
                                     : fmt::format("m.{}", session_.quote_identifier(field.name));
                const auto rows = session_.exec(
                    statement("alyx/unknown_references",
                              {{"key", key},
                               {"objects", std::string(model.table)},
                               {"join", is_list ? list_of(model.table, field.name) : std::string()},
                               {"known", known(field.target, key)}}));
                for (std::size_t i = 0; i < rows.rows(); ++i) {
                    const auto name = rows.get<std::string>(i, "key");
                    const auto n = rows.get<std::int64_t>(i, "n");
                    fail(fmt::format("{}.{}/{}", model.name, field.name, name), "UnknownReference",
                         fmt::format("{} {} of {} (the first is {}) name{} {} {}, which neither "
                                     "the dump nor the database has: {}",
                                     n, n == 1 ? "object" : "objects", model.name,
                                     rows.get<std::string>(i, "first"), n == 1 ? "s" : "",
                                     field.target, name,
                                     field.is_required ? "skipped"
                                     : is_list         ? "not among the members"
                                                       : "left empty"),
                         "Load a dump that has it, too.");
                }
            }
        }
    }

    void report_problems() {
        for (const auto& one : objects_.problems()) {
            fail(fmt::format("{}/{}", one.model, one.pk), one.type,
                 fmt::format("{}: {}", one.field, one.message),
                 "Mend it in the colony database and load it again.");
            --summary_.issues[one.type];
        }
        for (const auto& [type, n] : objects_.problem_counts()) summary_.issues[type] += n;
    }

    db::Session& session_;
    const ObjectTables& objects_;
    std::string place_;
    const AlyxOptions& options_;
    std::set<std::string> whole_;  // tables of objects that all gave a row
    AlyxSummary summary_;
};

/// Reads objects in a thread of its own while others are written.
class ObjectQueue {
  public:
    explicit ObjectQueue(const AlyxObjects& objects)
        : reader_([this, &objects] {
              try {
                  std::vector<alyx::DumpObject> batch;
                  objects([&](alyx::DumpObject object) {
                      batch.push_back(std::move(object));
                      if (batch.size() == batch_size) add(std::exchange(batch, {}));
                  });
                  if (!batch.empty()) add(std::move(batch));
              } catch (const Abandoned&) {
              } catch (...) {
                  fault_ = std::current_exception();
              }
              const std::lock_guard lock(mutex_);
              is_finished_ = true;
              changed_.notify_all();
          }) {}
    ~ObjectQueue() {
        {
            const std::lock_guard lock(mutex_);
            is_abandoned_ = true;
            changed_.notify_all();
        }
        reader_.join();
    }
    ObjectQueue(const ObjectQueue&) = delete;
    ObjectQueue& operator=(const ObjectQueue&) = delete;

    /// Empty at the end. @throws what reading has thrown
    std::vector<alyx::DumpObject> next() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !batches_.empty() || is_finished_; });
        if (batches_.empty()) {
            if (fault_) std::rethrow_exception(fault_);
            return {};
        }
        auto batch = std::move(batches_.front());
        batches_.pop_front();
        changed_.notify_all();
        return batch;
    }

  private:
    struct Abandoned {};
    static constexpr std::size_t batch_size = 1000, most_batches = 4;

    void add(std::vector<alyx::DumpObject> batch) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return batches_.size() < most_batches || is_abandoned_; });
        if (is_abandoned_) throw Abandoned();
        batches_.push_back(std::move(batch));
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::vector<alyx::DumpObject>> batches_;
    bool is_finished_ = false, is_abandoned_ = false;
    std::exception_ptr fault_;
    std::thread reader_;  // last: it uses the others
};

void write_alyx_failures(db::Session& session, const AlyxSummary& summary, const std::string& place,
                         bool keeps_errors) {
    if (!keeps_errors)
        session.exec(statement("alyx/errors_resolved"),
                     db::Params().text(cut(place, longest_message)));
    for (const auto& failure : summary.failures) record_failure(session, failure);
}

}  // namespace

AlyxSummary load_alyx(db::Session& session, const AlyxObjects& objects, const std::string& place,
                      const AlyxOptions& options) {
    db::Transaction transaction(session);
    session.exec({"lock", "select pg_advisory_xact_lock(hashtextextended('ingest alyx', 0))"});
    ObjectTables tables(session, options.is_partial);
    ObjectQueue queue(objects);
    std::size_t n = 0;
    for (auto batch = queue.next(); !batch.empty(); batch = queue.next()) {
        n += batch.size();
        for (auto& object : batch) tables.add(std::move(object));
    }
    tables.finish();
    auto summary = AlyxLoader(session, tables, place, options).run();
    summary.objects = n;
    summary.left_out = tables.left_out();
    summary.without_uuid = tables.without_uuid();
    summary.repeated = tables.repeated();
    summary.unknown_models = tables.unknown_models();
    if (!options.dry_run) {
        write_alyx_failures(session, summary, place, options.keeps_errors);
        transaction.commit();
    }
    return summary;
}

namespace {

/// One of several dumps that cannot be read costs itself.
alyx::DumpSummary read_or_tell(const std::filesystem::path& dump,
                               const std::function<void(alyx::DumpObject)>& take,
                               bool is_beside_others) {
    try {
        return alyx::read_dump(dump, take);
    } catch (const Error& error) {
        const bool is_of_file =
            error.kind() == ErrorKind::io || error.kind() == ErrorKind::not_found;
        if (!is_beside_others || !is_of_file || !error.sqlstate.empty()) throw;
        alyx::DumpSummary summary;
        summary.fault = error;
        return summary;
    }
}

/// Another loader of the same subjects may be in the way: of two that wait for each other the
/// server stops one.
AlyxSummary load_or_try_again(db::Session& session, const AlyxObjects& objects,
                              const std::string& place, const AlyxOptions& options) {
    for (int attempt = 1;; ++attempt) {
        try {
            return load_alyx(session, objects, place, options);
        } catch (const Error& error) {
            const bool may_pass = error.sqlstate == "40P01" || error.sqlstate == "40001";
            if (!may_pass || attempt == 3) throw;
        }
    }
}

}  // namespace

AlyxSummary ingest_alyx(db::Session& session, std::span<const std::filesystem::path> dumps,
                        const AlyxOptions& options) {
    std::vector<std::string> names;
    for (const auto& dump : dumps)
        names.push_back(std::filesystem::absolute(dump).lexically_normal().string());
    const auto place = db::sanitize_text(fmt::format("{}", fmt::join(names, " ")));
    std::vector<Failure> failures;
    std::optional<Error> fault;
    std::size_t odd = 0, objects = 0;
    const auto read_all = [&](const std::function<void(alyx::DumpObject)>& take) {
        failures.clear();
        fault.reset();
        odd = objects = 0;
        for (const auto& dump : dumps) {
            const auto read = read_or_tell(dump, take, dumps.size() > 1);
            odd += read.odd;
            objects += read.objects;
            if (read.odd > 0)
                failures.push_back(
                    {"alyx", dump.filename().string(), "", "OddObject",
                     fmt::format("{} entries are no objects that can be read, the first at {}",
                                 read.odd, read.first_odd),
                     "", place});
            if (!read.fault) continue;
            if (!fault) fault = read.fault;
            failures.push_back(
                failure_of(*read.fault, "alyx", dump.filename().string(), "", place));
        }
        if (objects == 0 && fault) throw *fault;
    };
    try {
        auto summary = load_or_try_again(session, read_all, place, options);
        summary.odd = odd;
        for (const auto& failure : failures) {
            ++summary.issues[failure.type];
            if (!options.dry_run) record_failure(session, failure);
        }
        summary.failures.insert(summary.failures.begin(), failures.begin(), failures.end());
        return summary;
    } catch (const Error& error) {
        if (!options.dry_run && error.type() == "InvalidDump")
            record_failure(session, failure_of(error, "alyx", place, "", place));
        throw;
    }
}

}  // namespace tb::load
