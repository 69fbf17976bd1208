// Sessions of tar archives, streamed once: a compressed tar cannot be read at random.

#include "ingest/alf/member.hpp"
#include "ingest/alf/names.hpp"
#include "ingest/alf/session_reader.hpp"
#include "src/base/sha256.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <archive.h>
#include <archive_entry.h>

namespace tb::alf {
namespace {

namespace fs = std::filesystem;

struct ArchiveCloser {
    void operator()(archive* handle) const noexcept { archive_read_free(handle); }
};
using ArchiveHandle = std::unique_ptr<archive, ArchiveCloser>;

constexpr std::size_t block_bytes = std::size_t{1} << 18;
/// Entries not wanted and longer than this are passed over without a checksum.
constexpr std::uint64_t checksum_limit_bytes = std::uint64_t{1} << 30;
/// No session has so many files; an archive that says so would fill the memory with names.
constexpr std::size_t member_limit = 200'000;

std::string last_error(archive* handle) {
    const char* text = archive_error_string(handle);
    return text ? text : "unknown error";
}

ArchiveHandle open_archive(const fs::path& file) {
    ArchiveHandle handle(archive_read_new());
    if (!handle) throw Error(ErrorKind::internal, "cannot create an archive reader");
    archive_read_support_filter_all(handle.get());
    archive_read_support_format_tar(handle.get());
    archive_read_support_format_gnutar(handle.get());
    archive_read_support_format_zip_streamable(handle.get());
    if (archive_read_open_filename(handle.get(), file.c_str(), block_bytes) != ARCHIVE_OK) {
        throw Error(ErrorKind::data,
                    file.string() + ": cannot be read as an archive: " + last_error(handle.get()),
                    "Give a folder of sessions or a tar archive.");
    }
    return handle;
}

std::string entry_name(archive_entry* entry) {
    if (const char* name = archive_entry_pathname_utf8(entry)) return name;
    if (const char* name = archive_entry_pathname(entry)) return name;
    return {};
}

struct Name {
    std::string path;         ///< without "./" and doubled slashes
    bool is_outside = false;  ///< absolute, or climbs above the archive's root
};

Name normal_name(std::string_view raw) {
    Name name;
    name.is_outside = raw.starts_with('/') || raw.find('\0') != std::string_view::npos;
    std::size_t begin = 0;
    while (begin < raw.size()) {
        const auto end = std::min(raw.find('/', begin), raw.size());
        const auto part = raw.substr(begin, end - begin);
        begin = end + 1;
        if (part.empty() || part == ".") continue;
        if (part == "..") name.is_outside = true;
        if (!name.path.empty()) name.path += '/';
        name.path += part;
    }
    return name;
}

struct Pending {
    std::string key;
    SessionSource session;
    std::map<std::string, std::size_t> places;  ///< index of each member by its path
    std::uint64_t held_bytes = 0;
    bool is_too_large = false;
};

class ArchivePass {
  public:
    ArchivePass(const fs::path& file, const DiscoveryOptions& options,
                const SessionVisitor& visitor, const ProblemVisitor& problem)
        : file_(file), options_(options), visitor_(visitor), problem_(problem) {}

    /// Streams the archive. @param only  when given: the sessions to gather, all others are passed
    /// over.
    void run(const std::set<std::string>* only) {
        ArchiveHandle handle;
        try {
            handle = open_archive(file_);
        } catch (const Error& error) {
            problem_({file_.string(), {}, error});
            return;
        }
        std::string last_entry;
        std::string damage;
        while (true) {
            archive_entry* entry = nullptr;
            const int status = archive_read_next_header(handle.get(), &entry);
            if (status == ARCHIVE_EOF) {
                if (lacks_closing_block(handle.get())) {
                    damage =
                        "ends after entry " + last_entry + " without the closing block of a tar";
                }
                break;
            }
            if (status == ARCHIVE_FATAL || status == ARCHIVE_RETRY || entry == nullptr) {
                damage = last_entry.empty() ? "is not an archive that can be read: "
                                            : "is damaged after entry " + last_entry + ": ";
                damage += last_error(handle.get());
                break;
            }
            last_entry = entry_name(entry);
            if (!take_entry(handle.get(), entry, last_entry, only, damage)) break;
        }
        finish(damage);
    }

    /// Sessions that were delivered before all of their members had come.
    [[nodiscard]] const std::set<std::string>& scattered() const { return scattered_; }
    [[nodiscard]] bool is_damaged() const { return is_damaged_; }
    void keep_everything() { keeps_everything_ = true; }

