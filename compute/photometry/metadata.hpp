// What a photometry session's metadata says and what is wrong with it: targets, neuromodulators,
// session types, sides of fibres, and the checks of the first stage. All lists of names come in as
// MetadataRules: in the warehouse they are lookup tables. Source: spec/photometry.md, 2 and 3.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tb::compute::photometry {

/// A kind of session and the text that names it in a protocol.
struct SessionTypeRule {
    std::string session_type;   ///< biased
    std::string protocol_text;  ///< biasedChoiceWorld
};

/// A kind of dataset, present when any of its paths is.
struct DatasetCategory {
    std::string category;
    std::vector<std::string> paths;  ///< collection and file name, as the source lists them
};

/// Names that metadata are judged by. Maps give what a name stands for.
struct MetadataRules {
    std::vector<std::string> excluded_subjects;
    std::vector<std::string> valid_strains;
    std::vector<std::string> valid_lines;
    std::vector<std::string> neuromodulators;
    std::map<std::string, std::string, std::less<>> strain_neuromodulator;
    std::map<std::string, std::string, std::less<>> line_neuromodulator;
    std::map<std::string, std::string, std::less<>> target_neuromodulator;  ///< VTA: DA
    std::map<std::string, std::string, std::less<>> region_renames;         ///< DRN: DR
    std::vector<SessionTypeRule> session_types;
    std::vector<std::string> protocol_red_flags;
    std::vector<DatasetCategory> dataset_categories;
};

/// The lists of the reference. The shipped contents of the lookup tables are the same (a test
/// compares them).
[[nodiscard]] const MetadataRules& reference_rules();

/// A region without its side: `VTA-l` gives `VTA`. Only -l and -r are sides.
[[nodiscard]] std::string_view bare_region(std::string_view region);
/// `l`, `r`, or empty when the name has no side.
[[nodiscard]] std::string_view region_side(std::string_view region);

/// Neuromodulator by the strain, else by the line; empty when neither tells it.
[[nodiscard]] std::optional<std::string> neuromodulator_of(const std::optional<std::string>& strain,
                                                           const std::optional<std::string>& line,
                                                           const MetadataRules& rules);

/// A fibre of a subject as the surgeons' table has it.
struct Fiber {
    std::string subject;
    std::string targeted_region;  ///< without side
    double x_ml_um = 0.0;         ///< positive is left; NaN is taken for the midline
};
/// `l`, `r`, or empty for the midline.
[[nodiscard]] std::string_view fiber_side(double x_ml_um);

/// Side per subject and targeted region: `l` or `r` when all its fibres agree, else empty.
using FiberSides = std::map<std::pair<std::string, std::string>, std::string>;
[[nodiscard]] FiberSides fiber_sides(std::span<const Fiber> fibers);

/// Tip of a fibre from its entry point [um], depth along it [um], angle from the vertical and
/// azimuth from the right, anticlockwise [deg]. Source: spec, 3.7.
struct Position {
    double x = 0.0;
    double y = 0.0;
    double z = 0.0;
};
[[nodiscard]] Position fiber_tip(const Position& entry, double depth_um, double theta_deg,
                                 double phi_deg);

/// One finding: the spec's type name and a message.
struct MetadataError {
    std::string type;
    std::string message;
};

struct SessionType {
    std::optional<std::string> type;
    std::optional<MetadataError> error;  ///< set when there is no type
};
/// The one session type whose text a protocol contains, unless a red flag is in it too.
/// Case-sensitive. Findings: InvalidSessionType (no type named, red flag, several named: in this
/// order).
[[nodiscard]] SessionType session_type_of(std::string_view task_protocol,
                                          const MetadataRules& rules);

/// What is known of a session before anything of it is read.
struct SessionMetadata {
    std::string subject;
    std::optional<std::string> strain;
    std::optional<std::string> line;
    std::optional<std::string> neuromodulator;
    std::vector<std::string> brain_region;  ///< as listed, with sides; empty entries are kept
    std::vector<std::string> hemisphere;    ///< `l`, `r` or empty, parallel to brain_region
    std::optional<double> start_s;          ///< seconds since 1970-01-01 on the rig's local clock
    std::optional<double> end_s;            ///< the same clock; empty when not recorded
    std::string task_protocol;
    std::vector<std::string> datasets;
};

struct DerivedMetadata {
    std::optional<std::string> session_type;
    std::vector<std::optional<std::string>> target_nm;  ///< VTA-DA; empty for an empty region
    std::optional<double> session_length_s;
    std::vector<MetadataError> errors;  ///< in the order of the checks
};

/// Derives session type, targets and length, and makes every check of the first stage in its order:
/// subject, strain, line, neuromodulator, regions, sides (the first region that fails), datasets,
/// session type, targets, length. None of them is fatal. A missing neuromodulator gives labels such
/// as `VTA-None`, as in the reference.
/// @param sides  sides of the fibres (fiber_sides)
/// Findings: InvalidSubject, InvalidStrain, InvalidLine, InvalidNeuromodulator, MissingBrainRegion,
/// InvalidBrainRegion, MissingHemisphere, HemisphereMismatch, MissingInsertion, MissingHemiSuffix,
/// DataNotListed, InvalidSessionType, InvalidTargetNM, InvalidSessionLength.
/// Source: spec, 3.2 and 3.3.
[[nodiscard]] DerivedMetadata validate_metadata(const SessionMetadata& session,
                                                const FiberSides& sides,
                                                const MetadataRules& rules);

/// A value of extended quality control: null, boolean, whole number, number or text.
using QcScalar = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
/// The same, or a list of them.
struct QcValue {
    QcScalar scalar;
    bool is_list = false;
    std::vector<QcScalar> list;
};
using QcEntries = std::vector<std::pair<std::string, QcValue>>;

/// Keys and values of extended quality control in the catalogue's form: `qc_session` first, then
/// `qc_<key>`; booleans and codes as outcome names, tails of lists under the bare key. As in the
/// reference, a key that ends in `_qc` loses every trailing _, q and c, and a tail's key every
/// leading one. A later key replaces an earlier one of the same name.
/// @throws tb::Error (data, ValueError) for an empty list
/// Source: spec, 3.6.
[[nodiscard]] QcEntries normalise_extended_qc(const QcScalar& session_qc, const QcEntries& entries);

}  // namespace tb::compute::photometry
