// A release of a project in a cache folder: what is missing there is fetched.
// Source: spec/change_detection.md, 2.
#pragma once

#include "ingest/allen/cache.hpp"
#include "ingest/allen/project_table.hpp"
#include "ingest/fetch/downloader.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tb::allen {

inline constexpr const char* visual_behavior_bucket =
    "https://visual-behavior-ophys-data.s3.us-west-2.amazonaws.com";
inline constexpr const char* visual_behavior_project = "visual-behavior-ophys";

struct ReleaseRequest {
    std::string bucket_url = visual_behavior_bucket;
    std::string project = visual_behavior_project;
    std::string version;  ///< of the manifest; empty: the one used last, else the newest
    std::vector<std::int64_t> behavior_session_ids;  ///< whose files are wanted beside the tables
    std::vector<std::int64_t> ophys_experiment_ids;
    bool all_session_files = false;  ///< every file of the manifest
    /// Hash the files of the folder that its record of downloads does not know.
    bool rebuild_record = false;
};

struct FetchedFile {
    std::string name;  ///< path below the bucket's first component
    std::filesystem::path path;
    fetch::DownloadOutcome outcome;
};

struct FetchedRelease {
    std::string version;
    std::vector<FetchedFile> files;
    std::vector<std::string> notes;
    std::size_t recorded = 0;  ///< files that were there already and are in the record now
};

/// Brings the manifest, the tables and the files asked for into a folder in the layout of the Allen
/// Institute's package, which finds them there. Files that are there are left alone; one whose
/// content another release brought already becomes a link: the folder's record of downloads knows.
/// Where the record is missing though files are there, a note says so, or it is rebuilt. Outcomes
/// of single files are in the result.
/// @throws tb::Error (not_found) when the bucket has no manifest, or none of this version; of type
/// UnknownSession or DuplicateSession for an id that is in no row or several of a table; as
/// parse_manifest, fetch::list_objects and read_project_table
[[nodiscard]] FetchedRelease fetch_release(const std::filesystem::path& folder,
                                           const ReleaseRequest& request,
                                           fetch::DownloadOptions options);

/// Which file holds a session or an experiment, as the tables tell. Keeps references to them.
class SessionFiles {
  public:
    SessionFiles(const ProjectTable& behavior_sessions, const ProjectTable& experiments)
        : behavior_sessions_(behavior_sessions), experiments_(experiments) {}

    /// The session's own file, or, when its row has none (null or not positive), that of the first
    /// experiment that the row lists. @return the file's id in the manifest
    /// @throws tb::Error (not_found, UnknownSession; data, DuplicateSession) naming table and id
    [[nodiscard]] std::int64_t of_session(std::int64_t behavior_session_id) const;
    [[nodiscard]] std::int64_t of_experiment(std::int64_t ophys_experiment_id) const;

  private:
    const ProjectTable& behavior_sessions_;
    const ProjectTable& experiments_;
};

}  // namespace tb::allen
