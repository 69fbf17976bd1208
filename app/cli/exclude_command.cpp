// trialbase exclude: subjects, sessions and recordings that analyses leave out, by whom and why.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/errors.hpp"
#include "app/cli/person.hpp"
#include "app/cli/print.hpp"
#include "app/cli/session_name.hpp"
#include "src/base/nearest.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

struct ExcludeArguments {
    std::string subject;
    std::string lab;
    std::string session;
    std::optional<int> fiber;
    std::string reason;
    std::string by;
    bool all = false;
};

/// What an exclusion is of: exactly one of the keys, and a fibre with a session.
struct Excluded {
    std::optional<std::string> subject_id;
    std::optional<std::string> session_id;
    std::optional<std::string> fiber_idx;
    std::string shown;
};

/// `Subjects: a1, a2 and 17 more.`; nothing where there are none.
std::string few_of(const std::vector<std::string>& subjects) {
    constexpr std::size_t shown = 12;
    if (subjects.empty()) return {};
    const auto end =
        subjects.begin() + static_cast<std::ptrdiff_t>(std::min(shown, subjects.size()));
    return fmt::format(
        "Subjects: {}{}.", fmt::join(subjects.begin(), end, ", "),
        subjects.size() > shown ? fmt::format(" and {} more", subjects.size() - shown) : "");
}

/// A fibre that an exclusion may be of: it is in a recording of the session, loaded or only listed.
void check_fiber(db::Session& session, const std::string& session_id, int fiber) {
    const auto found = session.exec(
        {"fibres",
         "select fiber_idx from photometry.recording where session_id = $1::uuid order by 1"},
        db::Params().text(session_id));
    std::vector<int> known;
    for (std::size_t row = 0; row < found.rows(); ++row)
        known.push_back(found.get<int>(row, "fiber_idx"));
    if (std::ranges::find(known, fiber) != known.end()) return;
    throw Error(ErrorKind::not_found, fmt::format("session {} has no fibre {}", session_id, fiber),
                known.empty() ? "It has no photometry: exclude the session without --fiber."
                              : fmt::format("Its fibres: {}.", fmt::join(known, ", ")));
}

std::string subject_id_of(db::Session& session, const ExcludeArguments& arguments) {
    const auto lab = arguments.lab.empty() ? std::nullopt : std::optional(arguments.lab);
    const auto found = session.exec(
        {"subject",
         "select subject_id::text as id, lab_name from core.subject where nickname = $1 "
         "and lab_name = coalesce($2, lab_name) order by lab_name"},
        db::Params().text(arguments.subject).text(lab));
    if (found.rows() == 0) {
        std::vector<std::string> known;
        const auto all = session.exec(
            {"subjects",
             "select distinct nickname from core.subject where lab_name = coalesce($1, "
             "lab_name) order by nickname limit 10000"},
            db::Params().text(lab));
        for (std::size_t row = 0; row < all.rows(); ++row)
            known.push_back(all.get<std::string>(row, "nickname"));
        const auto meant = nearest(arguments.subject, known);
        throw Error(ErrorKind::not_found,
                    fmt::format("there is no subject '{}'{}", arguments.subject,
                                lab ? " in lab " + *lab : ""),
                    meant ? fmt::format("Did you mean {}?", *meant) : few_of(known));
    }
    if (found.rows() > 1) {
        throw Error(ErrorKind::usage,
                    fmt::format("{} labs have a subject '{}'", found.rows(), arguments.subject),
                    "Name its lab with --lab.");
    }
    return found.get<std::string>(0, "id");
}

Excluded excluded_of(db::Session& session, const ExcludeArguments& arguments) {
    if (arguments.subject.empty() == arguments.session.empty()) {
        throw Error(ErrorKind::usage, "one of --subject and --session is needed");
    }
    if (!arguments.subject.empty()) {
        if (arguments.fiber) throw Error(ErrorKind::usage, "--fiber goes with --session");
        return {.subject_id = subject_id_of(session, arguments),
                .session_id = std::nullopt,
                .fiber_idx = std::nullopt,
                .shown = "subject " + arguments.subject};
    }
    const auto id = session_key(session, arguments.session);
    Excluded what{.subject_id = std::nullopt,
                  .session_id = id,
                  .fiber_idx = std::nullopt,
                  .shown = "session " + id};
    if (arguments.fiber) {
        what.fiber_idx = std::to_string(*arguments.fiber);
        what.shown += fmt::format(", fibre {}", *arguments.fiber);
    }
    return what;
}

db::Params params_of(const Excluded& what, const ExcludeArguments& arguments) {
    db::Params params;
    params.text(what.subject_id).text(what.session_id).text(what.fiber_idx);
    params.text(arguments.reason.empty() ? std::nullopt : std::optional(arguments.reason));
    params.text(arguments.by.empty() ? system_user() : arguments.by);
    return params;
}

void report(const Context& context, const Excluded& what, const char* done) {
    if (context.json) {
        std::printf("%s\n", nlohmann::json{{"what", what.shown}, {"done", done}}.dump(2).c_str());
    } else {
        std::printf("%s is %s\n", what.shown.c_str(), done);
    }
}

int run_add(const Context& context, const ExcludeArguments& arguments) {
    auto session = context.connect("exclude");
    const Excluded what = excluded_of(session, arguments);
    if (arguments.fiber) check_fiber(session, *what.session_id, *arguments.fiber);
    const auto added =
        session.exec({"exclude",
                      "insert into core.exclusion (subject_id, session_id, fiber_idx, reason, "
                      "added_by) values ($1::uuid, $2::uuid, $3::integer, $4, $5) "
                      "on conflict do nothing"},
                     params_of(what, arguments));
    if (added.affected() == 0) {
        throw Error(ErrorKind::conflict, what.shown + " is excluded already",
                    "trialbase exclude list says by whom and why.");
    }
    report(context, what, "excluded");
    return 0;
}

