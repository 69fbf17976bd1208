// trialbase store: is the array store sound, and what in it belongs to nobody.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/print.hpp"
#include "app/cli/store_forget.hpp"
#include "src/store/check.hpp"
#include "src/store/store_identity.hpp"

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

struct StoreArguments {
    std::string grace;
    bool quick = false;
    bool dry_run = false;
    bool force = false;
    bool requeue = false;
    bool forget = false;
    bool yes = false;
};

/// `90s`, `30m`, `24h`, `7d`. @throws tb::Error (usage)
std::chrono::seconds duration_of(const std::string& text) {
    std::size_t used = 0;
    std::int64_t number = -1;
    try {
        number = std::stoll(text, &used);
    } catch (const std::exception&) {
        used = 0;
    }
    const auto unit = text.substr(used);
    const std::int64_t factor = unit == "s"   ? 1
                                : unit == "m" ? 60
                                : unit == "h" ? 3600
                                : unit == "d" ? 86400
                                              : 0;
    if (used == 0 || number < 0 || number > 100'000'000 || factor == 0) {
        throw Error(ErrorKind::usage, fmt::format("'{}' is no duration", text),
                    "Write a number and s, m, h or d: 24h.");
    }
    return std::chrono::seconds(number * factor);
}

nlohmann::json facts_of(const store::CheckResult& result, const store::CheckOptions& options,
                        const std::vector<store::Requeued>& requeued,
                        const std::vector<populate::CascadeResult>& forgotten) {
    auto again = nlohmann::json::array();
    for (const auto& one : requeued)
        again.push_back({{"table", one.table}, {"keys", one.keys}, {"pending", one.is_pending}});
    auto findings = nlohmann::json::array();
    for (const auto& one : result.findings)
        findings.push_back(
            {{"fault", to_string(one.fault)}, {"what", one.what}, {"message", one.message}});
    auto gone = nlohmann::json::array();
    for (const auto& one : forgotten) gone.push_back(json_of(one));
    return {{"root", options.root.string()},
            {"arrays", result.arrays},
            {"bytes", result.bytes},
            {"files", result.files},
            {"being_written", result.young},
            {"findings", findings},
            {"requeued", again},
            {"forgotten", gone}};
}

int run_verify(const Context& context, const StoreArguments& arguments) {
    if (arguments.dry_run && !arguments.forget)
        throw Error(ErrorKind::usage, "--dry-run goes with --forget",
                    "Without --requeue and --forget verify changes nothing.");
    auto session = context.connect("store verify");
    const auto [total, total_bytes] = [&] {
        const auto row = session.exec(
            {"store size", "select count(*), coalesce(sum(n_bytes), 0)::bigint from store.array"});
        return std::pair(row.get<std::int64_t>(0, 0), row.get<std::int64_t>(0, 1));
    }();
    store::CheckOptions options;
    options.root = context.readable_store(session);
    options.grace = duration_of(arguments.grace);
    options.quick = arguments.quick;
    ProgressLine line(wants_progress(context));
    options.show = [&](std::int64_t arrays, std::int64_t bytes) {
        line.show(fmt::format("{} of {} arrays, {} of {}", with_commas(arrays), with_commas(total),
                              bytes_text(bytes), bytes_text(total_bytes)));
    };
    const auto result = store::verify(session, options);
    line.clear();
    const auto requeued =
        arguments.requeue ? store::requeue_lost(session, result) : std::vector<store::Requeued>{};
    const auto forget = [&] {
        return arguments.forget
                   ? forget_lost(context, session, result, {arguments.dry_run, arguments.yes})
                   : std::vector<populate::CascadeResult>{};
    };
    if (context.json) {
        std::printf("%s\n", facts_of(result, options, requeued, forget())
                                .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                                .c_str());
    } else {
        std::vector<std::vector<std::string>> rows;
        for (const auto& one : result.findings)
            rows.push_back({std::string(to_string(one.fault)), one.what, one.message});
        if (!rows.empty())
            std::printf("%s", text_table({"fault", "what", "message"}, rows).c_str());
        std::printf("%s arrays (%s) in %s files: %s\n", with_commas(result.arrays).c_str(),
                    bytes_text(result.bytes).c_str(), with_commas(result.files).c_str(),
                    rows.empty() ? "all is well" : fmt::format("{} faults", rows.size()).c_str());
        for (const auto& one : requeued)
            std::printf("%s: %s keys %s\n", one.table.c_str(), with_commas(one.keys).c_str(),
                        one.is_pending ? "are pending again: trialbase populate"
                                       : "lost arrays: load their files again, trialbase ingest");
        const auto is_lost = [](const auto& one) { return !one.array_id.empty(); };
        if (!arguments.requeue && !arguments.forget &&
            std::any_of(result.findings.begin(), result.findings.end(), is_lost))
            std::printf("to get lost arrays back: trialbase store verify --requeue\n");
        if (result.young > 0)
            std::printf("%s files without rows are younger than %s\n",
                        with_commas(result.young).c_str(), arguments.grace.c_str());
        for (const auto& one : forget())
            std::printf("%s: %s\n", one.plan.tables.front().name.c_str(),
                        one.is_deleted ? "forgotten; load the files again if they are found"
                                       : "nothing was deleted");
    }
    return result.findings.empty() ? 0 : static_cast<int>(ErrorKind::partial);
}

