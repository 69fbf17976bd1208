// Sessions of an archive: gathered whole, bounded in memory.
#pragma once

#include "ingest/alf/archive_stream.hpp"
#include "ingest/alf/session_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tb::alf {

/// What a pass over an archive shows of one session.
struct SurveyedSession {
    std::string folder;     ///< path of the session in the archive
    std::size_t first = 0;  ///< ordinals of its first and last entry
    std::size_t last = 0;
    std::size_t files = 0;
    std::size_t runs = 0;  ///< how often its entries begin after those of another session
    std::uint64_t wanted_bytes = 0;
    bool has_folder_entry = false;  ///< the archive lists the folder, as a walk over a tree does
    bool is_refused = false;        ///< already reported
};

/// Reads one archive and gives its sessions to a visitor, its troubles to another.
class ArchiveSessions {
  public:
    ArchiveSessions(const std::filesystem::path& file, const DiscoveryOptions& options,
                    const SessionVisitor& visitor, const ProblemVisitor& problem);
    void visit();

  private:
    struct Pending {
        SessionSource session;
        std::map<std::string, std::size_t> places;  ///< index of each member by its path
        std::uint64_t held_bytes = 0;
    };

    bool survey();
    void note_entry(const ArchiveStream& stream);
    void gather(ArchiveStream& stream, const std::string& key, bool is_survey);
    void take_member(ArchiveStream& stream, const std::string& key, Pending& pending,
                     const std::string& path);
    void judge_damage();
    void deliver(const std::string& key, Pending&& pending);
    void read_again();
    [[nodiscard]] std::vector<std::set<std::string>> rounds() const;
    void refuse(const std::string& key, const Error& error);
    void report(const std::string& session, Error error);
    void finish_reports();

    const std::filesystem::path& file_;
    const DiscoveryOptions& options_;
    const SessionVisitor& visitor_;
    const ProblemVisitor& problem_;
    std::map<std::string, SurveyedSession> sessions_;
    std::map<std::string, Pending> pending_;
    std::uint64_t held_bytes_ = 0;
    bool fits_ = true;      ///< everything wanted is in memory
    std::string last_key_;  ///< session of the last entry of any
    std::string damage_;
    std::vector<std::string> marked_folders_;  ///< that the simulator has marked
    std::size_t outside_ = 0;                  ///< entries that point outside
    std::string first_outside_;
    std::set<std::string> near_sessions_;
    std::size_t reported_ = 0;
    std::size_t unreported_ = 0;
};

}  // namespace tb::alf