  private:
    void report(const std::string& session, ErrorKind kind, const std::string& message,
                std::string hint = {}) {
        problem_({file_.string(), session, Error(kind, file_.string() + ": " + message, hint)});
    }

    /// False when the stream cannot go on; `damage` says why.
    bool take_entry(archive* handle, archive_entry* entry, const std::string& raw,
                    const std::set<std::string>* only, std::string& damage) {
        const auto name = normal_name(raw);
        const auto type = archive_entry_filetype(entry);
        if (name.is_outside && !only) {
            report({}, ErrorKind::data,
                   "entry " + raw + " points outside the archive and was skipped");
        }
        const bool is_link = type == AE_IFLNK || archive_entry_hardlink(entry) != nullptr;
        if (name.is_outside || (type != AE_IFREG && !is_link)) return true;
        const auto split = split_session_path(name.path);
        if (!split || split->end >= name.path.size()) return true;
        const auto& parts = split->session;
        const auto lab = parts.lab.empty() ? options_.lab : parts.lab;
        const auto key = lab + "/" + parts.subject + "/" + parts.date + "/" +
                         canonical_number(parts.number).value_or(parts.number);
        if (only && !only->contains(key)) return true;
        if (lab.empty()) {
            if (without_lab_.insert(key).second) {
                report(key.substr(1), ErrorKind::usage,
                       "the tree does not name the lab of " + key.substr(1), "Name it with --lab.");
            }
            return true;
        }
        if (delivered_.contains(key)) {
            scattered_.insert(key);
            return true;
        }
        auto& pending = pending_of(key, lab, parts);
        SessionMember member;
        member.path = name.path.substr(split->end + 1);
        if (is_link) {
            pending.session.issues.push_back({"UnreadableDataset", member.path,
                                              "is a link in the archive and was not followed"});
            return true;
        }
        if (!read_member(handle, entry, raw, pending, member, damage)) return false;
        auto& members = pending.session.members;
        const auto [same, is_new] = pending.places.emplace(member.path, members.size());
        if (is_new) {
            members.push_back(std::move(member));
            if (members.size() > member_limit)
                mark_too_large(pending, raw, member_limit, "members");
        } else {  // as tar itself does: the later entry replaces the earlier
            pending.session.issues.push_back({"DuplicateDataset", member.path,
                                              "stored twice in the archive; the later one counts"});
            release(pending, members[same->second].bytes.size());
            members[same->second] = std::move(member);
        }
        deliver_overdue();
        return true;
    }

    Pending& pending_of(const std::string& key, const std::string& lab, const SessionParts& parts) {
        current_ = key;
        const auto found = index_.find(key);
        if (found != index_.end()) {
            pending_.splice(pending_.end(), pending_, found->second);
            return pending_.back();
        }
        Pending fresh;
        fresh.key = key;
        fresh.session.lab = lab;
        fresh.session.subject = parts.subject;
        fresh.session.date = parts.date;
        fresh.session.number = parts.number;
        fresh.session.origin = file_.string() + ": " + key;
        pending_.push_back(std::move(fresh));
        index_[key] = std::prev(pending_.end());
        return pending_.back();
    }

    void release(Pending& pending, std::uint64_t bytes) {
        pending.held_bytes -= bytes;
        held_bytes_ -= bytes;
    }

