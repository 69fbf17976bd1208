// trialbase errors: what went wrong in ingest and populate, in one list, and what was set aside of
// it.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/errors.hpp"
#include "app/cli/person.hpp"
#include "app/cli/print.hpp"
#include "app/cli/query_empty.hpp"
#include "app/cli/session_name.hpp"
#include "src/db/condition.hpp"
#include "src/populate/catalogue.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

struct ErrorArguments {
    std::vector<std::string> tables;
    std::string type, lab, session, since, origin, where;
    std::int64_t limit = 100;
    bool issues = false;
    bool all = false;
    // dismiss
    std::vector<std::string> ids;
    std::string reason, by;
    bool undo = false;
};

constexpr const char* view = "analysis.error";

/// The view's rows that the options leave.
std::string condition_of(db::Session& session, const ErrorArguments& arguments) {
    std::vector<std::string> parts;
    const auto text = [&](const std::string& value) { return session.quote_literal(value); };
    if (!arguments.tables.empty()) {
        std::string names;
        for (const auto& table :
             populate::select_tables(populate::read_tables(session), arguments.tables))
            names += (names.empty() ? "" : ", ") + text(table.name);
        parts.push_back("table_name in (" + names + ")");
    }
    if (!arguments.type.empty()) parts.push_back("error_type ilike " + text(arguments.type));
    if (!arguments.lab.empty()) parts.push_back("lab_name like " + text(arguments.lab));
    if (!arguments.session.empty())
        parts.push_back("session_id = " + text(session_key(session, arguments.session)) + "::uuid");
    if (!arguments.since.empty()) {
        try {
            session.exec({"--since", "select $1::timestamptz"}, db::Params().text(arguments.since));
        } catch (const Error& error) {
            if (!error.sqlstate.starts_with("22")) throw;
            throw Error(ErrorKind::usage, fmt::format("--since: '{}' is no date", arguments.since),
                        "Write it as 2024-11-05, or 2024-11-05T13:30.");
        }
        parts.push_back("noticed_at >= " + text(arguments.since) + "::timestamptz");
    }
    if (!arguments.origin.empty()) parts.push_back("origin = " + text(arguments.origin));
    if (!arguments.where.empty()) {
        db::check_condition(session, view, arguments.where);
        parts.push_back("(\n" + arguments.where + "\n)");
    }
    if (!arguments.issues) parts.emplace_back("severity = 'error'");
    std::string condition;
    for (const auto& part : parts) condition += (condition.empty() ? "" : " and ") + part;
    return condition.empty() ? "true" : condition;
}

nlohmann::json row_json(const db::Result& rows, std::size_t row) {
    nlohmann::json one;
    for (std::size_t c = 0; c < rows.columns(); ++c) {
        const std::string name(rows.column_name(c));
        if (rows.is_null(row, c)) {
            one[name] = nullptr;
        } else if (rows.type_oid(c) == db::oid::boolean) {
            one[name] = rows.get<bool>(row, c);
        } else if (rows.type_oid(c) == db::oid::int4) {
            one[name] = rows.get<int>(row, c);
        } else {
            one[name] = std::string(rows.bytes(row, c));
        }
    }
    return one;
}

void print_errors(const db::Result& rows, bool all) {
    std::vector<std::vector<std::string>> lines;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        const auto text = [&](const char* name) {
            const auto c = rows.column(name);
            return rows.is_null(row, c) ? std::string() : std::string(rows.bytes(row, c));
        };
        const auto table = text("table");
        const auto file = text("file");
        auto message = text("type") + ": " + text("message");
        if (!file.empty()) message += " [" + file + "]";
        if (all && rows.get<bool>(row, "is_dismissed"))
            message += fmt::format(" (dismissed by {}: {})", text("dismissed_by"),
                                   text("dismissal_reason"));
        lines.push_back(
            {text("id").substr(0, 8), text("at").substr(0, 16),
             table.empty()
                 ? text("origin") + (text("severity") == "error" ? "" : " " + text("severity"))
                 : table,
             text("key"), message});
    }
    std::printf("%s",
                text_table({"id", "when (UTC)", "where", "what", "error"}, lines, terminal_width())
                    .c_str());
}