int run_lift(const Context& context, const ExcludeArguments& arguments) {
    auto session = context.connect("exclude");
    const Excluded what = excluded_of(session, arguments);
    const auto lifted =
        session.exec({"lift exclusion",
                      "update core.exclusion set lift_reason = $4, lifted_by = $5, lifted_at = "
                      "now() where lifted_at is null and subject_id is not distinct from "
                      "$1::uuid and session_id is not distinct from $2::uuid and fiber_idx is "
                      "not distinct from $3::integer"},
                     params_of(what, arguments));
    if (lifted.affected() == 0) {
        throw Error(ErrorKind::not_found, what.shown + " is not excluded",
                    "trialbase exclude list shows what is.");
    }
    report(context, what, "no longer excluded");
    return 0;
}

int run_list(const Context& context, const ExcludeArguments& arguments) {
    auto session = context.connect("exclude");
    const auto found =
        session.exec({"exclusions",
                      "select * from analysis.exclusion where is_current or $1::boolean order by "
                      "added_at, lab_name, subject_nickname, session_date, session_number, "
                      "fiber_idx, exclusion_id"},
                     db::Params().boolean(arguments.all));
    const auto text = [&](std::size_t row, const char* column) {
        return found.optional<std::string>(row, column).value_or("");
    };
    if (context.json) {
        auto out = nlohmann::json::array();
        for (std::size_t row = 0; row < found.rows(); ++row) {
            nlohmann::json one;
            for (std::size_t c = 0; c < found.columns(); ++c) {
                const std::string name(found.column_name(c));
                if (found.is_null(row, c)) {
                    one[name] = nullptr;
                } else if (name == "fiber_idx" || name == "session_number") {
                    one[name] = found.get<int>(row, c);
                } else if (name == "is_current") {
                    one[name] = found.get<bool>(row, c);
                } else {
                    one[name] = std::string(found.bytes(row, c));
                }
            }
            out.push_back(std::move(one));
        }
        std::printf("%s\n", out.dump(2).c_str());
        return 0;
    }
    if (found.rows() == 0) {
        std::printf("nothing is excluded\n");
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (std::size_t row = 0; row < found.rows(); ++row) {
        const auto bytes = [&](const char* column) {
            const auto c = found.column(column);
            return found.is_null(row, c) ? std::string() : std::string(found.bytes(row, c));
        };
        rows.push_back(
            {text(row, "lab_name"), text(row, "subject_nickname"), bytes("session_id"),
             bytes("fiber_idx"), text(row, "added_by"), bytes("added_at").substr(0, 16),
             found.get<bool>(row, "is_current")
                 ? ""
                 : fmt::format("{} {}", text(row, "lifted_by"), bytes("lifted_at").substr(0, 16)),
             text(row, "reason")});
    }
    std::printf("%s",
                text_table({"lab", "subject", "session", "fibre", "by", "on", "lifted", "reason"},
                           rows, terminal_width())
                    .c_str());
    return 0;
}

void add_what_options(CLI::App& command, ExcludeArguments& arguments) {
    command.add_option("--subject", arguments.subject, "name of a subject, with all its sessions");
    command.add_option("--lab", arguments.lab, "lab of the subject, where several have the name");
    command.add_option("--session", arguments.session, session_name_about);
    command.add_option("--fiber", arguments.fiber, "number of a fibre of the session, from 0")
        ->check(at_least(0));
    command.add_option("--by", arguments.by, "who decided (default: who runs this)");
}

}  // namespace

void add_exclude_command(CLI::App& app, Context& context) {
    auto* command =
        app.add_subcommand("exclude", "subjects, sessions and recordings that analyses leave out");
    command->footer(
        "Examples:\n"
        "  trialbase exclude add --session 0802ced5-33a3-405e-8336-b65ebc5cb07c --fiber 1 "
        "--reason \"movement artefacts\"\n"
        "  trialbase exclude lift --session 0802ced5-33a3-405e-8336-b65ebc5cb07c --fiber 1\n"
        "  trialbase exclude list --all\n"
        "Nothing is deleted or computed anew: views tell by is_excluded, and queries and figures "
        "leave it out unless --param include_excluded=true asks for it. A fibre is left out of "
        "photometry alone (analysis.photometry_analysis_*).");
    command->require_subcommand(1);

    auto arguments = std::make_shared<ExcludeArguments>();
    auto* add = command->add_subcommand("add", "leaves something out from now on");
    add->footer("Example:\n  trialbase exclude add --subject M12 --reason \"no expression\"");
    add_what_options(*add, *arguments);
    add->add_option("--reason", arguments->reason, "why")->required();
    add->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_add(context, *arguments); };
    });

    auto* lift = command->add_subcommand("lift", "takes something back in");
    lift->footer("Example:\n  trialbase exclude lift --subject M12 --reason \"histology done\"");
    add_what_options(*lift, *arguments);
    lift->add_option("--reason", arguments->reason, "why");
    lift->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_lift(context, *arguments); };
    });

    auto* list = command->add_subcommand("list", "what is left out, by whom and why");
    list->footer("Example:\n  trialbase exclude list --json");
    list->add_flag("--all", arguments->all, "those that were lifted too");
    list->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_list(context, *arguments); };
    });
}

}  // namespace tb::app
