// The catalogue of photometry sessions: repairs across the sessions of a subject, day and session
// numbers, filters, duplicates, counts per stage. Source: spec/photometry.md, 3.2, 3.4, 8.8,
// 11, 15.
#pragma once

#include "compute/photometry/metadata.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace tb::compute::photometry {

/// What the repair reads and writes of a session. The lists are parallel, one entry per recording.
struct CatalogSession {
    std::string eid;
    std::string subject;
    std::vector<std::string> brain_region;
    std::vector<std::optional<std::string>> hemisphere;  ///< l, r, empty text, or none
    std::vector<std::optional<std::string>> target_nm;   ///< set by derive_targets
    std::optional<std::string> neuromodulator;           ///< set by derive_targets
};

/// Step 1: rows with an empty list take that of the subject's other rows, when all the others'
/// non-empty lists are identical; regions and sides independently.
void fill_from_subject(std::span<CatalogSession> sessions);
/// Step 2: rows whose regions are still empty take the subject's fibres in file order (no sides
/// when several fibres all aim at one region); then sides that are empty or none are filled where
/// the fibres of the subject and bare region agree; none becomes empty.
void fill_from_fibers(std::span<CatalogSession> sessions, std::span<const Fiber> fibers);
/// Step 3: wrong names of regions, sides kept.
void rename_regions(std::span<CatalogSession> sessions, const MetadataRules& rules);
/// Step 4: targets and neuromodulator by region; none for a region that is no target, and the
/// session's neuromodulator is that of its first recording.
void derive_targets(std::span<CatalogSession> sessions, const MetadataRules& rules);
/// All four steps. Source: spec, 3.4.
void repair_catalog(std::span<CatalogSession> sessions, std::span<const Fiber> fibers,
                    const MetadataRules& rules);

/// Where a session stands in its subject's calendar.
struct DayNumber {
    std::int64_t day_n = 0;      ///< days since the subject's first session
    std::int64_t session_n = 0;  ///< rank of the date among the subject's dates, from 1
};
/// @param subjects  shape (n)
/// @param dates     days since any epoch, shape (n)
[[nodiscard]] std::vector<DayNumber> day_numbers(std::span<const std::string> subjects,
                                                 std::span<const std::int64_t> dates);

/// Sessions of a subject per stage.
struct StageCounts {
    std::string subject;
    std::size_t n_training = 0;
    std::size_t n_biased = 0;
    std::size_t n_ephys = 0;
    std::optional<std::size_t> sessions_to_biased;        ///< training before the first biased
    std::optional<std::size_t> biased_sessions_to_ephys;  ///< biased before the first ephys
};
struct StageSession {
    std::string subject;
    std::string session_type;
    double session_n = 0.0;
};
/// One row per subject, ascending by name. Source: spec, 8.8.
[[nodiscard]] std::vector<StageCounts> stage_counts(std::span<const StageSession> sessions);

/// A session as filters and the search for duplicates see it.
struct GroupSession {
    std::string eid;
    std::string subject;
    std::int64_t day_n = 0;
    std::int64_t date = 0;  ///< days since any epoch
    std::string session_type;
    std::string lab;
    std::vector<std::string> brain_region;
    std::vector<std::optional<std::string>> hemisphere;
    std::vector<std::optional<std::string>> target_nm;
    std::vector<std::string> logged_errors;
    double fraction_correct = 0.0;                 ///< NaN fails a threshold
    std::optional<std::vector<double>> contrasts;  ///< percent; none fails
};

/// A least share correct: of all sessions, or of those of the types that are named.
struct MinPerformance {
    std::optional<double> overall;
    std::map<std::string, double, std::less<>> by_type;
};

/// A conjunction of conditions; an empty optional asks nothing.
struct SessionFilter {
    std::optional<std::vector<std::string>> session_types;
    std::optional<std::vector<std::string>> exclude_subjects;
    std::optional<std::vector<std::string>> exclude_sessions;
    std::optional<std::vector<std::string>> qc_blockers;
    std::optional<std::vector<std::string>> targets;  ///< any of the session's; also of recordings
    std::optional<MinPerformance> min_performance;
    std::optional<std::set<double>> required_contrasts;  ///< percent; exactly these
    std::optional<std::string> lab;
    std::optional<std::int64_t> first_session_from;  ///< the subject's first date is not before
};

/// The reference's default filter and the error types that spoil a duplicate.
[[nodiscard]] const SessionFilter& reference_filter();
[[nodiscard]] const std::vector<std::string>& duplicate_disqualifiers();

/// Which sessions pass. Rows whose three lists differ in length never do. Source: spec, 11.
/// @return shape (n_sessions)
[[nodiscard]] std::vector<bool> passing_sessions(std::span<const GroupSession> sessions,
                                                 const SessionFilter& filter);

/// A condition of a filter and how many sessions it alone removes.
struct FilterReport {
    std::string condition;
    std::size_t n_removed = 0;
};
[[nodiscard]] std::vector<FilterReport> removed_by_condition(std::span<const GroupSession> sessions,
                                                             const SessionFilter& filter);

/// A fibre of a session that passed.
struct GroupRecording {
    std::string eid;
    std::optional<std::string> target_nm;
    std::size_t fiber_idx = 0;  ///< place in the session's lists, before targets were filtered
};
[[nodiscard]] std::vector<GroupRecording> recordings_of(std::span<const GroupSession> sessions,
                                                        const std::vector<bool>& is_passing,
                                                        const SessionFilter& filter);

/// Sessions of one subject on one day: which one is kept.
struct DuplicateResolution {
    std::vector<std::size_t> kept;  ///< numbers of rows, ascending by subject and day
    /// Rows that a TrueDuplicateSession is logged under: the first of a group with several good
    /// ones.
    std::vector<std::size_t> true_duplicates;
};
/// Keeps per subject and day the only row, else the first without a disqualifying error, else the
/// first. Source: spec, 11.
[[nodiscard]] DuplicateResolution resolve_duplicates(std::span<const GroupSession> sessions,
                                                     std::span<const std::string> disqualifiers);

/// How many more sessions a target needs.
struct RecordingProjection {
    double yield_rate = 0.0;  ///< ready / total; NaN without sessions
    double shortfall = 0.0;
    double effective_sessions_needed = 0.0;  ///< inf when none of the sessions is ready
    double recording_days_needed = 0.0;
};
/// @param n_ready, n_total  sessions ready for analysis, and all
/// @param wanted            sessions wanted
/// @param per_day           sessions that can be recorded a day
/// Source: spec, 15 (capacity projection).
[[nodiscard]] RecordingProjection recording_projection(double n_ready, double n_total,
                                                       double wanted = 40.0, double per_day = 16.0);

}  // namespace tb::compute::photometry
