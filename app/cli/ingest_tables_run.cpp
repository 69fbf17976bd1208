#include "app/cli/ingest_tables_run.hpp"

#include "app/cli/context.hpp"
#include "app/cli/errors.hpp"
#include "app/cli/ingest_session_run.hpp"
#include "app/cli/print.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

using nlohmann::json;

json as_json(const load::TablesSummary& summary, double seconds, bool dry_run) {
    json out{{"lists", summary.lists},
             {"sessions", summary.sessions},
             {"new_sessions", summary.new_sessions},
             {"known_sessions", summary.known_sessions},
             {"sessions_without_facts", summary.nameless},
             {"tables", json::array()},
             {"issues", summary.issues},
             {"failures", json::array()},
             {"notes", summary.notes},
             {"seconds", seconds},
             {"dry_run", dry_run}};
    for (const auto& table : summary.tables)
        out["tables"].push_back({{"table", table.table},
                                 {"rows", table.rows},
                                 {"added", table.added},
                                 {"updated", table.updated},
                                 {"unchanged", table.unchanged},
                                 {"removed", table.removed}});
    for (const auto& failure : summary.failures)
        out["failures"].push_back({{"identifier", db::sanitize_text(failure.identifier)},
                                   {"type", failure.type},
                                   {"message", db::sanitize_text(failure.message)},
                                   {"hint", db::sanitize_text(failure.hint)},
                                   {"file", db::sanitize_text(failure.file)}});
    return out;
}

void print(const load::TablesSummary& summary, double seconds, bool quiet) {
    const auto count = [](std::size_t value) {
        return with_commas(static_cast<std::int64_t>(value));
    };
    constexpr std::size_t most_shown = 20;
    HintsOnce hints;
    for (std::size_t i = 0; i < std::min(most_shown, summary.failures.size()); ++i) {
        const auto& failure = summary.failures[i];
        std::fprintf(stderr, "%s: %s: %s (%s)\n", db::sanitize_text(failure.file).c_str(),
                     db::sanitize_text(failure.identifier).c_str(),
                     db::sanitize_text(failure.message).c_str(), failure.type.c_str());
        hints.tell(failure.hint);
    }
    if (summary.failures.size() > most_shown)
        std::fprintf(stderr, "and %s more (trialbase errors)\n",
                     count(summary.failures.size() - most_shown).c_str());
    if (!quiet) {
        for (std::size_t i = 0; i < std::min(most_shown, summary.notes.size()); ++i)
            std::fprintf(stderr, "note: %s\n", db::sanitize_text(summary.notes[i]).c_str());
        if (summary.n_notes > most_shown)
            std::fprintf(stderr, "and %s more notes (--json has the first thousand)\n",
                         count(summary.n_notes - most_shown).c_str());
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& table : summary.tables)
        rows.push_back({table.table, count(table.added), count(table.updated),
                        count(table.unchanged), count(table.removed)});
    std::printf("%s",
                text_table({"table", "added", "updated", "unchanged", "removed"}, rows).c_str());
    std::printf("%s sessions in %s: %s new, %s known already", count(summary.sessions).c_str(),
                duration_text(seconds).c_str(), count(summary.new_sessions).c_str(),
                count(summary.known_sessions).c_str());
    if (summary.nameless > 0)
        std::printf("; of %s more nothing but the UUID is known", count(summary.nameless).c_str());
    std::printf("\n");
}

}  // namespace

int run_tables_ingest(const Context& context, const std::string& source,
                      const std::function<void(tables::ListedTables&)>& read,
                      const load::TablesOptions& options) {
    auto session = context.connect("ingest " + source);
    const auto start = std::chrono::steady_clock::now();
    const auto summary = load::load_tables(session, read, source, options);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (context.json) {
        std::printf("%s\n", as_json(summary, seconds, options.dry_run).dump(2, ' ', true).c_str());
    } else {
        print(summary, seconds, context.quiet);
        if (options.dry_run) print_dry_run(context);
    }
    return summary.issues.empty() ? 0 : static_cast<int>(ErrorKind::partial);
}

}  // namespace tb::app
