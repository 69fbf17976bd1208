#include "ingest/allen/release.hpp"

#include "include/trialbase/error.hpp"
#include "ingest/fetch/download_record.hpp"
#include "ingest/fetch/s3_listing.hpp"
#include "ingest/formats/bytes.hpp"
#include "src/base/blake2b.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tb::allen {
namespace {

namespace fs = std::filesystem;

constexpr const char* last_used_file = "_manifest_last_used.txt";

std::string last_used(const fs::path& folder) {
    std::error_code ignored;
    if (!fs::is_regular_file(folder / last_used_file, ignored)) return {};
    const auto bytes = formats::read_file(folder / last_used_file);
    return std::string(formats::as_text(bytes));
}

/// The row of an id; a row that was refused for standing in several is told as such.
const ProjectRow& row_of(const ProjectTable& table, std::int64_t id) {
    const auto found = std::ranges::find_if(
        table.rows, [&](const auto& row) { return std::get<std::int64_t>(row.values[0]) == id; });
    if (found != table.rows.end()) return *found;
    for (const auto& fault : table.faults) {
        if (fault.key == std::to_string(id))
            throw Error(ErrorKind::data, fmt::format("{}: {}", table.kind->name, fault.message), {},
                        fault.type);
    }
    throw Error(
        ErrorKind::not_found,
        fmt::format("{}: no row has {} {}", table.kind->name, table.kind->columns[0].name, id), {},
        "UnknownSession");
}

std::optional<std::int64_t> file_id(const ProjectTable& table, const ProjectRow& row) {
    const auto* id = std::get_if<std::int64_t>(&row.at(*table.kind, "file_id"));
    return id != nullptr && *id > 0 ? std::optional(*id) : std::nullopt;
}

/// Keys of the bucket's manifests: file name -> key.
std::map<std::string, std::string> manifests_of(const ReleaseRequest& request,
                                                const fetch::DownloadOptions& options) {
    std::map<std::string, std::string> out;
    for (const auto& key :
         fetch::list_objects(request.bucket_url, manifest_prefix(request.project), options)) {
        const auto name = key.substr(key.rfind('/') + 1);
        if (name.ends_with(".json") && version_in_name(name)) out.emplace(name, key);
    }
    if (out.empty())
        throw Error(ErrorKind::not_found, fmt::format("{}: there is no manifest of {}",
                                                      request.bucket_url, request.project));
    return out;
}

std::string choose(const std::map<std::string, std::string>& manifests, const fs::path& folder,
                   const ReleaseRequest& request, std::vector<std::string>& notes) {
    std::vector<std::string> names;
    for (const auto& [name, key] : manifests) names.push_back(name);
    const auto latest = newest(names);
    if (!request.version.empty()) {
        for (const auto& name : names) {
            if (version_in_name(name)->to_string() != request.version) continue;
            if (name != latest) notes.push_back(fmt::format("{} is older than {}", name, latest));
            return name;
        }
        std::string known;
        for (const auto& name : names)
            known += (known.empty() ? "" : ", ") + version_in_name(name)->to_string();
        throw Error(ErrorKind::not_found,
                    fmt::format("{}: there is no manifest of version {}", request.bucket_url,
                                request.version),
                    "There are: " + known + ".");
    }
    const auto used = last_used(folder);
    if (!manifests.contains(used)) return latest;
    if (used != latest)
        notes.push_back(
            fmt::format("{} was used last and is used again; {} is newer", used, latest));
    return used;
}

/// Files of releases in a cache folder: those below `<project>-<version>/`. Links and what is
/// still being fetched are none.
std::vector<fs::path> release_files(const fs::path& folder, const std::string& project) {
    std::vector<fs::path> out;
    for (const auto& release : fs::directory_iterator(folder)) {
        if (!release.is_directory() || release.is_symlink() ||
            !release.path().filename().string().starts_with(project + "-"))
            continue;
        for (const auto& entry : fs::recursive_directory_iterator(release.path())) {
            const auto extension = entry.path().extension();
            if (entry.is_regular_file() && !entry.is_symlink() &&
                (extension == ".nwb" || extension == ".csv"))
                out.push_back(entry.path());
        }
    }
    std::ranges::sort(out);
    return out;
}

/// Enters files that the record does not know, or says that it is missing. @return files entered
std::size_t look_after_record(fetch::DownloadRecord& record, const fs::path& folder,
                              const ReleaseRequest& request, const fetch::DownloadOptions& options,
                              std::vector<std::string>& notes) {
    const auto known = record.entries();
    const auto files = release_files(folder, request.project);
    if (!request.rebuild_record) {
        if (known.empty() && !files.empty())
            notes.push_back(
                fmt::format("{} has {} files of releases, but no _downloaded_data.json: what "
                            "another release shares with them is downloaded again; "
                            "--rebuild-record enters them (every file is read once)",
                            folder.string(), files.size()));
        return 0;
    }
    std::map<std::string, std::string> found;
    for (const auto& file : files) {
        if (options.stop != nullptr && options.stop->load()) break;
        const auto name = fs::absolute(file).lexically_normal().string();
        if (!known.contains(name)) found.emplace(name, blake2b_of_file(file));
    }
    record.add_all(found);
    return found.size();
}

}  // namespace

