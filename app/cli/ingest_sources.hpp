// Where `trialbase ingest` can load from: one row a source, from which its help is made.
#pragma once

#include <span>

namespace CLI {
class App;
}

namespace tb::app {

struct Context;

struct IngestSource {
    const char* name;      ///< the command: `trialbase ingest NAME`
    const char* about;     ///< one line
    const char* examples;  ///< one a line; the first one stands in the list of commands, too
    /// Declares the options of its command and sets Context::run.
    void (*declare)(CLI::App& command, Context& context);
};

/// In the order in which help lists them.
[[nodiscard]] std::span<const IngestSource> ingest_sources();

void declare_ingest_alf(CLI::App& command, Context& context);
void declare_ingest_allen(CLI::App& command, Context& context);
void declare_ingest_alyx(CLI::App& command, Context& context);
void declare_ingest_one_cache(CLI::App& command, Context& context);
void declare_ingest_sessions_table(CLI::App& command, Context& context);
void declare_ingest_release_tables(CLI::App& command, Context& context);
void declare_ingest_openscope(CLI::App& command, Context& context);
void declare_ingest_nwb(CLI::App& command, Context& context);
void declare_ingest_photometry(CLI::App& command, Context& context);
void declare_ingest_csv(CLI::App& command, Context& context);

}  // namespace tb::app
