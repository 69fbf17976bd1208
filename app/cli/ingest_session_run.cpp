#include "app/cli/ingest_session_run.hpp"

#include "app/cli/print.hpp"
#include "ingest/load/ingest_run.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>

#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

extern "C" void ask_to_stop(int) {
    ingest_stop_asked.store(true);
}

nlohmann::json to_json(const load::IngestSummary& summary, double seconds, bool dry_run) {
    nlohmann::json out{{"labs", summary.labs},
                       {"subjects", summary.subjects},
                       {"sessions",
                        {{"new", summary.added},
                         {"changed", summary.updated},
                         {"unchanged", summary.unchanged},
                         {"failed", summary.failures.size()}}},
                       {"files", summary.read},
                       {"trials", summary.trials},
                       {"seconds", seconds},
                       {"dry_run", dry_run},
                       {"names", nlohmann::json::array()},
                       {"issues", summary.issues},
                       {"failures", nlohmann::json::array()}};
    for (const auto& what : summary.extracted) out["extracted"].push_back(db::sanitize_text(what));
    for (const auto& name : summary.names) out["names"].push_back(db::sanitize_text(name));
    for (const auto& failure : summary.failures) {
        out["failures"].push_back({{"session", db::sanitize_text(failure.identifier)},
                                   {"type", failure.type},
                                   {"message", db::sanitize_text(failure.message)},
                                   {"hint", db::sanitize_text(failure.hint)},
                                   {"file", db::sanitize_text(failure.file)}});
    }
    return out;
}

/// Labs with their subjects, as the sessions that were met name them: one line a lab.
void print_names(const load::IngestSummary& summary) {
    std::map<std::string, std::string> subjects;
    for (const auto& name : summary.names) {
        const auto slash = name.find('/');
        auto& list = subjects[name.substr(0, slash)];
        list += (list.empty() ? "" : ", ") + name.substr(slash + 1);
    }
    for (const auto& [lab, list] : subjects)
        std::printf("lab %s: %s\n", db::sanitize_text(lab).c_str(),
                    db::sanitize_text(list).c_str());
}

}  // namespace

std::atomic<bool> ingest_stop_asked{false};

void stop_ingest_on_signals() {
    std::signal(SIGINT, ask_to_stop);
    std::signal(SIGTERM, ask_to_stop);
}

void HintsOnce::tell(const std::string& hint) {
    if (!hint.empty() && told_.insert(hint).second)
        std::fprintf(stderr, "    hint: %s\n", hint.c_str());
}

void print_issues(const std::map<std::string, std::size_t>& issues) {
    if (issues.empty()) return;
    std::string text;
    for (const auto& [type, count] : issues) {
        text +=
            (text.empty() ? "" : ", ") + with_commas(static_cast<std::int64_t>(count)) + " " + type;
    }
    std::printf("issues: %s (trialbase query session_issues)\n", text.c_str());
}

void print_dry_run(const Context& context) {
    if (!context.quiet) std::fprintf(stderr, "nothing was written (--dry-run)\n");
}

int run_session_ingest(load::SessionSource& source, const IngestArguments& asked,
                       const Context& context, nlohmann::json* out) {
    load::RunOptions options;
    options.jobs = asked.jobs;
    options.dry_run = asked.dry_run;
    options.store = context.store_options();
    options.stop = &ingest_stop_asked;
    stop_ingest_on_signals();
    // Once here, so that a schema that is missing or too new is said before anything is read.
    { (void)context.connect("ingest"); }
    options.connect = [&context] { return context.connect("ingest"); };
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    ProgressLine line(wants_progress(context));
    options.progress = [&](const load::IngestSummary& so_far) {
        const auto sessions =
            so_far.added + so_far.updated + so_far.unchanged + so_far.failures.size();
        char text[160];
        std::snprintf(text, sizeof text, "%zu sessions, %zu failed, %s trials, %.1f sessions/s",
                      sessions, so_far.failures.size(), with_commas(so_far.trials).c_str(),
                      static_cast<double>(sessions) / std::max(elapsed(), 1e-3));
        line.show(text);
    };
    const auto summary = load::ingest_sessions(source, options);
    const double seconds = elapsed();
    line.clear();
    if (out != nullptr) {
        *out = to_json(summary, seconds, asked.dry_run);
    } else if (context.json) {
        std::printf("%s\n", to_json(summary, seconds, asked.dry_run).dump(2).c_str());
    } else {
        HintsOnce hints;
        for (const auto& failure : summary.failures) {
            std::fprintf(stderr, "failed: %s: %s: %s [%s]\n",
                         db::sanitize_text(failure.identifier).c_str(), failure.type.c_str(),
                         db::sanitize_text(failure.message).c_str(),
                         db::sanitize_text(failure.file).c_str());
            hints.tell(db::sanitize_text(failure.hint));
        }
        const auto count = [](std::size_t value) {
            return with_commas(static_cast<std::int64_t>(value));
        };
        std::printf(
            "%s",
            text_table(
                {"labs", "subjects", "new", "changed", "unchanged", "failed", "trials", "time"},
                {{count(summary.labs), count(summary.subjects), count(summary.added),
                  count(summary.updated), count(summary.unchanged), count(summary.failures.size()),
                  with_commas(summary.trials), duration_text(seconds)}})
                .c_str());
        const auto sessions = summary.added + summary.updated + summary.unchanged;
        if (summary.read > sessions + summary.failures.size())
            std::printf(
                "%s read for %s sessions: some have several files, or lie in several places\n",
                count(summary.read).c_str(), count(sessions).c_str());
        print_issues(summary.issues);
        if (asked.dry_run) {
            for (const auto& what : summary.extracted)
                std::printf("would extract: %s\n", db::sanitize_text(what).c_str());
            print_names(summary);
            print_dry_run(context);
        }
    }
    if (ingest_stop_asked.load()) {
        std::fprintf(stderr, "stopped: what was loaded stays, run it again for the rest\n");
        return 130;
    }
    return summary.failures.empty() ? 0 : static_cast<int>(ErrorKind::partial);
}

}  // namespace tb::app