std::int64_t SessionFiles::of_experiment(std::int64_t ophys_experiment_id) const {
    const auto& row = row_of(experiments_, ophys_experiment_id);
    if (const auto id = file_id(experiments_, row)) return *id;
    throw Error(
        ErrorKind::not_found,
        fmt::format("{}: experiment {} has no file", experiments_.kind->name, ophys_experiment_id),
        {}, "UnknownFile");
}

std::int64_t SessionFiles::of_session(std::int64_t behavior_session_id) const {
    const auto& row = row_of(behavior_sessions_, behavior_session_id);
    if (const auto id = file_id(behavior_sessions_, row)) return *id;
    const auto* experiments = std::get_if<std::vector<std::int64_t>>(
        &row.at(*behavior_sessions_.kind, "ophys_experiment_id"));
    if (experiments != nullptr && !experiments->empty()) return of_experiment(experiments->front());
    throw Error(ErrorKind::not_found,
                fmt::format("{}: behaviour session {} has neither a file nor an experiment",
                            behavior_sessions_.kind->name, behavior_session_id),
                {}, "UnknownFile");
}

FetchedRelease fetch_release(const fs::path& folder, const ReleaseRequest& request,
                             fetch::DownloadOptions options) {
    FetchedRelease release;
    const auto manifests = manifests_of(request, options);
    const auto name = choose(manifests, folder, request, release.notes);
    if (!is_present(folder / name)) {
        const auto text = fetch::download_text(
            fmt::format("{}/{}", request.bucket_url, manifests.at(name)), options);
        (void)parse_manifest(text, name);  // a page of errors is no manifest
        const fetch::FolderLock lock(folder);
        fetch::replace_file(folder / name, text);
    }
    const auto manifest = read_manifest(folder / name);
    release.version = manifest.version;
    {
        const fetch::FolderLock lock(folder);
        fetch::replace_file(folder / last_used_file, name);
    }

    fetch::DownloadRecord record(folder);
    release.recorded = look_after_record(record, folder, request, options, release.notes);
    options.find_same = [&](const fetch::Checksum& checksum) { return record.find(checksum.hex); };
    options.finished = [&](const fetch::DownloadJob& job) {
        record.add(job.path, job.checksum.hex);
    };
    const auto get = [&](const std::vector<ManifestFile>& files) {
        std::vector<fetch::DownloadJob> jobs;
        for (const auto& file : files) {
            auto url = file.url;
            if (!file.version_id.empty())
                url += "?versionId=" + fetch::query_encoded(file.version_id);
            jobs.push_back({std::move(url),
                            folder / manifest.local_path(file),
                            {},
                            {fetch::ChecksumKind::blake2b, file.file_hash},
                            file.relative_path()});
        }
        auto outcomes = fetch::download(jobs, options);
        for (std::size_t i = 0; i < jobs.size(); ++i)
            release.files.push_back({jobs[i].name, jobs[i].path, std::move(outcomes[i])});
    };

    std::vector<ManifestFile> tables;
    for (const auto& [table, file] : manifest.metadata_files) tables.push_back(file);
    get(tables);
    const bool wants_some =
        !request.behavior_session_ids.empty() || !request.ophys_experiment_ids.empty();
    if (!wants_some && !request.all_session_files) return release;

    std::set<std::int64_t> ids;
    std::vector<ManifestFile> files;
    if (request.all_session_files) {
        for (const auto& [id, file] : manifest.data_files) files.push_back(file);
    } else {
        const auto table = [&](const ProjectTableKind& kind) {
            return read_project_table(
                folder / manifest.local_path(manifest.metadata_files.at(std::string(kind.name))),
                kind);
        };
        const auto behavior_sessions = table(behavior_session_table());
        const auto experiments = table(ophys_experiment_table());
        const SessionFiles of(behavior_sessions, experiments);
        for (const auto id : request.behavior_session_ids) ids.insert(of.of_session(id));
        for (const auto id : request.ophys_experiment_ids) ids.insert(of.of_experiment(id));
        for (const auto id : ids) files.push_back(manifest.data_file(std::to_string(id)));
    }
    get(files);
    return release;
}

}  // namespace tb::allen
