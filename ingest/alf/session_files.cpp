#include "ingest/alf/session_files.hpp"

#include "ingest/alf/member.hpp"
#include "ingest/photometry/session_photometry.hpp"
#include "src/base/md5.hpp"
#include "src/base/sha256.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tb::alf {

ExtraParts split_extra(std::string_view extra) {
    ExtraParts found;
    while (!extra.empty()) {
        const auto end = std::min(extra.find('.'), extra.size());
        const auto part = extra.substr(0, end);
        extra.remove_prefix(std::min(end + 1, extra.size()));
        if (const auto uuid = Uuid::parse(part); uuid && found.uuid.empty()) {
            found.uuid = uuid->to_string();
        } else {
            found.has_more = true;
        }
    }
    return found;
}

bool is_plain_dataset(const RelativePathParts& parts) {
    return parts.file.timescale.empty() && !split_extra(parts.file.extra).has_more;
}

bool is_task_settings(const RelativePathParts& parts) {
    return parts.file.object == "taskSettings" && parts.file.attribute == "raw" &&
           parts.file.extension == "json";
}

SessionFiles::SessionFiles(const SessionSource& source, const ReadOptions& options,
                           ChoiceSession& session)
    : source_(source),
      options_(options),
      session_(session),
      disk_bytes_(source.members.size()),
      is_readable_(source.members.size(), false),
      place_(source.members.size(), 0) {
    session_.files.reserve(source_.members.size());
    std::vector<Dataset> wanted;
    for (std::size_t i = 0; i < source_.members.size(); ++i) {
        list(i);
        const auto& path = source_.members[i].path;
        if (!is_readable_[i] || !is_wanted(path)) continue;
        if (auto parts = relative_path_parts(path)) wanted.push_back({i, std::move(*parts)});
    }
    choose_revisions(wanted);
}

void SessionFiles::issue(std::string type, std::string dataset, std::string message) {
    session_.issues.push_back({std::move(type), std::move(dataset), std::move(message)});
}

bool SessionFiles::has_bytes(std::size_t member) const {
    return is_readable_[member] && is_wanted(source_.members[member].path);
}

std::span<const std::byte> SessionFiles::bytes_of(std::size_t member) const {
    const auto& from = source_.members[member];
    if (from.is_in_memory) return from.bytes;
    if (from.file.empty() || !is_readable_[member]) {
        throw Error(ErrorKind::data, from.path + ": its content was not kept");
    }
    return disk_bytes_[member];
}

bool SessionFiles::has_photometry() const {
    return std::ranges::any_of(source_.members, [](const SessionMember& member) {
        const auto role = photometry::role_of(member.path);
        return role == photometry::Role::signal || role == photometry::Role::raw_frames;
    });
}

void SessionFiles::list(std::size_t i) {
    const auto& member = source_.members[i];
    SessionFile file;
    file.path = member.path;
    file.size_bytes = member.size_bytes;
    file.sha256 = member.sha256;
    const auto slash = member.path.rfind('/');
    file.name = slash == std::string::npos ? member.path : member.path.substr(slash + 1);
    if (const auto parts = relative_path_parts(member.path)) {
        file.collection = parts->collection;
        file.revision = parts->revision;
        file.dataset_type = parts->file.object + "." + parts->file.attribute;
        if (!parts->file.timescale.empty()) file.dataset_type += "_" + parts->file.timescale;
        file.extension = parts->file.extension;
        file.dataset_id = split_extra(parts->file.extra).uuid;
    } else {
        if (slash != std::string::npos) file.collection = member.path.substr(0, slash);
        const auto dot = file.name.rfind('.');
        if (dot != std::string::npos && dot > 0) file.extension = file.name.substr(dot + 1);
    }
    constexpr std::size_t longest_path = 1000;
    if (!formats::is_utf8(member.path)) {
        issue("OddName", formats::escaped_utf8(member.path), "the file's name is not UTF-8");
        for (auto* text : {&file.path, &file.collection, &file.name, &file.revision,
                           &file.dataset_type, &file.extension}) {
            *text = formats::escaped_utf8(*text);
        }
    }
    try {
        if (member.path.size() > longest_path) {
            throw Error(ErrorKind::data, "a path of " + std::to_string(member.path.size()) +
                                             " bytes, expected at most " +
                                             std::to_string(longest_path));
        }
        const bool wanted = is_wanted(member.path);
        if (wanted && member.size_bytes > most_bytes(member.path)) {
            throw Error(ErrorKind::data,
                        member.path + ": " + std::to_string(member.size_bytes) +
                            " bytes, more than such a file of a session can have (" +
                            std::to_string(most_bytes(member.path)) + ")");
        }
        if (!member.is_in_memory && !member.file.empty()) {
            if (wanted) {
                disk_bytes_[i] = formats::read_file(member.file);
                file.size_bytes = disk_bytes_[i].size();
                file.sha256 = sha256_hex(disk_bytes_[i]);
            } else if (member.size_bytes <= options_.checksum_limit_bytes) {
                file.sha256 = sha256_of_file(member.file);
            }
        } else if (member.is_in_memory && file.sha256.empty()) {
            file.sha256 = sha256_hex(member.bytes);
        }
        is_readable_[i] = true;
        if (wanted && (member.is_in_memory || !member.file.empty()))
            file.md5 = md5_hex(bytes_of(i));
    } catch (const Error& error) {
        // Not listed: the next ingest takes it for a new file and reads the session again.
        issue("UnreadableDataset", formats::escaped_utf8(member.path.substr(0, longest_path)),
              error.what());
        place_[i] = session_.files.size();
        return;
    }
    place_[i] = session_.files.size();
    session_.files.push_back(std::move(file));
}