int run_gc(const Context& context, const StoreArguments& arguments) {
    auto session = context.connect("store gc");
    store::CollectOptions options;
    options.root = context.store_options().root;
    // A store without a mark may be one from before there were marks.
    const bool is_asked = !arguments.force || store::read_mark(options.root).has_value();
    if (!options.root.empty() && is_asked) store::require_owned(session, options.root);
    options.grace = duration_of(arguments.grace);
    options.dry_run = arguments.dry_run;
    options.force = arguments.force;
    const auto result = store::collect_garbage(session, options);
    if (context.json) {
        auto files = nlohmann::json::array();
        for (const auto& file : result.removed)
            files.push_back({{"file", file.file},
                             {"bytes", file.bytes},
                             {"age_s", file.age.count()},
                             {"unfinished", file.is_temporary}});
        std::printf("%s\n", nlohmann::json{{"root", options.root.string()},
                                           {"dry_run", options.dry_run},
                                           {"removed", files},
                                           {"bytes", result.bytes},
                                           {"kept", result.kept},
                                           {"within_grace", result.young},
                                           {"errors", result.errors}}
                                .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                                .c_str());
    } else {
        if (options.dry_run || context.verbose) {
            for (const auto& file : result.removed)
                std::printf("%s\n", printable(file.file).c_str());
        }
        std::printf("%s %s files (%s), kept %s that rows name and %s younger than %s\n",
                    options.dry_run ? "would remove" : "removed",
                    with_commas(static_cast<std::int64_t>(result.removed.size())).c_str(),
                    bytes_text(result.bytes).c_str(), with_commas(result.kept).c_str(),
                    with_commas(result.young).c_str(), arguments.grace.c_str());
        for (const auto& error : result.errors)
            std::fprintf(stderr, "cannot remove %s\n", error.c_str());
    }
    return result.errors.empty() ? 0 : static_cast<int>(ErrorKind::partial);
}

int run_adopt(const Context& context) {
    auto session = context.connect("store adopt");
    const auto root = context.store_options().root;
    if (root.empty()) {
        throw Error(ErrorKind::usage, "no array store is named",
                    "Name its root by --store or TRIALBASE_STORE.", "NoStore");
    }
    const auto mark = store::adopt(session, root);
    store::CheckOptions options;
    options.root = root;
    options.quick = true;
    const auto result = store::verify(session, options);
    const auto missing = std::count_if(result.findings.begin(), result.findings.end(),
                                       [](const auto& one) { return !one.array_id.empty(); });
    if (context.json) {
        std::printf("%s\n", nlohmann::json{{"root", root.string()},
                                           {"store_id", mark.store_id},
                                           {"arrays", result.arrays},
                                           {"missing", missing}}
                                .dump(2)
                                .c_str());
        return 0;
    }
    std::printf("the array store %s is this database's\n", root.c_str());
    if (missing > 0)
        std::printf("%s of its %s arrays are not there: trialbase store verify --requeue\n",
                    with_commas(missing).c_str(), with_commas(result.arrays).c_str());
    return 0;
}

}  // namespace

void add_store_command(CLI::App& app, Context& context) {
    auto* command =
        app.add_subcommand("store", "the array store: its files and the rows that name them");
    command->require_subcommand(1);

    auto* verify =
        command->add_subcommand("verify", "reads every array and compares it with its row");
    verify->footer(
        "Examples:\n  trialbase store verify\n  trialbase store verify --quick --json\n"
        "  trialbase store verify --forget --dry-run\n"
        "Exit status 8: something is wrong. Safe while workers write.");
    auto checked = std::make_shared<StoreArguments>();
    checked->grace = "1h";
    verify->add_flag("--quick", checked->quick,
                     "do not read values, only look whether they are there");
    verify
        ->add_option("--grace", checked->grace,
                     "files without rows are faults when they are older (90s, 30m, 24h, 7d)")
        ->capture_default_str();
    verify->add_flag("--requeue", checked->requeue,
                     "make results whose arrays are lost pending again");
    verify->add_flag("--forget", checked->forget,
                     "delete loaded recordings whose arrays are lost, and what was computed from "
                     "them, after a preview; their files load as new again");
    verify->add_flag("--dry-run", checked->dry_run, "with --forget: show what would go");
    verify->add_flag("--yes", checked->yes, "with --forget: do not ask");
    verify->callback([&context, checked] {
        context.run = [&context, checked] { return run_verify(context, *checked); };
    });

    auto* gc = command->add_subcommand("gc", "removes files that no row names");
    gc->footer(
        "Examples:\n  trialbase store gc --dry-run\n  trialbase store gc --grace 7d\n"
        "Files of deleted rows and what killed workers left behind. Safe while workers write, as "
        "long as "
        "no transaction lasts longer than the grace period. Refused for the store of another "
        "database, a copy of this one included.");
    auto collected = std::make_shared<StoreArguments>();
    collected->grace = "24h";
    gc->add_option("--grace", collected->grace, "younger files stay (90s, 30m, 24h, 7d)")
        ->capture_default_str();
    gc->add_flag("--dry-run", collected->dry_run, "show what would go");
    gc->add_flag("--force", collected->force,
                 "also when this database names no file of a store without mark");
    gc->callback([&context, collected] {
        context.run = [&context, collected] { return run_gc(context, *collected); };
    });

    auto* adopt = command->add_subcommand("adopt", "makes the store at its root this database's");
    adopt->footer(
        "Example:\n  trialbase store adopt --store /data/arrays\n"
        "After a dump was restored, or pg_upgrade: the store knows its database, and writes of any "
        "other one are refused. The database that had it before may only read it then.");
    adopt->callback([&context] { context.run = [&context] { return run_adopt(context); }; });
}

}  // namespace tb::app
