#include "ingest/allen/cache.hpp"

#include "include/trialbase/error.hpp"
#include "ingest/formats/bytes.hpp"
#include "src/base/blake2b.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tb::allen {
namespace {

namespace fs = std::filesystem;

constexpr const char* last_used = "_manifest_last_used.txt";
constexpr const char* table_names[] = {"behavior_session_table", "ophys_session_table",
                                       "ophys_experiment_table", "ophys_cells_table"};

/// File names of the manifests directly in a folder, sorted.
std::vector<std::string> manifests_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const auto name = entry.path().filename().string();
        if (name.find("_manifest_v") != std::string::npos && name.ends_with(".json") &&
            entry.is_regular_file(ignored))
            names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

/// The folder <project>/manifests of a copy of the bucket; empty when there is none.
fs::path bucket_manifests(const fs::path& folder) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const auto inner = entry.path() / "manifests";
        if (!manifests_in(inner).empty()) return inner;
    }
    return {};
}

std::string text_in(const fs::path& file) {
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) return {};
    const auto bytes = formats::read_file(file);
    std::string text(formats::as_text(bytes));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

std::string choose(const std::vector<std::string>& names, const fs::path& where,
                   const std::string& version, const std::string& used, Cache& cache) {
    const auto latest = newest(names);
    if (!version.empty()) {
        const auto found = std::ranges::find_if(names, [&](const std::string& name) {
            const auto one = version_in_name(name);
            return one && one->to_string() == version;
        });
        if (found == names.end()) {
            std::string known;
            for (const auto& name : names) known += (known.empty() ? "" : ", ") + name;
            throw Error(
                ErrorKind::not_found,
                fmt::format("{}: there is no manifest of version {}", where.string(), version),
                "There are: " + known + ".");
        }
        if (*found != latest)
            cache.notes.push_back(fmt::format("{} is older than {}", *found, latest));
        return *found;
    }
    if (std::ranges::find(names, used) != names.end()) {
        if (used != latest)
            cache.notes.push_back(
                fmt::format("{} was used last and is used again; {} is newer", used, latest));
        return used;
    }
    return latest;
}

void find_tables(Cache& cache) {
    for (const auto& [table, file] : cache.manifest->metadata_files) {
        const auto path = cache.path_of(file);
        if (is_present(path)) {
            cache.tables.emplace(table, path);
        } else {
            cache.missing_tables.push_back(table);
        }
    }
}

void find_session_files(Cache& cache) {
    if (cache.manifest) {
        for (const auto& [id, file] : cache.manifest->data_files) {
            const auto path = cache.path_of(file);
            if (path.extension() == ".nwb" && is_present(path)) cache.session_files.push_back(path);
        }
    } else {
        std::error_code fault;
        for (fs::recursive_directory_iterator at(cache.folder, fault), end; !fault && at != end;
             at.increment(fault)) {
            std::error_code ignored;
            if (at->path().extension() == ".nwb" && at->is_regular_file(ignored))
                cache.session_files.push_back(at->path());
        }
    }
    std::ranges::sort(cache.session_files);
}

}  // namespace

bool is_present(const fs::path& file) {
    std::error_code fault;
    const auto status = fs::status(file, fault);
    if (status.type() == fs::file_type::not_found) {
        // A link that leads nowhere is in the way of the file that belongs there.
        if (!fs::is_symlink(fs::symlink_status(file, fault))) return false;
    }
    if (fs::is_regular_file(status)) return true;
    throw Error(ErrorKind::data, fmt::format("{} exists and is no regular file", file.string()),
                "Move it away: a file of the release belongs there.", "CachePath");
}

fs::path Cache::path_of(const ManifestFile& file) const {
    return folder / (layout == CacheLayout::bucket ? manifest->static_path(file)
                                                   : manifest->local_path(file));
}

void Cache::check(const fs::path& file) const {
    if (!manifest) return;
    for (const auto* files : {&manifest->metadata_files, &manifest->data_files}) {
        for (const auto& [id, listed] : *files) {
            if (path_of(listed) != file) continue;
            const auto found = blake2b_of_file(file);
            if (found == listed.file_hash) return;
            throw Error(ErrorKind::data,
                        fmt::format("{}: its checksum is {}..., and {} has {}...", file.string(),
                                    found.substr(0, 12), manifest->file_name,
                                    listed.file_hash.substr(0, 12)),
                        "It was cut off or changed: remove it and fetch it again.", "HashMismatch");
        }
    }
}

Cache open_cache(const fs::path& folder, const std::string& version) {
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored))
        throw Error(ErrorKind::not_found, fmt::format("{} is no folder", folder.string()));
    Cache cache;
    cache.folder = folder;
    auto names = manifests_in(folder);
    if (!names.empty()) {
        cache.layout = CacheLayout::versioned;
        cache.manifest = read_manifest(
            folder / choose(names, folder, version, text_in(folder / last_used), cache));
    } else if (const auto manifests = bucket_manifests(folder); !manifests.empty()) {
        cache.layout = CacheLayout::bucket;
        cache.manifest = read_manifest(
            manifests / choose(manifests_in(manifests), manifests, version, {}, cache));
    }
    if (cache.manifest) {
        find_tables(cache);
    } else {
        for (const auto* table : table_names) {
            for (const auto& place : {folder, folder / "project_metadata"}) {
                const auto path = place / (std::string(table) + ".csv");
                if (!cache.tables.contains(table) && is_present(path))
                    cache.tables.emplace(table, path);
            }
        }
        if (!version.empty())
            throw Error(ErrorKind::not_found, fmt::format("{}: there is no manifest of version {}",
                                                          folder.string(), version));
    }
    find_session_files(cache);
    if (!cache.manifest && cache.tables.empty() && cache.session_files.empty())
        throw Error(ErrorKind::not_found,
                    fmt::format("{}: no manifest, no project table and no session file is there",
                                folder.string()),
                    "Expected a cache folder, a copy of the bucket, or tables by the names "
                    "behavior_session_table.csv, ophys_session_table.csv, "
                    "ophys_experiment_table.csv, ophys_cells_table.csv.");
    return cache;
}

}  // namespace tb::allen
