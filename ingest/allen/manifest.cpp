#include "ingest/allen/manifest.hpp"

#include "include/trialbase/error.hpp"
#include "include/trialbase/simulated_marker.hpp"
#include "ingest/formats/bytes.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::allen {
namespace {

using nlohmann::json;

const std::set<std::string> tables_with_cells{"behavior_session_table", "ophys_session_table",
                                              "ophys_experiment_table", "ophys_cells_table"};
const std::set<std::string> tables_without_cells{"behavior_session_table", "ophys_session_table",
                                                 "ophys_experiment_table"};

[[noreturn]] void fail(const std::string& name, const char* type, const std::string& what,
                       const std::string& hint = {}) {
    throw Error(ErrorKind::data, fmt::format("{}: {}", name, what), hint, type);
}

/// Whether the simulator is among the programs that made the release.
bool is_simulated(const json& root) {
    const auto pipeline = root.find("data_pipeline");
    if (pipeline == root.end() || !pipeline->is_array()) return false;
    return std::ranges::any_of(*pipeline, [](const json& step) {
        const auto name = step.is_object() ? step.find("name") : step.end();
        return step.is_object() && name != step.end() && *name == simulated_pipeline;
    });
}

std::string text_of(const json& object, const char* key, const std::string& name,
                    const std::string& where) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string())
        fail(name, "ManifestSyntax", fmt::format("{}there is no text {}", where, key));
    return found->get<std::string>();
}

std::map<std::string, ManifestFile> files_of(const json& manifest, const char* key,
                                             const std::string& name) {
    const auto found = manifest.find(key);
    if (found == manifest.end() || !found->is_object())
        fail(name, "ManifestSyntax", fmt::format("there is no object {}", key));
    std::map<std::string, ManifestFile> files;
    for (const auto& [id, file] : found->items()) {
        const auto where = fmt::format("{}, {}: ", key, id);
        if (!file.is_object()) fail(name, "ManifestSyntax", where + "is no object");
        ManifestFile one{text_of(file, "url", name, where),
                         text_of(file, "version_id", name, where),
                         text_of(file, "file_hash", name, where)};
        const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
        if (one.file_hash.size() != 128 || !std::ranges::all_of(one.file_hash, is_hex))
            fail(name, "ManifestSyntax", where + "file_hash is not 128 lower-case hex digits");
        // A path out of the cache folder would be written to.
        const std::filesystem::path path(one.relative_path());
        if (path.empty() || path.is_absolute() ||
            std::ranges::any_of(path, [](const auto& part) { return part == ".." || part == "."; }))
            fail(name, "ManifestSyntax", where + "its address names no path below the bucket");
        files.emplace(id, std::move(one));
    }
    return files;
}

void check_tables(const Manifest& manifest) {
    std::set<std::string> names;
    for (const auto& [table, file] : manifest.metadata_files) names.insert(table);
    if (names == tables_with_cells || names == tables_without_cells) return;
    std::string found;
    for (const auto& table : names) found += (found.empty() ? "" : ", ") + table;
    fail(
        manifest.file_name, "ManifestTables",
        fmt::format("its tables are {}", found.empty() ? "none" : found),
        "Expected: behavior_session_table, ophys_session_table, ophys_experiment_table and, but in "
        "early releases, ophys_cells_table.");
}

using Changes = std::vector<std::pair<std::string, std::string>>;

Changes changes(const std::map<std::string, ManifestFile>& from,
                const std::map<std::string, ManifestFile>& to) {
    std::map<std::string, std::string> before, after, name_after;
    std::set<std::string> hashes_before;
    for (const auto& [id, file] : from) {
        before[file.relative_path()] = file.file_hash;
        hashes_before.insert(file.file_hash);
    }
    for (const auto& [id, file] : to) {
        after[file.relative_path()] = file.file_hash;
        name_after[file.file_hash] = file.relative_path();
    }
    Changes out;
    for (const auto& [name, hash] : before) {
        const auto same_name = after.find(name);
        if (same_name != after.end()) {
            if (same_name->second != hash) out.emplace_back(name, name + " changed");
            continue;
        }
        const auto same_hash = name_after.find(hash);
        out.emplace_back(name, same_hash != name_after.end()
                                   ? fmt::format("{} renamed {}", name, same_hash->second)
                                   : name + " deleted");
    }
    for (const auto& [name, hash] : after) {
        if (!before.contains(name) && !hashes_before.contains(hash))
            out.emplace_back(name, name + " created");
    }
    std::ranges::sort(out);
    return out;
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
    Version version;
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t i = 0; i < version.numbers.size(); ++i) {
        if (i > 0 && (at == end || *at++ != '.')) return std::nullopt;
        if (at == end || *at < '0' || *at > '9') return std::nullopt;
        const auto [next, fault] = std::from_chars(at, end, version.numbers[i]);
        if (fault != std::errc{}) return std::nullopt;
        at = next;
    }
    return at == end ? std::optional(version) : std::nullopt;
}

std::string Version::to_string() const {
    return fmt::format("{}.{}.{}", numbers[0], numbers[1], numbers[2]);
}

