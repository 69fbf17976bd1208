// Sessions of a path: of a folder and the archives in it, or of one archive.
#include "ingest/alf/archive_sessions.hpp"
#include "ingest/alf/session_reader.hpp"

#include <algorithm>
#include <utility>

namespace tb::alf {
namespace {

namespace fs = std::filesystem;

/// Tar archives that lie directly in a folder, in name order.
std::vector<fs::path> archives_in(const fs::path& folder) {
    std::vector<fs::path> archives;
    std::error_code code;
    for (fs::directory_iterator at(folder, code); !code && at != fs::directory_iterator();
         at.increment(code)) {
        const auto name = at->path().filename().string();
        const bool is_tar = name.find(".tar.") != std::string::npos || name.ends_with(".tar") ||
                            name.ends_with(".tgz") || name.ends_with(".txz") ||
                            name.ends_with(".tbz2") || name.ends_with(".tzst");
        if (is_tar && fs::is_regular_file(at->path(), code)) archives.push_back(at->path());
    }
    std::sort(archives.begin(), archives.end());
    return archives;
}

}  // namespace

void visit_sessions(const fs::path& path, const DiscoveryOptions& options,
                    const SessionVisitor& visitor, const ProblemVisitor& problem) {
    if (!is_archive(path)) {
        std::vector<DiscoveryProblem> problems;
        auto sessions = find_sessions(path, options, &problems);
        for (auto& found : problems) problem(std::move(found));
        for (auto& session : sessions) visitor(std::move(session));
        const auto archives = archives_in(path);
        for (const auto& archive : archives) visit_sessions(archive, options, visitor, problem);
        if (sessions.empty() && problems.empty() && archives.empty()) {
            problem(
                {path.string(), "",
                 Error(
                     ErrorKind::data, path.string() + ": no session in this folder",
                     "Expected [lab/Subjects/]subject/date/number, or tar archives of such trees.",
                     "MissingRawData")});
        }
        return;
    }
    ArchiveSessions(path, options, visitor, problem).visit();
}

}  // namespace tb::alf
