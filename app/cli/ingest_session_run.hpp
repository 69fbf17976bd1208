// A source of sessions, ingested as a user sees it: progress, summary, failures, exit status.
#pragma once

#include "app/cli/context.hpp"
#include "app/cli/ingest_options.hpp"
#include "ingest/load/session_source.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <set>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace tb::app {

/// Set by SIGINT and SIGTERM, once an ingest has begun: nothing more is begun.
extern std::atomic<bool> ingest_stop_asked;
/// Lets these two signals do that, instead of ending the program.
void stop_ingest_on_signals();

/// Ingests all that the source finds.
/// @param out  gets the facts of --json instead of stdout; null: they are printed
/// @return the exit status: 0, 8 when sessions failed, 130 when it was stopped
int run_session_ingest(load::SessionSource& source, const IngestArguments& options,
                       const Context& context, nlohmann::json* out = nullptr);

/// Hints of failures on stderr, each once below the first failure that it holds for.
class HintsOnce {
  public:
    void tell(const std::string& hint);

  private:
    std::set<std::string> told_;
};

/// Prints how many issues of which type there are; nothing where there are none.
void print_issues(const std::map<std::string, std::size_t>& issues);

/// Says that --dry-run wrote nothing, unless -q.
void print_dry_run(const Context& context);

}  // namespace tb::app