/// What --lab and --type give that no error has, a line each.
std::string why_no_errors(db::Session& session, const ErrorArguments& arguments) {
    static const std::vector<KnownNames> labs{{"core.lab", "lab_name", ""}, {view, "lab_name", ""}};
    static const std::vector<KnownNames> types{{view, "error_type", ""}};
    std::string text;
    for (const auto& given : {GivenPattern{"lab", arguments.lab, labs, false},
                              GivenPattern{"type", arguments.type, types, true}}) {
        if (given.pattern.empty()) continue;
        if (const auto said = nothing_fits(session, given)) text += *said + "\n";
    }
    return text;
}

int run_errors(const Context& context, const ErrorArguments& arguments) {
    auto session = context.connect("errors");
    const auto condition = condition_of(session, arguments);
    // Counted apart from the list, which has a limit and leaves out what was dismissed.
    const auto counts = session.exec(
        {"errors counted",
         fmt::format("select count(*) filter (where severity = 'error' and not is_dismissed) as "
                     "standing, count(*) filter (where not is_dismissed) as shown, count(*) filter "
                     "(where is_dismissed) as dismissed from {} where {}",
                     view, condition)});
    const auto standing = counts.get<std::int64_t>(0, "standing");
    const auto dismissed = counts.get<std::int64_t>(0, "dismissed");
    const auto total = counts.get<std::int64_t>(0, "shown") + (arguments.all ? dismissed : 0);
    const auto rows = session.exec(
        {"errors",
         fmt::format(
             "select error_id as id, origin, severity, table_name as \"table\", key_text as key, "
             "error_type as type, message, hint, detail, file_path as file, session_id, lab_name, "
             "subject_nickname, session_date, session_number, "
             "to_char(noticed_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at, "
             "(select w.host || ':' || w.pid from engine.worker as w where w.worker_id = "
             "e.worker_id) as worker, attempt, is_dismissed, dismissal_reason, dismissed_by, "
             "dismissed_at from {} as e where {}{} order by noticed_at desc nulls last, origin, "
             "table_name, key_text, error_id limit {}",
             view, condition, arguments.all ? "" : " and not is_dismissed", arguments.limit)});
    if (context.json) {
        auto out = nlohmann::json::array();
        for (std::size_t row = 0; row < rows.rows(); ++row) out.push_back(row_json(rows, row));
        std::printf("%s\n",
                    out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    } else if (rows.rows() == 0) {
        std::printf(
            "no errors%s\n",
            dismissed > 0 ? fmt::format(" ({} dismissed, see --all)", dismissed).c_str() : "");
    } else {
        print_errors(rows, arguments.all);
        const auto shown = static_cast<std::int64_t>(rows.rows());
        std::string note =
            total > shown ? fmt::format("{} of {}", shown, total) : fmt::format("{} in all", total);
        if (!arguments.all && dismissed > 0)
            note += fmt::format(", {} dismissed (--all)", dismissed);
        if (!context.quiet)
            std::fprintf(
                stderr,
                "%s; failed keys are released with trialbase retry, others are tried again "
                "by the next ingest\n",
                note.c_str());
    }
    if (rows.rows() == 0 && !context.quiet)
        std::fprintf(stderr, "%s", why_no_errors(session, arguments).c_str());
    return standing > 0 ? static_cast<int>(ErrorKind::partial) : 0;
}

/// The key of the one error that an id or its first digits mean.
std::string error_key(db::Session& session, const std::string& id) {
    const auto digits =
        id.find_first_not_of("0123456789abcdefABCDEF-") == id.npos && id.size() >= 4;
    const auto found =
        digits ? session.exec({"error by id",
                               "select distinct error_id::text as id from analysis.error where "
                               "starts_with(error_id::text, lower($1)) order by 1 limit 3"},
                              db::Params().text(id))
               : db::Result();
    if (!digits || found.rows() == 0) {
        throw Error(ErrorKind::not_found, fmt::format("no error has the id '{}'", id),
                    "trialbase errors shows ids; their first digits do, four at least.");
    }
    if (found.rows() > 1) {
        throw Error(ErrorKind::usage,
                    fmt::format("several errors have an id that begins with '{}'", id),
                    "Give more of its digits; --json shows them all.");
    }
    return found.get<std::string>(0, "id");
}

int run_dismiss(const Context& context, const ErrorArguments& arguments) {
    if (!arguments.undo && arguments.reason.empty())
        throw Error(ErrorKind::usage, "a dismissal needs a reason", "Say why with --reason.");
    auto session = context.connect("errors dismiss");
    const auto by = arguments.by.empty() ? system_user() : arguments.by;
    auto out = nlohmann::json::array();
    db::Transaction transaction(session);
    for (const auto& given : arguments.ids) {
        const auto id = error_key(session, given);
        const auto changed =
            arguments.undo
                ? session.exec({"undo dismissal",
                                "update core.error_dismissal set undone_at = clock_timestamp(), "
                                "undone_by = $2 where error_id = $1::uuid and undone_at is null"},
                               db::Params().text(id).text(by))
                : session.exec({"dismiss error",
                                "insert into core.error_dismissal (error_id, dismissed_by, reason) "
                                "values ($1::uuid, $2, $3) on conflict do nothing"},
                               db::Params().text(id).text(by).text(arguments.reason));
        if (changed.affected() == 0)
            throw Error(ErrorKind::conflict,
                        fmt::format("error {} is {}", given,
                                    arguments.undo ? "not dismissed" : "dismissed already"),
                        "trialbase errors --all shows by whom and why.");
        out.push_back({{"id", id}, {"is_dismissed", !arguments.undo}, {"by", by}});
    }
    transaction.commit();
    if (context.json) {
        std::printf("%s\n", out.dump(2).c_str());
    } else {
        std::printf("%zu %s %s\n", out.size(), out.size() == 1 ? "error is" : "errors are",
                    arguments.undo ? "no longer dismissed" : "dismissed");
    }
    return 0;
}

}  // namespace