void SessionFiles::choose_revisions(const std::vector<Dataset>& all) {
    std::map<std::string, std::vector<Dataset>> groups;
    for (const auto& dataset : all) {
        const auto& file = session_.files[place_[dataset.member]];
        // The server puts a dataset's UUID into its name; the name without it is what revisions
        // share.
        auto name = file.name;
        if (!file.dataset_id.empty() && !split_extra(dataset.parts.file.extra).has_more) {
            const auto at = name.size() - dataset.parts.file.extension.size() - 1;
            const auto extra = dataset.parts.file.extra.size() + 1;
            name.erase(at - extra, extra);
        }
        groups[dataset.parts.collection + "/" + name].push_back(dataset);
    }
    for (auto& [path, group] : groups) {
        std::vector<std::string> revisions;
        for (const auto& dataset : group) revisions.push_back(dataset.parts.revision);
        const auto found = revision_last_before(revisions, options_.revision);
        if (!found) continue;
        if (std::count(revisions.begin(), revisions.end(), revisions[*found]) > 1) {
            issue("RevisionAmbiguous", path,
                  std::to_string(group.size()) + " files of one revision; took " +
                      path_of(group[*found]));
        }
        wanted_.push_back(std::move(group[*found]));
    }
}

void SessionFiles::flag_mixed_revisions() {
    // Object by object: revision to the attributes that were taken of it.
    std::map<std::string, std::map<std::string, std::string>> objects;
    for (const auto& dataset : wanted_) {
        const auto& parts = dataset.parts;
        const auto& file = session_.files[place_[dataset.member]];
        const bool is_left_out = std::ranges::any_of(session_.issues, [&](const auto& issue) {
            return issue.type == "LengthMismatch" && !file.dataset_type.empty() &&
                   issue.dataset.ends_with(file.dataset_type);
        });
        if (!file.is_used || is_left_out || parts.file.object.empty()) continue;
        auto object = parts.collection.empty() ? parts.file.object
                                               : parts.collection + "/" + parts.file.object;
        auto& attributes = objects[std::move(object)][parts.revision];
        attributes += (attributes.empty() ? "" : ", ") + parts.file.attribute;
    }
    for (const auto& [object, revisions] : objects) {
        if (revisions.size() < 2) continue;
        std::string message = "values of several revisions were taken together:";
        const char* before = " ";
        for (const auto& [revision, attributes] : revisions) {
            message += before;
            message += revision.empty() ? "no revision" : "#" + revision + "#";
            message += " (" + attributes + ")";
            before = ", ";
        }
        issue("MixedRevisions", object, std::move(message));
    }
}

const Dataset* SessionFiles::find_array(std::string_view object,
                                        std::initializer_list<std::string_view> attributes,
                                        const std::optional<std::string>& collection) const {
    for (const auto attribute : attributes) {
        const Dataset* best = nullptr;
        int best_rank = 0;
        for (const auto& dataset : wanted_) {
            const auto& file = dataset.parts.file;
            if (file.object != object || file.attribute != attribute || file.extension != "npy" ||
                !is_plain_dataset(dataset.parts)) {
                continue;
            }
            const auto& in = dataset.parts.collection;
            if (collection && in != *collection) continue;
            const int rank = in == "alf" ? 4 : in == "alf/task_00" ? 3 : in.empty() ? 2 : 1;
            if (rank > best_rank) {
                best = &dataset;
                best_rank = rank;
            }
        }
        if (best != nullptr) return best;
    }
    return nullptr;
}

std::optional<formats::NpyArray> SessionFiles::read_array(const Dataset* dataset) {
    if (dataset == nullptr) return std::nullopt;
    try {
        return formats::parse_npy(bytes_of(dataset->member), path_of(*dataset));
    } catch (const Error& error) {
        issue("UnreadableDataset", path_of(*dataset), error.what());
        return std::nullopt;
    }
}

}  // namespace tb::alf
