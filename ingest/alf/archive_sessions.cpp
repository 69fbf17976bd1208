#include "ingest/alf/archive_sessions.hpp"

#include "ingest/alf/member.hpp"
#include "ingest/alf/names.hpp"
#include "ingest/alf/near_session.hpp"
#include "src/base/sha256.hpp"

#include <algorithm>
#include <utility>

namespace tb::alf {
namespace {

/// Entries not wanted and longer than this are passed over without a checksum.
constexpr std::uint64_t checksum_limit_bytes = std::uint64_t{1} << 30;
/// No session has so many files, and no archive so many sessions; one that says so would fill the
/// memory with names.
constexpr std::size_t member_limit = 200'000;
constexpr std::size_t session_limit = 200'000;
/// Troubles of one archive that are reported one by one; the others are counted.
constexpr std::size_t most_reports = 100;
constexpr std::size_t most_names = 20;

}  // namespace

ArchiveSessions::ArchiveSessions(const std::filesystem::path& file, const DiscoveryOptions& options,
                                 const SessionVisitor& visitor, const ProblemVisitor& problem)
    : file_(file), options_(options), visitor_(visitor), problem_(problem) {}

void ArchiveSessions::visit() {
    if (!survey()) return;
    judge_damage();
    if (fits_) {
        std::vector<std::pair<std::size_t, std::string>> order;
        for (const auto& [key, pending] : pending_) order.emplace_back(sessions_[key].last, key);
        std::ranges::sort(order);
        for (const auto& [last, key] : order) {
            if (!sessions_[key].is_refused) deliver(key, std::move(pending_[key]));
            pending_.erase(key);
        }
    } else {
        read_again();
    }
    finish_reports();
}

/// The first pass: what is there, and as long as it fits, its content. False when the file is no
/// archive.
bool ArchiveSessions::survey() {
    try {
        ArchiveStream stream(file_);
        while (stream.next()) note_entry(stream), gather(stream, {}, true);
        damage_ = stream.damage();
        return true;
    } catch (const Error& error) {
        report({}, error);
        return false;
    }
}

void ArchiveSessions::note_entry(const ArchiveStream& stream) {
    if (stream.points_outside()) {
        if (outside_++ == 0) first_outside_ = stream.raw_name();
        return;
    }
    const auto& path = stream.path();
    const auto slash = path.rfind('/');
    if (path.substr(slash == std::string::npos ? 0 : slash + 1) == simulated_marker)
        marked_folders_.push_back(slash == std::string::npos ? "" : path.substr(0, slash + 1));
    if (!stream.is_file() ||
        !is_trials_file(path.substr(slash == std::string::npos ? 0 : slash + 1)))
        return;
    const auto split = split_session_path(path);
    if ((!split || split->end >= path.size()) && near_sessions_.size() < session_limit)
        near_sessions_.insert(nearly_session_folder(path));
}

/// Takes an entry of a session. @param only  in the second pass: the session that is wanted; in the
/// survey all are.
void ArchiveSessions::gather(ArchiveStream& stream, const std::string& only, bool is_survey) {
    if (stream.points_outside()) return;
    const auto split = split_session_path(stream.path());
    if (!split) return;
    const auto& parts = split->session;
    const auto lab = parts.lab.empty() ? options_.lab : parts.lab;
    const auto key = lab + "/" + parts.subject + "/" + parts.date + "/" +
                     canonical_number(parts.number).value_or(parts.number);
    if (split->end >= stream.path().size()) {
        if (is_survey && stream.is_folder()) sessions_[key].has_folder_entry = true;
        return;
    }
    if (!stream.is_file() && !stream.is_link()) return;
    const auto path = stream.path().substr(split->end + 1);
    auto& seen = sessions_[key];
    if (is_survey) {
        if (sessions_.size() > session_limit) {
            throw Error(ErrorKind::data, file_.string() + ": holds more than " +
                                             std::to_string(session_limit) + " sessions");
        }
        if (seen.files++ == 0) {
            seen.first = stream.ordinal();
            seen.folder = stream.path().substr(0, split->end);
            SessionSource identity;
            identity.origin = file_.string() + ": " + seen.folder;
            identity.subject = parts.subject;
            identity.date = parts.date;
            identity.number = parts.number;
            if (lab.empty()) {
                refuse(key, Error(ErrorKind::usage,
                                  file_.string() + ": the tree does not name the lab of " +
                                      key.substr(1),
                                  "Name it with --lab."));
            } else if (auto error = contradiction(identity, parts.lab, options_)) {
                refuse(key, *error);
            }
        }
        if (last_key_ != key) ++seen.runs;
        last_key_ = key;
        seen.last = stream.ordinal();
        if (is_wanted(path)) seen.wanted_bytes += stream.stated_bytes();
        if (seen.files > member_limit) {
            refuse(key, Error(ErrorKind::data,
                              file_.string() + ": entry " + stream.raw_name() +
                                  " is one of more "
                                  "than " +
                                  std::to_string(member_limit) +
                                  " members of its session, more than a session may have"));
        }
        if (seen.wanted_bytes > options_.session_limit_bytes) {
            refuse(key, Error(ErrorKind::data,
                              file_.string() + ": entry " + stream.raw_name() +
                                  " makes its session larger than an archive's session may be",
                              "Unpack the archive and load the folder."));
        }
    } else if (key != only) {
        return;
    }
    if (seen.is_refused) {
        if (const auto held = pending_.find(key); held != pending_.end()) {
            held_bytes_ -= held->second.held_bytes;
            pending_.erase(held);
        }
        return;
    }
    if (is_survey && !fits_) return;
    auto& pending = pending_[key];
    if (pending.places.empty() && pending.session.issues.empty()) {
        pending.session.lab = lab;
        pending.session.subject = parts.subject;
        pending.session.date = parts.date;
        pending.session.number = parts.number;
        pending.session.origin = file_.string() + ": " + key;
        pending.session.archive = file_.string();
    }
    if (stream.is_link()) {
        pending.session.issues.push_back(
            {"UnreadableDataset", path, "is a link in the archive and was not followed"});
        return;
    }
    take_member(stream, key, pending, path);
    if (is_survey && held_bytes_ > options_.window_bytes) {
        // Too much for the memory: only look on, and read again what is known to be whole.
        fits_ = false;
        pending_.clear();
        held_bytes_ = 0;
    }
}

void ArchiveSessions::take_member(ArchiveStream& stream, const std::string& key, Pending& pending,
                                  const std::string& path) {
    SessionMember member;
    member.path = path;
    member.size_bytes = stream.stated_bytes();
    const auto most = std::min(most_bytes(path), options_.session_limit_bytes);
    bool keep = is_wanted(path) && stream.stated_bytes() <= most;
    const bool is_hashed = keep || stream.stated_bytes() <= checksum_limit_bytes;
    Sha256 digest;
    std::uint64_t total = 0;
    bool is_whole = is_hashed;
    if (is_hashed) {
        if (keep) {  // a stated size is a promise only
            member.bytes.reserve(
                static_cast<std::size_t>(std::min<std::uint64_t>(member.size_bytes, 1U << 20)));
        }
        is_whole = stream.read([&](std::span<const std::byte> block) {
            total += block.size();
            digest.add(block);
            if (keep && (total > most || pending.held_bytes + total > options_.session_limit_bytes))
                keep = false;
            if (keep) member.bytes.insert(member.bytes.end(), block.begin(), block.end());
            return true;
        });
        if (!is_whole) return;  // the stream says why
        member.size_bytes = total;
        member.sha256 = digest.hex();
    }
    if (is_wanted(path) && pending.held_bytes + total > options_.session_limit_bytes) {
        refuse(key, Error(ErrorKind::data,
                          file_.string() + ": entry " + stream.raw_name() + " (" +
                              std::to_string(total) +
                              " bytes) makes its session larger than an archive's session may be",
                          "Unpack the archive and load the folder."));
        held_bytes_ -= pending.held_bytes;
        pending_.erase(key);
        return;
    }
    if (!keep) member.bytes = {};
    member.is_in_memory = keep;
    auto& members = pending.session.members;
    const auto [same, is_new] = pending.places.emplace(path, members.size());
    const auto count = [&](std::uint64_t bytes, bool is_added) {
        pending.held_bytes += is_added ? bytes : -bytes;
        held_bytes_ += is_added ? bytes : -bytes;
    };
    count(member.bytes.size(), true);
    if (is_new) {
        members.push_back(std::move(member));
    } else {  // as tar itself does: the later entry replaces the earlier
        pending.session.issues.push_back(
            {"DuplicateDataset", path, "stored twice in the archive; the later one counts"});
        count(members[same->second].bytes.size(), false);
        members[same->second] = std::move(member);
    }
}

/// Of a damaged archive only those sessions are known whole whose files nothing can follow: where
/// the archive was written in the order of a tree. The one being read never is.
void ArchiveSessions::judge_damage() {
    if (damage_.empty()) return;
    const bool is_scattered =
        std::ranges::any_of(sessions_, [](const auto& one) { return one.second.runs > 1; });
    std::size_t others = 0;
    std::size_t with_runs = 0;
    for (const auto& [key, seen] : sessions_) {
        if (key == last_key_ || seen.files == 0) continue;
        ++others;
        if (seen.files > 1) ++with_runs;
    }
    const bool is_walk = !is_scattered && with_runs * 2 >= others;
    for (const auto& [key, seen] : sessions_) {
        if (key == last_key_ || seen.is_refused || seen.files == 0) continue;
        if (!is_scattered && (is_walk || seen.has_folder_entry)) continue;
        refuse(key, Error(ErrorKind::data,
                          file_.string() + ": the files of session " + key +
                              " lie scattered in a damaged archive, which may hold more of them",
                          "Fetch the archive again.", "DamagedArchive"));
    }
    std::string unfinished;
    if (const auto found = sessions_.find(last_key_); found != sessions_.end()) {
        if (!found->second.is_refused) unfinished = last_key_;
        found->second.is_refused = true;
    }
    report(unfinished,
           Error(ErrorKind::data,
                 file_.string() + ": " + damage_ +
                     (unfinished.empty() ? std::string()
                                         : "; session " + unfinished + " was not delivered"),
                 is_scattered || !is_walk
                     ? "No session of it is known whole; fetch the archive again."
                     : "Sessions before the damage were delivered; fetch the archive again.",
                 "DamagedArchive"));
}

void ArchiveSessions::deliver(const std::string& key, Pending&& pending) {
    held_bytes_ -= pending.held_bytes;
    auto& session = pending.session;
    std::ranges::sort(session.members, {}, &SessionMember::path);
    const auto& folder = sessions_[key].folder;
    session.is_simulated = std::ranges::any_of(
        marked_folders_, [&](const std::string& marked) { return folder.starts_with(marked); });
    if (!session.members.empty()) visitor_(std::move(session));
}

/// Sets of sessions that fit the memory together while they are gathered.
std::vector<std::set<std::string>> ArchiveSessions::rounds() const {
    std::vector<std::pair<std::size_t, std::string>> order;
    for (const auto& [key, seen] : sessions_)
        if (!seen.is_refused && seen.files > 0) order.emplace_back(seen.first, key);
    std::ranges::sort(order);
    // How much is under way at once, when all are gathered in one pass.
    std::map<std::size_t, std::uint64_t> ends;
    std::uint64_t under_way = 0;
    std::uint64_t peak = 0;
    for (const auto& [first, key] : order) {
        while (!ends.empty() && ends.begin()->first < first) {
            under_way -= ends.begin()->second;
            ends.erase(ends.begin());
        }
        const auto& seen = sessions_.at(key);
        under_way += seen.wanted_bytes;
        ends[seen.last] += seen.wanted_bytes;
        peak = std::max(peak, under_way);
    }
    std::vector<std::set<std::string>> all(1);
    std::uint64_t bytes = 0;
    for (const auto& [first, key] : order) {
        bytes += sessions_.at(key).wanted_bytes;
        if (peak > options_.window_bytes && bytes > options_.window_bytes && !all.back().empty()) {
            all.emplace_back();
            bytes = sessions_.at(key).wanted_bytes;
        }
        all.back().insert(key);
    }
    return all;
}

void ArchiveSessions::read_again() {
    for (const auto& round : rounds()) {
        ArchiveStream stream(file_);
        while (stream.next()) {
            if (stream.points_outside()) continue;
            const auto split = split_session_path(stream.path());
            if (!split || split->end >= stream.path().size()) continue;
            const auto& parts = split->session;
            const auto key = (parts.lab.empty() ? options_.lab : parts.lab) + "/" + parts.subject +
                             "/" + parts.date + "/" +
                             canonical_number(parts.number).value_or(parts.number);
            if (!round.contains(key)) continue;
            gather(stream, key, false);
            if (!stream.damage().empty() || stream.ordinal() != sessions_[key].last) continue;
            const auto found = pending_.find(key);
            if (found == pending_.end()) continue;  // refused meanwhile
            auto pending = std::move(found->second);
            pending_.erase(found);
            deliver(key, std::move(pending));
        }
        // Sessions left are of an archive that changed between the passes, or of the damage.
        for (const auto& [key, pending] : pending_) {
            refuse(key, Error(ErrorKind::data,
                              file_.string() + ": session " + key +
                                  " could not be read a second time: " +
                                  (stream.damage().empty() ? "the archive changed meanwhile"
                                                           : stream.damage()),
                              {}, "DamagedArchive"));
        }
        pending_.clear();
        held_bytes_ = 0;
    }
}

void ArchiveSessions::refuse(const std::string& key, const Error& error) {
    auto& seen = sessions_[key];
    if (seen.is_refused) return;
    seen.is_refused = true;
    if (reported_ >= most_reports) {
        ++unreported_;
        return;
    }
    report(key.starts_with('/') ? key.substr(1) : key, error);
}

void ArchiveSessions::report(const std::string& session, Error error) {
    ++reported_;
    problem_({file_.string(), session, std::move(error)});
}

void ArchiveSessions::finish_reports() {
    if (outside_ > 0) {
        report({}, Error(ErrorKind::data,
                         file_.string() + ": " + std::to_string(outside_) +
                             " entries point outside the archive and were skipped, the first is " +
                             first_outside_));
    }
    if (!near_sessions_.empty()) {
        std::string names;
        std::size_t named = 0;
        for (const auto& folder : near_sessions_) {
            if (named++ == most_names) {
                names += "; ...";
                break;
            }
            names += (names.empty() ? "" : "; ") + folder + ": " + why_no_session(folder);
        }
        report({}, Error(ErrorKind::data,
                         file_.string() + ": " + std::to_string(near_sessions_.size()) +
                             " folders hold trials and are no session: " + names,
                         "Rename the folders and make the archive anew.", "NoSession"));
    }
    if (unreported_ > 0) {
        report({}, Error(ErrorKind::data, file_.string() + ": " + std::to_string(unreported_) +
                                              " more sessions could not be loaded, for reasons "
                                              "as those before"));
    }
}

}  // namespace tb::alf
