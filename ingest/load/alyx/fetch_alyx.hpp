// The source Alyx over the network: list by list, page by page, from where it stopped.
#pragma once

#include "ingest/alyx/rest_client.hpp"
#include "ingest/load/alyx/ingest_alyx.hpp"

#include <functional>
#include <optional>
#include <string>

namespace tb::load {

struct AlyxFetchOptions {
    alyx::RestOptions rest;
    /// Only what changed since this moment (ISO 8601); without it since the last complete fetch.
    std::optional<std::string> since;
    bool is_whole = false;  ///< everything, whatever was fetched before
    bool dry_run = false;
    std::function<void(const std::string& list, std::size_t objects, std::size_t of)> progress;
};

/// Fetches a colony database and loads each page in a transaction of its own; core.alyx_fetch
/// remembers, by address, the page to go on with and since when each list is complete. A list that
/// the server lacks is left out with a note. Objects refer by name: names that nothing tells more
/// of (strains, lines) are brought along.
/// @throws tb::Error as RestClient and the database; what was loaded before stays
[[nodiscard]] AlyxSummary fetch_alyx(db::Session& session, const AlyxFetchOptions& options);

}  // namespace tb::load