void add_errors_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand("errors", "what went wrong in ingest and populate");
    command->footer(
        "Examples:\n"
        "  trialbase errors\n"
        "  trialbase errors --source populate --table psychometric_fit --lab angelakilab\n"
        "  trialbase errors --issues --session angelakilab/NYU-01/2019-05-04/001\n"
        "  trialbase errors dismiss 1f0c9a3e --reason \"rig was off\"\n"
        "Sessions that ingest could not load, keys that populate could not compute; with --issues "
        "also what ingest noticed about sessions that it loaded. The same list: view "
        "analysis.error.\n"
        "Exit status 0: no error stands; 8: some do.");
    auto arguments = std::make_shared<ErrorArguments>();
    command->add_option("table,--table", arguments->tables,
                        "computed tables, with or without their schema");
    command->add_option("--type", arguments->type,
                        "kind of error (% stands for anything, case does not matter)");
    command->add_option("--lab", arguments->lab, "lab (% stands for anything)");
    command->add_option("--session", arguments->session, session_name_about);
    command->add_option("--since", arguments->since, "met at this date or time or later (UTC)");
    command->add_option("--source", arguments->origin, "ingest or populate (default: both)")
        ->check(one_of({"ingest", "populate"}));
    command->add_option("--where", arguments->where,
                        "SQL condition over the columns of analysis.error");
    command->add_flag("--issues", arguments->issues,
                      "also what was noticed about sessions that were loaded");
    command->add_flag("--all", arguments->all, "also those that were dismissed");
    command->add_option("--limit", arguments->limit, "newest so many")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
        ->capture_default_str();
    command->callback([&context, arguments, command] {
        if (!command->get_subcommands().empty()) return;
        context.run = [&context, arguments] { return run_errors(context, *arguments); };
    });

    auto* dismiss = command->add_subcommand("dismiss", "sets errors aside, or takes that back");
    dismiss->footer(
        "Examples:\n"
        "  trialbase errors dismiss 1f0c9a3e 77ab01cd --reason \"rig was off\"\n"
        "  trialbase errors dismiss 1f0c9a3e --undo\n"
        "An error that is met again stays dismissed; another one of the same session or key does "
        "not.");
    dismiss->add_option("id", arguments->ids, "ids as trialbase errors shows them")->required();
    dismiss->add_option("--reason", arguments->reason, "why they may be left");
    dismiss->add_option("--by", arguments->by, "who decided (default: who runs this)");
    dismiss->add_flag("--undo", arguments->undo, "take the dismissal back");
    dismiss->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_dismiss(context, *arguments); };
    });
}

}  // namespace tb::app
