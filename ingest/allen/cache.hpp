// The folder in which a release lies: manifests, tables and session files, in one of three layouts.
// Source: spec/change_detection.md, 2.3.
#pragma once

#include "ingest/allen/manifest.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tb::allen {

enum class CacheLayout {
    versioned,  ///< manifests at the top, files in <project>-<version>/
    bucket,     ///< a copy of the bucket: <project>/manifests/, files in <project>/
    plain       ///< tables by their names, no manifest
};

/// What a cache folder holds.
struct Cache {
    std::filesystem::path folder;
    CacheLayout layout = CacheLayout::plain;
    std::optional<Manifest> manifest;
    std::map<std::string, std::filesystem::path> tables;  ///< those that are there, by their names
    std::vector<std::string> missing_tables;           ///< in the manifest, but not in the folder
    std::vector<std::filesystem::path> session_files;  ///< .nwb files that are there, sorted
    std::vector<std::string> notes;  ///< a newer manifest than the one used, and the like

    /// Compares a file that is there with the checksum that the manifest has for it; without a
    /// manifest there is none. @throws tb::Error (data, HashMismatch); (io) when it cannot be read
    void check(const std::filesystem::path& file) const;
    /// Where a file of the manifest lies or would lie.
    [[nodiscard]] std::filesystem::path path_of(const ManifestFile& file) const;
};

/// Looks at a folder. Which manifest: the version asked for; else, in a versioned cache, that of
/// _manifest_last_used.txt; else the newest.
/// @throws tb::Error (not_found) when the folder is not there, holds neither a manifest nor a
/// table, or not the version asked for; (data, CachePath) when a file's path exists and is no
/// regular file; as parse_manifest
[[nodiscard]] Cache open_cache(const std::filesystem::path& folder,
                               const std::string& version = {});

/// True when the path is a regular file (or a link to one), false when it does not exist.
/// @throws tb::Error (data, CachePath) when it is something else
[[nodiscard]] bool is_present(const std::filesystem::path& file);

}  // namespace tb::allen
