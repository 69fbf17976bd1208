#include "ingest/alf/member.hpp"
#include "ingest/alf/names.hpp"
#include "ingest/alf/near_session.hpp"
#include "ingest/alf/session_reader.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include <sys/stat.h>

namespace tb::alf {
namespace {

namespace fs = std::filesystem;

/// A folder or file as the file system knows it, whatever its name.
using FileId = std::pair<dev_t, ino_t>;

std::optional<FileId> file_id(const fs::path& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return std::nullopt;
    return FileId{info.st_dev, info.st_ino};
}

class FolderSearch {
  public:
    FolderSearch(const DiscoveryOptions& options, std::vector<DiscoveryProblem>* problems)
        : options_(options), problems_(problems) {}

    std::vector<SessionSource> run(const fs::path& root) {
        // A marker above the given folder counts, too.
        search(root, is_marked_simulated(root));
        std::sort(found_.begin(), found_.end(),
                  [](const auto& a, const auto& b) { return key(a) < key(b); });
        std::vector<SessionSource> sessions;
        for (auto& session : found_) {
            if (!sessions.empty() && key(sessions.back()) == key(session)) {
                report(session.origin, name_of(session),
                       Error(ErrorKind::conflict,
                             session.origin + ": is the same session as " + sessions.back().origin,
                             "The first one was taken; load one copy at a time."));
                continue;
            }
            sessions.push_back(std::move(session));
        }
        return sessions;
    }

  private:
    static std::tuple<std::string, std::string, std::string, std::string> key(
        const SessionSource& session) {
        return {session.lab, session.subject, session.date,
                canonical_number(session.number).value_or(session.number)};
    }
    static std::string name_of(const SessionSource& session) {
        return session.lab + "/" + session.subject + "/" + session.date + "/" + session.number;
    }

    void report(std::string origin, std::string session, Error error) {
        if (problems_) {
            problems_->push_back({std::move(origin), std::move(session), std::move(error)});
        }
    }

    /// Entries in name order; an unreadable folder is reported and counts as empty.
    std::vector<fs::path> entries(const fs::path& folder) {
        std::vector<fs::path> paths;
        std::error_code code;
        fs::directory_iterator at(folder, code);
        for (; !code && at != fs::directory_iterator(); at.increment(code)) {
            paths.push_back(at->path());
        }
        if (code) {
            report(folder.string(), {},
                   Error(ErrorKind::io,
                         "cannot read the folder " + folder.string() + ": " + code.message()));
        }
        std::sort(paths.begin(), paths.end());
        return paths;
    }

    void search(const fs::path& folder, bool is_simulated) {
        const auto id = file_id(folder);
        if (id && !visited_.insert(*id).second) return;
        const auto path = folder.generic_string();
        if (auto split = split_session_path(path); split && split->end == path.size()) {
            take(folder, split->session, is_simulated);
            return;
        }
        const auto found = entries(folder);
        for (const auto& entry : found)
            is_simulated = is_simulated || entry.filename() == simulated_marker;
        bool has_trials = false;
        for (const auto& entry : found) {
            std::error_code code;
            if (fs::is_directory(entry, code)) {
                search(entry, is_simulated);
            } else if (!has_trials && is_trials_file(entry.filename().string())) {
                has_trials = true;
                report_near_session(nearly_session_folder(entry.generic_string()));
            }
        }
    }

    /// Trials that lie in no session are not passed over in silence.
    void report_near_session(const std::string& folder) {
        if (!near_sessions_.insert(folder).second) return;
        report(folder, {},
               Error(ErrorKind::data,
                     folder + ": holds trials and is no session: " + why_no_session(folder),
                     "Rename the folder and ingest it again.", "NoSession"));
    }

    void take(const fs::path& folder, const SessionParts& parts, bool is_simulated) {
        SessionSource session;
        session.is_simulated = is_simulated;
        session.lab = parts.lab.empty() ? options_.lab : parts.lab;
        session.subject = parts.subject;
        session.date = parts.date;
        session.number = parts.number;
        session.origin = folder.string();
        std::set<FileId> inside;
        if (const auto id = file_id(folder)) inside.insert(*id);
        collect(folder, "", session, inside);
        if (session.members.empty()) return;
        if (session.lab.empty()) {
            report(session.origin, name_of(session).substr(1),
                   Error(ErrorKind::usage, session.origin + ": the tree does not name the lab",
                         "Name it with --lab."));
            return;
        }
        if (auto error = contradiction(session, parts.lab, options_)) {
            report(session.origin, name_of(session), std::move(*error));
            return;
        }
        std::sort(session.members.begin(), session.members.end(),
                  [](const auto& a, const auto& b) { return a.path < b.path; });
        found_.push_back(std::move(session));
    }

    void collect(const fs::path& folder, const std::string& prefix, SessionSource& session,
                 std::set<FileId>& inside) {
        for (const auto& entry : entries(folder)) {
            const auto path = prefix + entry.filename().string();
            std::error_code code;
            const auto status = fs::status(entry, code);
            if (fs::is_directory(status)) {
                const auto id = file_id(entry);
                if (id && !inside.insert(*id).second) {
                    session.issues.push_back(
                        {"DuplicateDataset", path, "a link to a folder already taken was skipped"});
                    continue;
                }
                collect(entry, path + "/", session, inside);
            } else if (fs::is_regular_file(status)) {
                SessionMember member;
                member.path = path;
                member.file = entry;
                const auto size = fs::file_size(entry, code);
                member.size_bytes = code ? 0 : static_cast<std::uint64_t>(size);
                session.members.push_back(std::move(member));
            } else if (status.type() == fs::file_type::not_found) {
                session.issues.push_back(
                    {"UnreadableDataset", path, "the link leads nowhere (dataset not fetched?)"});
            }
        }
    }

    const DiscoveryOptions& options_;
    std::vector<DiscoveryProblem>* problems_;
    std::set<FileId> visited_;
    std::set<std::string> near_sessions_;
    std::vector<SessionSource> found_;
};

}  // namespace

bool is_archive(const fs::path& path) {
    std::error_code code;
    return fs::is_regular_file(path, code);
}

std::vector<SessionSource> find_sessions(const fs::path& folder, const DiscoveryOptions& options,
                                         std::vector<DiscoveryProblem>* problems) {
    std::error_code code;
    if (!fs::exists(folder, code)) {
        throw Error(ErrorKind::not_found, "no such folder: " + folder.string(),
                    "Name a folder or archive of sessions that is there.");
    }
    if (!fs::is_directory(folder, code)) {
        throw Error(ErrorKind::data, folder.string() + ": is a file, not a folder of sessions");
    }
    // The parts above the given folder count too: somebody may name a single session.
    auto root = fs::absolute(folder).lexically_normal();
    if (!root.has_filename()) root = root.parent_path();
    return FolderSearch(options, problems).run(root);
}

}  // namespace tb::alf
