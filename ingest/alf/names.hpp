// ALF names: files, paths inside a session, session folders, revisions
// (spec/ibl_behavior.md, 11.1).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::alf {

/// `[_namespace_]object.attribute[_timescale][.extra]*.extension`, taken apart. Absent parts are
/// empty.
struct FilenameParts {
    std::string name_space;
    std::string object;
    std::string
        attribute;  ///< with an attribute-level namespace ("_phy_ids") and `_times` or `_intervals`
    std::string timescale;
    std::string extra;  ///< "raw.v12": the dot-separated parts together
    std::string extension;
    friend bool operator==(const FilenameParts&, const FilenameParts&) = default;
};

/// The parts of a file name; nothing when it is no ALF name. Bytes above 127 count as word
/// characters.
[[nodiscard]] std::optional<FilenameParts> filename_parts(std::string_view filename);

/// `[collection/][#revision#/]filename`, taken apart. Absent parts are empty.
struct RelativePathParts {
    std::string collection;
    std::string revision;
    FilenameParts file;
};

/// The parts of a path inside a session; nothing when it does not follow the pattern.
[[nodiscard]] std::optional<RelativePathParts> relative_path_parts(std::string_view path);

/// `[lab/Subjects/]subject/date/number`; lab is empty when absent.
struct SessionParts {
    std::string lab;
    std::string subject;
    std::string date;
    std::string number;
    friend bool operator==(const SessionParts&, const SessionParts&) = default;
};

/// The leftmost session found anywhere in a path, by pattern alone (the date need not exist; a
/// number longer than three digits is cut), as the reference does; nothing when there is none.
[[nodiscard]] std::optional<SessionParts> session_parts(std::string_view path);

/// True when the path ends with a session (slashes at either end do not count).
[[nodiscard]] bool is_session_path(std::string_view path);

/// True for yyyy-mm-dd that the calendar has.
[[nodiscard]] bool is_real_date(std::string_view text);

/// A session number in three digits ("1" becomes "001"); nothing when it is not all digits.
[[nodiscard]] std::optional<std::string> canonical_number(std::string_view number);

/// A path with its session folder picked out by whole components: what discovery uses. Stricter
/// than session_parts() (real date, a number of digits only), and lenient where folders are (a
/// subject may hold spaces).
struct SplitPath {
    SessionParts session;
    std::size_t end = 0;  ///< the session's folder is path.substr(0, end)
};
[[nodiscard]] std::optional<SplitPath> split_session_path(std::string_view path);

/// Index of the revision that stands at or before the asked one in byte order; none asked: of the
/// last. Nothing when all lie after it. The empty revision comes first.
[[nodiscard]] std::optional<std::size_t> revision_last_before(
    std::span<const std::string> revisions, const std::optional<std::string>& asked);

/// One time per sample of a `timestamps` array: `anchors` holds (sample, time) rows, ascending in
/// sample; times are linear between and beyond them.
/// @param anchors  shape (k, 2) in C order, k >= 2
/// @return times [s], shape (samples)
/// @throws tb::Error (data) with fewer than two anchors or samples that do not ascend
[[nodiscard]] std::vector<double> expand_timestamps(std::span<const double> anchors,
                                                    std::size_t samples);

/// Quality of a dataset, worst last.
enum class DatasetQuality { NOT_SET, PASS, WARNING, FAIL, CRITICAL };
/// @throws tb::Error (data) for another word
[[nodiscard]] DatasetQuality dataset_quality(std::string_view word);

/// A row of the ONE table of datasets, as far as filtering goes.
struct DatasetRow {
    std::string path;  ///< relative to the session's folder
    DatasetQuality quality = DatasetQuality::NOT_SET;
    std::optional<bool> is_default_revision;
};

/// What to look for. Texts are regular expressions that must match the whole of their part (shell
/// patterns when `wildcards`); several alternatives may be given; an absent one matches anything,
/// an empty one only an absent part.
struct DatasetQuery {
    using Pattern = std::optional<std::vector<std::string>>;
    Pattern filename;  ///< against the whole file name; stands alone: parts below are then not
                       ///< looked at
    Pattern name_space, object, attribute, timescale, extra, extension;
    Pattern collection;
    std::optional<std::string> revision;
    bool revision_last_before = true;  ///< false: the revision must match
    DatasetQuality worst = DatasetQuality::FAIL;
    bool ignore_not_set = false;
    bool assert_unique = true;
    bool wildcards = false;
};

/// Indices of the rows that the query keeps, ascending by path. @throws tb::Error (conflict) with
/// type ALFMultipleCollectionsFound, ALFMultipleObjectsFound, ALFMultipleRevisionsFound or ALFError
/// (no default revision) where `assert_unique` asks for one; (usage) for a pattern that is no
/// regular expression
[[nodiscard]] std::vector<std::size_t> filter_datasets(std::span<const DatasetRow> rows,
                                                       const DatasetQuery& query);

}  // namespace tb::alf
