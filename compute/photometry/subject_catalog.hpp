// photometry.subject_catalog: the catalogue of a subject's photometry sessions. What the numerics
// do is in catalog.hpp and metadata.hpp; here is how a subject's rows become their inputs.
#pragma once

#include "compute/photometry/catalog.hpp"
#include "compute/photometry/metadata.hpp"
#include "trialbase/computed_table.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::photometry {

/// Rules from rows (kind, name, value) of the lookup tables, see subject_catalog_rules.sql.
/// @throws tb::Error (internal) for an unknown kind
[[nodiscard]] MetadataRules rules_of(const FetchedRows& rows);

/// A session of the subject as its sources describe it.
struct DescribedSession {
    std::string session_id;
    std::int64_t date = 0;  ///< days since 1970-01-01, at the rig
    bool is_photometry = false;
    std::optional<double> start_s;  ///< seconds since 1970-01-01 on the rig's local clock
    std::optional<double> end_s;
    std::string task_protocol;
    std::vector<std::string> listed_regions;    ///< as the session lists them
    std::vector<std::string> recorded_regions;  ///< per signal; empty: a column without a region
    std::vector<std::string> recorded_columns;  ///< parallel: what to call such a column
    std::vector<std::string> datasets;
};

struct SubjectDescription {
    std::string nickname;
    std::optional<std::string> strain;
    std::optional<std::string> line;
    std::vector<Fiber> fibers;
    std::vector<DescribedSession> sessions;
};

/// A recording of the catalogue.
struct CatalogRecording {
    std::string brain_region;
    std::optional<std::string> hemisphere;  ///< l or r
    std::optional<std::string> target_nm;
    std::optional<std::string> neuromodulator;
    std::optional<std::string> recorded_region;  ///< before the repair; empty when taken over
    bool has_signal = false;
};

struct CatalogEntry {
    std::optional<std::string> session_type;
    std::optional<std::string> neuromodulator;
    std::optional<std::string> strain_line_neuromodulator;
    std::optional<double> session_length_s;
    DayNumber day;
    std::vector<CatalogRecording> recordings;  ///< by fiber_idx
    std::vector<MetadataError> errors;         ///< photometry sessions only
};

/// The catalogue of a subject. Findings are those of the regions that a session lists itself (its
/// signals' where it lists none), before the repair. The repair takes a session's signals, in their
/// order, where it has signals, else the listed regions; it fills sessions of photometry only.
/// Signals whose columns name no region take the repaired list where it has as many entries, and
/// keep the column's name without a target where it has not.
/// @return one per session, in the same order
[[nodiscard]] std::vector<CatalogEntry> subject_catalog(const SubjectDescription& subject,
                                                        const MetadataRules& rules);

/// Whether a column's name says nothing of a region: Region1G, G0, R2, analog_1 and their like.
[[nodiscard]] bool is_nameless_column(std::string_view column);

/// Adapter of photometry.subject_catalog and its parts catalog_session, catalog_recording and
/// catalog_error.
[[nodiscard]] ComputedTable subject_catalog_table();

}  // namespace tb::compute::photometry
