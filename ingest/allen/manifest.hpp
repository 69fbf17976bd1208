// Manifests of a release: which files there are, where, in which version and with which hash.
// Source: spec/change_detection.md, 2.
#pragma once

#include <array>
#include <compare>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tb::allen {

/// major.minor.patch, compared as numbers.
struct Version {
    std::array<int, 3> numbers{};
    /// Nothing for a text that is no such version.
    [[nodiscard]] static std::optional<Version> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
    friend auto operator<=>(const Version&, const Version&) = default;
};

/// Versions of manifests that are read: from 1.0.0 on, below 2.0.0.
[[nodiscard]] bool is_readable_version(std::string_view manifest_version);
/// The largest of some versions or of manifests' file names (..._v1.0.10.json), by version; of
/// texts that are neither only when there are no others. Empty for none.
[[nodiscard]] std::string newest(std::span<const std::string> names);
/// The version in a manifest's file name.
[[nodiscard]] std::optional<Version> version_in_name(std::string_view file_name);

struct ManifestFile {
    std::string url;
    std::string version_id;
    std::string file_hash;  ///< BLAKE2b of 64 bytes, 128 lower-case hex digits

    /// The address without ?versionId and without its first component: the place in a cache.
    [[nodiscard]] std::string relative_path() const;
};

struct Manifest {
    std::string file_name;  ///< of the manifest itself
    std::string project_name;
    std::string version;
    bool is_simulated = false;                           ///< its data_pipeline says so
    std::string file_id_column;                          ///< column by which tables name files
    std::map<std::string, ManifestFile> metadata_files;  ///< by the table's name
    std::map<std::string, ManifestFile> data_files;      ///< by the file's id

    /// @throws tb::Error (data, UnknownFile) when there is no file of this id
    [[nodiscard]] const ManifestFile& data_file(std::string_view file_id) const;
    /// Path below the cache folder: <project>-<version>/<relative path>.
    [[nodiscard]] std::string local_path(const ManifestFile& file) const;
    /// The same in a folder that is a copy of the bucket: <project>/<relative path>.
    [[nodiscard]] std::string static_path(const ManifestFile& file) const;
};

/// @param file_name  of the manifest, for messages and comparisons
/// @throws tb::Error (data) of type ManifestSyntax: no JSON, or not of this form; ManifestVersion:
/// a version that is not read; ManifestTables: other tables than the four, or than the three of
/// releases without cells
[[nodiscard]] Manifest parse_manifest(std::string_view json, std::string file_name);
/// @throws as parse_manifest; tb::Error (io) when the file cannot be read
[[nodiscard]] Manifest read_manifest(const std::filesystem::path& file);

/// Name of an object in a bucket, from its address.
struct ObjectAddress {
    std::string bucket;  ///< the host without .s3.<region>.amazonaws.com
    std::string key;     ///< the path without its leading slash
};
/// @throws tb::Error (data, ManifestSyntax) for what is no address
[[nodiscard]] ObjectAddress object_address(std::string_view url);
/// Beginning of the keys of a project's manifests.
[[nodiscard]] std::string manifest_prefix(std::string_view project_name);

/// What changed from one manifest to another: names with what happened to them, sorted by name.
struct ManifestComparison {
    std::vector<std::pair<std::string, std::string>> metadata_changes;
    std::vector<std::pair<std::string, std::string>> data_changes;
    std::string text;  ///< the same for people
};
[[nodiscard]] ManifestComparison compare(const Manifest& from, const Manifest& to);

}  // namespace tb::allen
