// The files of one session while it is read: names taken apart, one revision of each, contents.
#pragma once

#include "ingest/alf/names.hpp"
#include "ingest/alf/session_reader.hpp"
#include "ingest/formats/bytes.hpp"
#include "ingest/formats/npy.hpp"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::alf {

/// A file that the reader wants, with its name taken apart.
struct Dataset {
    std::size_t member = 0;  ///< index in SessionSource::members
    RelativePathParts parts;
};

/// The dataset's UUID among the extra parts of a name, and whether there is anything else.
struct ExtraParts {
    std::string uuid;
    bool has_more = false;
};
[[nodiscard]] ExtraParts split_extra(std::string_view extra);

/// True when a file of that name holds values on the session's own clock and is a whole dataset.
[[nodiscard]] bool is_plain_dataset(const RelativePathParts& parts);

/// True for the settings that a rig writes for a task.
[[nodiscard]] bool is_task_settings(const RelativePathParts& parts);

/// Reads what is wanted into memory, lists every file in the session, and keeps the last revision
/// of each. A file that cannot be read is an issue and counts as absent. Source, options and
/// session must outlive it.
class SessionFiles {
  public:
    SessionFiles(const SessionSource& source, const ReadOptions& options, ChoiceSession& session);

    [[nodiscard]] const SessionSource& source() const noexcept { return source_; }
    [[nodiscard]] const ReadOptions& options() const noexcept { return options_; }
    [[nodiscard]] ChoiceSession& session() noexcept { return session_; }

    /// One revision of each wanted file.
    [[nodiscard]] std::span<const Dataset> wanted() const noexcept { return wanted_; }
    /// The content of a wanted file. @throws tb::Error when it was not kept
    [[nodiscard]] std::span<const std::byte> bytes_of(std::size_t member) const;
    [[nodiscard]] const std::string& path_of(const Dataset& dataset) const {
        return source_.members[dataset.member].path;
    }
    /// True for a file whose content is at hand.
    [[nodiscard]] bool has_bytes(std::size_t member) const;
    /// Whether a file of the session holds photometry.
    [[nodiscard]] bool has_photometry() const;

    void issue(std::string type, std::string dataset, std::string message);
    /// Values of the session come from this file.
    void mark_used(std::size_t member) { session_.files[place_[member]].is_used = true; }

    /// An issue for each object (trials, wheel) whose values come from files of several revisions,
    /// as many rows as they may have. Called when all is read. (spec/known_troubles.md, 2, row 3)
    void flag_mixed_revisions();

    /// The array object.attribute as .npy, the first of the attributes that is there. Without a
    /// collection: of `alf`, else `alf/task_00`, the root, any.
    [[nodiscard]] const Dataset* find_array(
        std::string_view object, std::initializer_list<std::string_view> attributes,
        const std::optional<std::string>& collection = std::nullopt) const;
    /// The array, or nothing and an issue with the reason.
    [[nodiscard]] std::optional<formats::NpyArray> read_array(const Dataset* dataset);

  private:
    void list(std::size_t member);
    void choose_revisions(const std::vector<Dataset>& all);

    const SessionSource& source_;
    const ReadOptions& options_;
    ChoiceSession& session_;
    std::vector<formats::ByteBuffer> disk_bytes_;  ///< by member
    std::vector<bool> is_readable_;                ///< by member: content at hand
    std::vector<std::size_t> place_;               ///< by member: its index in session.files
    std::vector<Dataset> wanted_;
};

}  // namespace tb::alf