    /// A tar closes with blocks of zeros. libarchive does not miss them, but their absence is how a
    /// plain tar that was cut between two entries looks; a cut compressed stream is noticed by its
    /// filter.
    bool lacks_closing_block(archive* handle) const {
        if (archive_filter_code(handle, 0) != ARCHIVE_FILTER_NONE) return false;
        if ((archive_format(handle) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR) return false;
        std::ifstream in(file_, std::ios::binary);
        std::array<char, 512> block{};
        in.seekg(-512, std::ios::end);
        in.read(block.data(), block.size());
        return !in || std::any_of(block.begin(), block.end(), [](char c) { return c != 0; });
    }

    bool read_member(archive* handle, archive_entry* entry, const std::string& raw,
                     Pending& pending, SessionMember& member, std::string& damage) {
        const std::int64_t stated =
            archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;
        const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(stated, 0));
        bool keep = is_wanted(member.path);
        if (keep && size > options_.session_limit_bytes - pending.held_bytes) {
            mark_too_large(pending, raw, size);
            keep = false;
        }
        if (pending.is_too_large || (!keep && size > checksum_limit_bytes)) {
            member.size_bytes = size;
            return true;  // libarchive passes over the data when it looks for the next header
        }
        Sha256 digest;
        if (keep) {  // a stated size is a promise only
            member.bytes.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(size, 1U << 20)));
        }
        std::uint64_t total = 0;
        while (true) {
            const auto got = archive_read_data(handle, buffer_.data(), buffer_.size());
            if (got == 0) break;
            if (got < 0) {
                damage = "entry " + raw + " is damaged: " + last_error(handle);
                release(pending, keep ? member.bytes.size() : 0);
                return false;
            }
            const std::span<const std::byte> block(buffer_.data(), static_cast<std::size_t>(got));
            total += block.size();
            digest.add(block);
            if (keep && block.size() > options_.session_limit_bytes - pending.held_bytes) {
                mark_too_large(pending, raw, total);
                release(pending, member.bytes.size());
                member.bytes = {};
                keep = false;
                return true;
            }
            if (keep) {
                member.bytes.insert(member.bytes.end(), block.begin(), block.end());
                pending.held_bytes += block.size();
                held_bytes_ += block.size();
            }
        }
        member.size_bytes = total;
        member.sha256 = digest.hex();
        member.is_in_memory = keep;
        return true;
    }

    void mark_too_large(Pending& pending, const std::string& raw, std::uint64_t size,
                        const char* unit = "bytes") {
        if (pending.is_too_large) return;
        pending.is_too_large = true;
        report(pending.key, ErrorKind::data,
               "entry " + raw + " (" + std::to_string(size) + " " + unit +
                   ") makes its session larger than an archive's session may be",
               "Unpack the archive and load the folder.");
    }

    void deliver_front() {
        auto pending = std::move(pending_.front());
        pending_.pop_front();
        index_.erase(pending.key);
        held_bytes_ -= pending.held_bytes;
        delivered_.insert(pending.key);
        if (pending.is_too_large) return;
        auto& members = pending.session.members;
        std::sort(members.begin(), members.end(),
                  [](const auto& a, const auto& b) { return a.path < b.path; });
        visitor_(std::move(pending.session));
    }

    void deliver_overdue() {
        if (keeps_everything_) return;
        while (pending_.size() > 1 && (pending_.size() > options_.window_sessions + 1 ||
                                       held_bytes_ > options_.window_bytes)) {
            deliver_front();
        }
    }

    void finish(const std::string& damage) {
        // The session being read when the stream broke stands last: pending_of() moves it there.
        std::string unfinished;
        if (!damage.empty() && !pending_.empty() && pending_.back().key == current_) {
            unfinished = current_;
            index_.erase(current_);
            pending_.pop_back();
        }
        while (!pending_.empty()) deliver_front();
        if (damage.empty()) return;
        report(unfinished, ErrorKind::data,
               damage + (unfinished.empty() ? std::string()
                                            : "; session " + unfinished + " was not delivered"),
               "Sessions before the damage were delivered; fetch the archive again.");
    }

    const fs::path& file_;
    const DiscoveryOptions& options_;
    const SessionVisitor& visitor_;
    const ProblemVisitor& problem_;
    std::list<Pending> pending_;  ///< the one touched longest ago first
    std::map<std::string, std::list<Pending>::iterator> index_;
    std::set<std::string> delivered_;
    std::set<std::string> scattered_;
    std::set<std::string> without_lab_;
    std::string current_;
    std::uint64_t held_bytes_ = 0;
    bool keeps_everything_ = false;
    bool is_damaged_ = false;
    std::vector<std::byte> buffer_ = std::vector<std::byte>(block_bytes);
};

}  // namespace

namespace {

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
    ArchivePass first(path, options, visitor, problem);
    first.run(nullptr);
    auto scattered = first.scattered();
    if (first.is_damaged()) {  // gathering them again cannot make them whole
        for (const auto& session : scattered) {
            problem({path.string(), session,
                     Error(ErrorKind::data, path.string() + ": the files of session " + session +
                                                " lie scattered in a damaged archive")});
        }
        return;
    }
    // Members that came after their session was delivered: gather these sessions whole, a window
    // full at a time.
    while (!scattered.empty()) {
        std::set<std::string> round;
        while (!scattered.empty() && round.size() < options.window_sessions + 1) {
            round.insert(scattered.extract(scattered.begin()));
        }
        ArchivePass again(path, options, visitor, problem);
        again.keep_everything();
        again.run(&round);
    }
}

}  // namespace tb::alf