bool is_readable_version(std::string_view manifest_version) {
    const auto version = Version::parse(manifest_version);
    return version && *version >= Version{{1, 0, 0}} && *version < Version{{2, 0, 0}};
}

std::optional<Version> version_in_name(std::string_view file_name) {
    if (file_name.ends_with(".json")) file_name.remove_suffix(5);
    const auto at = file_name.rfind("_v");
    if (at != std::string_view::npos) file_name.remove_prefix(at + 2);
    return Version::parse(file_name);
}

std::string newest(std::span<const std::string> names) {
    const auto found = std::ranges::max_element(
        names, {}, [](const std::string& name) { return std::pair(version_in_name(name), name); });
    return found == names.end() ? std::string() : *found;
}

std::string ManifestFile::relative_path() const {
    const auto key = object_address(url).key;
    const auto slash = key.find('/');
    return slash == std::string::npos ? key : key.substr(slash + 1);
}

const ManifestFile& Manifest::data_file(std::string_view file_id) const {
    const auto found = data_files.find(std::string(file_id));
    if (found == data_files.end())
        throw Error(ErrorKind::data,
                    fmt::format("{}: there is no file {} in data_files", file_name, file_id),
                    "Tables and manifest may be of two releases.", "UnknownFile");
    return found->second;
}

std::string Manifest::local_path(const ManifestFile& file) const {
    return fmt::format("{}-{}/{}", project_name, version, file.relative_path());
}

std::string Manifest::static_path(const ManifestFile& file) const {
    return fmt::format("{}/{}", project_name, file.relative_path());
}

Manifest parse_manifest(std::string_view text, std::string file_name) {
    const auto root = json::parse(text, nullptr, false);
    if (root.is_discarded()) fail(file_name, "ManifestSyntax", "the manifest is no JSON");
    if (!root.is_object()) fail(file_name, "ManifestSyntax", "the manifest is no JSON object");
    Manifest manifest;
    manifest.file_name = std::move(file_name);
    manifest.project_name = text_of(root, "project_name", manifest.file_name, "");
    manifest.version = text_of(root, "manifest_version", manifest.file_name, "");
    if (!is_readable_version(manifest.version))
        fail(manifest.file_name, "ManifestVersion",
             fmt::format("version {} of manifests is not read", manifest.version),
             "Versions from 1.0.0 on and below 2.0.0 are.");
    if (manifest.project_name.empty() || manifest.project_name.find('/') != std::string::npos ||
        manifest.project_name.starts_with('.'))
        fail(manifest.file_name, "ManifestSyntax",
             fmt::format("project_name '{}' is no name of a folder", manifest.project_name));
    manifest.is_simulated = is_simulated(root);
    manifest.file_id_column = text_of(root, "metadata_file_id_column_name", manifest.file_name, "");
    manifest.metadata_files = files_of(root, "metadata_files", manifest.file_name);
    check_tables(manifest);
    manifest.data_files = files_of(root, "data_files", manifest.file_name);
    return manifest;
}

Manifest read_manifest(const std::filesystem::path& file) {
    const auto bytes = formats::read_file(file);
    return parse_manifest(formats::as_text(bytes), file.filename().string());
}

ObjectAddress object_address(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos)
        throw Error(ErrorKind::data, fmt::format("'{}' is no address of a file", url), {},
                    "ManifestSyntax");
    auto rest = url.substr(scheme + 3);
    rest = rest.substr(0, rest.find_first_of("?#"));
    const auto slash = rest.find('/');
    auto host = rest.substr(0, slash);
    // As the pattern .s3[.,a-z0-9-]*.amazonaws.com
    constexpr std::string_view domain = ".amazonaws.com";
    std::string bucket(host);
    for (auto at = host.find(".s3"); at != std::string_view::npos; at = host.find(".s3", at + 1)) {
        const auto end = host.rfind(domain);
        if (end == std::string_view::npos || end < at + 3) break;
        const auto between = host.substr(at + 3, end - at - 3);
        const bool is_region = std::ranges::all_of(between, [](char c) {
            return c == '.' || c == ',' || c == '-' || (c >= 'a' && c <= 'z') ||
                   (c >= '0' && c <= '9');
        });
        if (!is_region) continue;
        bucket = std::string(host.substr(0, at)) + std::string(host.substr(end + domain.size()));
        break;
    }
    return {std::move(bucket),
            slash == std::string_view::npos ? std::string() : std::string(rest.substr(slash + 1))};
}

std::string manifest_prefix(std::string_view project_name) {
    return fmt::format("{}/manifests/", project_name);
}

ManifestComparison compare(const Manifest& from, const Manifest& to) {
    ManifestComparison out{changes(from.metadata_files, to.metadata_files),
                           changes(from.data_files, to.data_files),
                           {}};
    if (out.metadata_changes.empty() && out.data_changes.empty()) {
        out.text = fmt::format("{} and {} are equivalent", from.file_name, to.file_name);
        return out;
    }
    out.text = fmt::format("Changes going from\n{}\nto\n{}\n\n", from.file_name, to.file_name);
    for (const auto* list : {&out.metadata_changes, &out.data_changes}) {
        for (const auto& [name, change] : *list) out.text += change + "\n";
    }
    return out;
}

}  // namespace tb::allen
