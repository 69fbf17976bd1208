#include "ingest/alf/session_reader.hpp"

#include "ingest/alf/member.hpp"
#include "ingest/alf/names.hpp"
#include "ingest/formats/npy.hpp"
#include "ingest/formats/parquet.hpp"
#include "ingest/photometry/description.hpp"
#include "ingest/photometry/session_photometry.hpp"
#include "src/base/sha256.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace tb {

std::span<const TrialColumnInfo> trial_columns() {
    using T = ChoiceTrials;
    using enum TrialColumnKind;
    static constexpr std::array columns{
        TrialColumnInfo{"start_s", "intervals_0", real, &T::start_s},
        TrialColumnInfo{"end_s", "intervals_1", real, &T::end_s},
        TrialColumnInfo{"stim_on_s", "stimOn_times", real, &T::stim_on_s},
        TrialColumnInfo{"stim_off_s", "stimOff_times", real, &T::stim_off_s},
        TrialColumnInfo{"stim_on_trigger_s", "stimOnTrigger_times", real, &T::stim_on_trigger_s},
        TrialColumnInfo{"stim_off_trigger_s", "stimOffTrigger_times", real, &T::stim_off_trigger_s},
        TrialColumnInfo{"stim_freeze_s", "stimFreeze_times", real, &T::stim_freeze_s},
        TrialColumnInfo{"go_cue_s", "goCue_times", real, &T::go_cue_s},
        TrialColumnInfo{"go_cue_trigger_s", "goCueTrigger_times", real, &T::go_cue_trigger_s},
        TrialColumnInfo{"first_movement_s", "firstMovement_times", real, &T::first_movement_s},
        TrialColumnInfo{"response_s", "response_times", real, &T::response_s},
        TrialColumnInfo{"feedback_s", "feedback_times", real, &T::feedback_s},
        TrialColumnInfo{"contrast_left", "contrastLeft", real, &T::contrast_left},
        TrialColumnInfo{"contrast_right", "contrastRight", real, &T::contrast_right},
        TrialColumnInfo{"signed_contrast", "", real, &T::signed_contrast},
        TrialColumnInfo{"probability_left", "probabilityLeft", real, &T::probability_left},
        TrialColumnInfo{"choice", "choice", integer, &T::choice},
        TrialColumnInfo{"feedback_type", "feedbackType", integer, &T::feedback_type},
        TrialColumnInfo{"reward_volume_ul", "rewardVolume", real, &T::reward_volume_ul},
        TrialColumnInfo{"rep_num", "repNum", integer, &T::rep_num},
        TrialColumnInfo{"iti_s", "itiDuration", real, &T::iti_s},
        TrialColumnInfo{"quiescent_period_s", "quiescencePeriod", real, &T::quiescence_s},
        TrialColumnInfo{"is_included", "included", boolean, &T::included}};
    return columns;
}

std::string ChoiceSession::identifier() const {
    return lab + "/" + subject + "/" + date + "/" + number;
}

namespace alf {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Trial datasets without which a session is remarked upon (spec/ibl_behavior.md, 1.6).
constexpr std::array expected_datasets{"intervals",      "stimOn_times",  "response_times",
                                       "feedback_times", "choice",        "feedbackType",
                                       "contrastLeft",   "contrastRight", "probabilityLeft"};

bool is_trial_attribute(std::string_view attribute) {
    if (attribute == "table" || attribute == "intervals") return true;
    const auto columns = trial_columns();
    return std::any_of(columns.begin(), columns.end(), [&](const auto& column) {
        return !attribute.empty() && attribute == column.dataset;
    });
}

bool is_task_settings(const RelativePathParts& parts) {
    return parts.file.object == "taskSettings" && parts.file.attribute == "raw" &&
           parts.file.extension == "json";
}

/// The dataset's UUID among the extra parts of a name, and whether there is anything else among
/// them.
struct Extra {
    std::string uuid;
    bool has_more = false;
};

Extra split_extra(std::string_view extra) {
    Extra found;
    while (!extra.empty()) {
        const auto end = std::min(extra.find('.'), extra.size());
        const auto part = extra.substr(0, end);
        extra.remove_prefix(std::min(end + 1, extra.size()));
        if (const auto uuid = Uuid::parse(part); uuid && found.uuid.empty()) {
            found.uuid = uuid->to_string();
        } else {
            found.has_more = true;
        }
    }
    return found;
}

/// True when the array holds values on the session's own clock and is one whole dataset.
bool is_plain_dataset(const RelativePathParts& parts) {
    return parts.file.timescale.empty() && !split_extra(parts.file.extra).has_more;
}

std::vector<std::byte> read_bytes(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    if (!in) throw Error(ErrorKind::io, "cannot open " + file.string());
    const auto end = in.tellg();
    if (end < 0) throw Error(ErrorKind::io, "cannot read " + file.string());
    std::vector<std::byte> bytes(static_cast<std::size_t>(end));
    in.seekg(0);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (in.gcount() != static_cast<std::streamsize>(bytes.size())) {
        throw Error(ErrorKind::io, "cannot read " + file.string());
    }
    return bytes;
}

/// A member with its name taken apart.
struct Dataset {
    std::size_t member = 0;
    RelativePathParts parts;
};

/// One column of trials before its length is judged.
struct Candidate {
    std::vector<double> values;
    std::string dataset;  ///< "trials.choice"
    bool is_single_precision = false;
};

/// The value without the residue of its computation (0.30000000000000004) or of single precision
/// (0.0799999982).
double tidy_fraction(double value, bool is_single_precision) {
    if (!std::isfinite(value)) return value;
    const double per_unit = is_single_precision ? 1e6 : 1e9;
    return std::round(value * per_unit) / per_unit;
}

class SessionReader {
  public:
    SessionReader(const SessionSource& source, const ReadOptions& options)
        : source_(source), options_(options) {}

    ChoiceSession run() {
        fill_identity();
        list_files();
        choose_datasets();
        read_trials();
        read_wheel();
        read_wheel_moves();
        read_licks();
        read_settings();
        read_photometry();
        return std::move(session_);
    }

  private:
    void issue(std::string type, std::string dataset, std::string message) {
        session_.issues.push_back({std::move(type), std::move(dataset), std::move(message)});
    }

    void fill_identity() {
        session_.source = options_.source;
        session_.lab = source_.lab;
        session_.subject = source_.subject;
        session_.date = source_.date;
        session_.number = canonical_number(source_.number).value_or(source_.number);
        session_.origin = source_.origin;
        session_.issues = source_.issues;
        if (session_.lab.empty()) {
            throw Error(ErrorKind::data, source_.origin + ": the session has no lab",
                        "Name it with --lab.", "MissingExtractedData");
        }
        if (session_.subject.empty() || !is_real_date(session_.date)) {
            throw Error(ErrorKind::data,
                        source_.origin + ": no subject and date can be read from the path", {},
                        "MissingExtractedData");
        }
    }

    [[nodiscard]] const std::vector<std::byte>& bytes_of(std::size_t i) {
        const auto& member = source_.members[i];
        if (member.is_in_memory) return member.bytes;
        if (member.file.empty()) {
            throw Error(ErrorKind::data, member.path + ": its content was not kept");
        }
        return disk_bytes_[i];
    }

    void list_files() {
        disk_bytes_.resize(source_.members.size());
        session_.files.reserve(source_.members.size());
        for (std::size_t i = 0; i < source_.members.size(); ++i) {
            const auto& member = source_.members[i];
            SessionFile file;
            file.path = member.path;
            file.size_bytes = member.size_bytes;
            file.sha256 = member.sha256;
            const auto slash = member.path.rfind('/');
            file.name = slash == std::string::npos ? member.path : member.path.substr(slash + 1);
            const auto parts = relative_path_parts(member.path);
            if (parts) {
                file.collection = parts->collection;
                file.revision = parts->revision;
                file.dataset_type = parts->file.object + "." + parts->file.attribute;
                if (!parts->file.timescale.empty()) {
                    file.dataset_type += "_" + parts->file.timescale;
                }
                file.extension = parts->file.extension;
                file.dataset_id = split_extra(parts->file.extra).uuid;
            } else {
                if (slash != std::string::npos) file.collection = member.path.substr(0, slash);
                const auto dot = file.name.rfind('.');
                if (dot != std::string::npos && dot > 0) file.extension = file.name.substr(dot + 1);
            }
            const bool wanted = is_wanted(member.path);
            if (!member.is_in_memory && !member.file.empty()) {
                if (wanted) {
                    disk_bytes_[i] = read_bytes(member.file);
                    file.size_bytes = disk_bytes_[i].size();
                    file.sha256 = sha256_hex(disk_bytes_[i]);
                } else if (member.size_bytes <= options_.checksum_limit_bytes) {
                    file.sha256 = sha256_of_file(member.file);
                }
            } else if (member.is_in_memory && file.sha256.empty()) {
                file.sha256 = sha256_hex(member.bytes);
            }
            if (parts && wanted) wanted_.push_back({i, *parts});
            session_.files.push_back(std::move(file));
        }
    }

    /// Leaves in wanted_ one revision of each file: the last at or before the asked one, else the
    /// last of all.
    void choose_datasets() {
        std::map<std::string, std::vector<Dataset>> groups;
        for (auto& dataset : wanted_) {
            const auto& file = session_.files[dataset.member];
            // The server puts a dataset's UUID into its name; the name without it is what revisions
            // share.
            auto name = file.name;
            if (!file.dataset_id.empty()) {
                const auto at = name.size() - dataset.parts.file.extension.size() - 1;
                const auto extra = dataset.parts.file.extra.size() + 1;
                if (!split_extra(dataset.parts.file.extra).has_more) name.erase(at - extra, extra);
            }
            groups[dataset.parts.collection + "/" + name].push_back(std::move(dataset));
        }
        wanted_.clear();
        for (auto& [path, group] : groups) {
            std::vector<std::string> revisions;
            for (const auto& dataset : group) revisions.push_back(dataset.parts.revision);
            const auto found = revision_last_before(revisions, options_.revision);
            if (!found) continue;
            if (std::count(revisions.begin(), revisions.end(), revisions[*found]) > 1) {
                issue("RevisionAmbiguous", path,
                      std::to_string(group.size()) + " files of one revision; took " +
                          session_.files[group[*found].member].path);
            }
            wanted_.push_back(std::move(group[*found]));
        }
    }

    /// The collection that the trials are taken from: alf, alf/task_00, the root, else the first by
    /// name.
    std::optional<std::string> trials_collection() {
        std::set<std::string> collections;
        for (const auto& dataset : wanted_) {
            const auto& file = dataset.parts.file;
            if (file.object != "trials" || !is_plain_dataset(dataset.parts)) continue;
            if (file.attribute == "table" || file.attribute == "choice" ||
                file.attribute == "feedbackType" || file.attribute == "contrastLeft" ||
                file.attribute == "contrastRight") {
                collections.insert(dataset.parts.collection);
            }
        }
        if (collections.empty()) return std::nullopt;
        std::string chosen = *collections.begin();
        for (const char* name : {"alf", "alf/task_00", ""}) {
            if (collections.contains(name)) {
                chosen = name;
                break;
            }
        }
        for (const auto& other : collections) {
            if (other == chosen) continue;
            issue("DuplicateDataset", other + "/trials",
                  "a second set of trials, not loaded; those of collection '" + chosen +
                      "' were taken");
        }
        return chosen;
    }

    void mark_used(std::size_t member) { session_.files[member].is_used = true; }

    void add_candidate(std::map<std::string, Candidate>& found, const std::string& attribute,
                       Candidate candidate, const std::string& path) {
        const auto [place, is_new] = found.try_emplace(attribute, std::move(candidate));
        if (!is_new) {
            issue("DuplicateDataset", place->second.dataset,
                  path + " holds it again; the one read first was taken");
        }
    }

    void read_trial_table(const Dataset& dataset, std::map<std::string, Candidate>& found) {
        const auto& path = source_.members[dataset.member].path;
        const auto table = formats::parse_parquet(bytes_of(dataset.member), path);
        for (const auto& column : table.table.columns) {
            if (column.name == "table" || column.name == "intervals" ||
                !is_trial_attribute(column.name)) {
                continue;
            }
            try {
                Candidate candidate;
                candidate.values = column.as_doubles();
                candidate.dataset = "trials." + column.name;
                candidate.is_single_precision =
                    column.stored_type.find("FLOAT") != std::string::npos;
                add_candidate(found, column.name, std::move(candidate), path);
            } catch (const Error& error) {
                issue("UnreadableDataset", "trials." + column.name, error.what());
            }
        }
    }

    void read_trial_array(const Dataset& dataset, std::map<std::string, Candidate>& found) {
        const auto& path = source_.members[dataset.member].path;
        const auto& attribute = dataset.parts.file.attribute;
        const auto array = formats::parse_npy(bytes_of(dataset.member), path);
        const bool is_pair = attribute == "intervals";
        const auto width = array.shape.size() == 2 ? array.shape[1] : 1;
        if (array.shape.empty() || array.shape.size() > 2 || width != (is_pair ? 2U : 1U)) {
            issue("UnreadableDataset", "trials." + attribute,
                  path + ": the array has another shape than (trials" +
                      (is_pair ? std::string(", 2)") : std::string(")")));
            return;
        }
        const bool single = array.dtype == "f4" || array.dtype == "f2";
        if (is_pair) {
            add_candidate(found, "intervals_0",
                          {array.column_as_doubles(0), "trials.intervals", single}, path);
            add_candidate(found, "intervals_1",
                          {array.column_as_doubles(1), "trials.intervals", single}, path);
        } else {
            add_candidate(found, attribute, {array.as_doubles(), "trials." + attribute, single},
                          path);
        }
    }

    /// How many trials there are: the rows of choice or feedbackType, whichever more of the other
    /// arrays share (choice when they tie or are alone), else the commonest length.
    static std::size_t count_trials(const std::map<std::string, Candidate>& found) {
        std::map<std::size_t, std::size_t> lengths;
        for (const auto& [attribute, candidate] : found) ++lengths[candidate.values.size()];
        const auto choice = found.find("choice");
        const auto feedback = found.find("feedbackType");
        if (choice != found.end() && feedback != found.end()) {
            const auto a = choice->second.values.size();
            const auto b = feedback->second.values.size();
            return lengths[a] >= lengths[b] ? a : b;
        }
        if (choice != found.end()) return choice->second.values.size();
        if (feedback != found.end()) return feedback->second.values.size();
        const auto commonest =
            std::max_element(lengths.begin(), lengths.end(),
                             [](const auto& a, const auto& b) { return a.second < b.second; });
        return commonest == lengths.end() ? 0 : commonest->first;
    }

    void read_trials() {
        const auto collection = trials_collection();
        std::map<std::string, Candidate> found;
        // The table first: where an array is stored twice, the newer form counts.
        for (const bool tables : {true, false}) {
            for (const auto& dataset : wanted_) {
                const auto& file = dataset.parts.file;
                if (!collection || file.object != "trials" ||
                    dataset.parts.collection != *collection || !is_plain_dataset(dataset.parts) ||
                    (file.attribute == "table") != tables) {
                    continue;
                }
                const auto before = found.size();
                try {
                    if (tables) {
                        read_trial_table(dataset, found);
                    } else {
                        read_trial_array(dataset, found);
                    }
                } catch (const Error& error) {
                    issue("UnreadableDataset", "trials." + file.attribute, error.what());
                }
                if (found.size() > before) mark_used(dataset.member);
            }
        }
        const bool is_usable = found.contains("choice") || found.contains("feedbackType") ||
                               found.contains("contrastLeft") || found.contains("contrastRight");
        auto& trials = session_.trials;
        trials.count = count_trials(found);
        if ((!is_usable || trials.count == 0) && has_photometry()) {  // a recording without a task
            trials = {};
            const bool has_raw_task =
                std::ranges::any_of(source_.members, [](const SessionMember& member) {
                    return member.path.ends_with("/_iblrig_taskData.raw.jsonable");
                });
            issue("MissingDataset", "trials", "the session has photometry but no usable trials");
            session_.part_errors.push_back(
                {has_raw_task ? "MissingExtractedData" : "MissingRawData",
                 "no usable trials: the photometry was taken without them",
                 "Expected _ibl_trials.table.pqt or arrays such as _ibl_trials.choice.npy.",
                 source_.origin});
            return;
        }
        if (!is_usable || trials.count == 0) {
            std::string why;
            for (const auto& remark : session_.issues) {
                if (remark.type == "UnreadableDataset") why += "; " + remark.message;
            }
            throw Error(ErrorKind::data,
                        session_.identifier() + ": no usable trials in " + source_.origin + why,
                        "Expected _ibl_trials.table.pqt or arrays such as _ibl_trials.choice.npy.",
                        "MissingExtractedData");
        }
        if (trials.count > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
            throw Error(ErrorKind::data,
                        session_.identifier() + ": more trials than can be numbered");
        }
        for (const auto& column : trial_columns()) {
            const auto candidate = found.find(column.dataset);
            if (candidate == found.end()) continue;
            take_column(column, std::move(candidate->second));
        }
        for (const char* dataset : expected_datasets) {
            const bool is_pair = std::string_view(dataset) == "intervals";
            if (!found.contains(is_pair ? "intervals_0" : dataset)) {
                issue("MissingDataset", std::string("trials.") + dataset,
                      "the session has no such dataset");
            }
        }
        fill_signed_contrast();
        check_start_times();
    }

    void take_column(const TrialColumnInfo& column, Candidate candidate) {
        auto& values = candidate.values;
        const auto count = session_.trials.count;
        if (values.size() != count) {
            // Both halves of intervals would say the same.
            if (std::string_view(column.dataset) != "intervals_1") {
                issue("LengthMismatch", candidate.dataset,
                      std::to_string(values.size()) + " values for " + std::to_string(count) +
                          " trials; left out");
            }
            return;
        }
        std::size_t infinite = 0;
        std::size_t outside = 0;
        std::size_t odd = 0;
        double example = 0.0;
        const bool is_fraction = column.values == &ChoiceTrials::contrast_left ||
                                 column.values == &ChoiceTrials::contrast_right ||
                                 column.values == &ChoiceTrials::probability_left;
        const bool is_choice = column.values == &ChoiceTrials::choice;
        const bool is_feedback = column.values == &ChoiceTrials::feedback_type;
        for (double& value : values) {
            if (std::isnan(value)) continue;
            if (std::isinf(value)) {
                ++infinite;
                value = nan;
                continue;
            }
            bool fits = true;
            if (is_fraction) {
                value = tidy_fraction(value, candidate.is_single_precision);
                fits = value >= 0.0 && value <= 1.0;
            } else if (is_choice) {
                fits = value == -1.0 || value == 0.0 || value == 1.0;
            } else if (is_feedback) {
                fits = value == -1.0 || value == 1.0 || value == 0.0;
                if (value == 0.0) ++odd;
            } else if (column.kind == TrialColumnKind::boolean) {
                fits = value == 0.0 || value == 1.0;
            } else if (column.kind == TrialColumnKind::integer) {
                fits = value == std::trunc(value) && value >= 0.0 && value <= 2147483647.0;
            } else if (column.values == &ChoiceTrials::reward_volume_ul) {
                fits = value >= 0.0;
            }
            if (!fits) {
                if (outside++ == 0) example = value;
                value = nan;
            }
        }
        if (infinite > 0) {
            issue("NotFinite", candidate.dataset,
                  std::to_string(infinite) + " infinite values set to missing");
        }
        if (outside > 0) {
            issue("OutOfRange", candidate.dataset,
                  std::to_string(outside) + " impossible values set to missing, the first is " +
                      nlohmann::json(example).dump());
        }
        if (odd > 0) {
            issue("OddValue", candidate.dataset,
                  std::to_string(odd) + " trials with feedback 0, neither reward nor error");
        }
        session_.trials.*column.values = std::move(values);
    }

    void fill_signed_contrast() {
        auto& trials = session_.trials;
        const bool has_left = !trials.contrast_left.empty();
        const bool has_right = !trials.contrast_right.empty();
        if (!has_left && !has_right) return;
        trials.signed_contrast.resize(trials.count);
        std::size_t neither = 0;
        std::size_t both = 0;
        for (std::size_t i = 0; i < trials.count; ++i) {
            const double left = has_left ? trials.contrast_left[i] : nan;
            const double right = has_right ? trials.contrast_right[i] : nan;
            if (std::isnan(left) && std::isnan(right)) {
                trials.signed_contrast[i] = nan;
                ++neither;
                continue;
            }
            if (!std::isnan(left) && !std::isnan(right)) ++both;
            // Adding zero turns the -0 of an absent right side into 0.
            trials.signed_contrast[i] =
                (std::isnan(right) ? 0.0 : right) - (std::isnan(left) ? 0.0 : left) + 0.0;
        }
        if (neither > 0) {
            issue("ContrastSides", "trials.contrastLeft",
                  std::to_string(neither) + " trials have a contrast on neither side");
        }
        if (both > 0) {
            issue("ContrastSides", "trials.contrastLeft",
                  std::to_string(both) + " trials have a contrast on both sides");
        }
    }

    void check_start_times() {
        const auto& start = session_.trials.start_s;
        double last = -std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < start.size(); ++i) {
            if (std::isnan(start[i])) continue;
            if (start[i] < last) {
                issue("NotAscending", "trials.intervals",
                      "trial " + std::to_string(i + 1) + " starts before the one before it");
                return;
            }
            last = start[i];
        }
    }

    /// The dataset object.attribute as .npy: of collection alf first, then the trials' like, the
    /// root, any.
    const Dataset* find_array(std::string_view object, std::string_view attribute) const {
        const Dataset* best = nullptr;
        int best_rank = 0;
        for (const auto& dataset : wanted_) {
            const auto& file = dataset.parts.file;
            if (file.object != object || file.attribute != attribute || file.extension != "npy" ||
                !is_plain_dataset(dataset.parts)) {
                continue;
            }
            const auto& collection = dataset.parts.collection;
            const int rank = collection == "alf"           ? 4
                             : collection == "alf/task_00" ? 3
                             : collection.empty()          ? 2
                                                           : 1;
            if (rank > best_rank) {
                best = &dataset;
                best_rank = rank;
            }
        }
        return best;
    }

    std::optional<formats::NpyArray> read_array(const Dataset* dataset) {
        if (dataset == nullptr) return std::nullopt;
        const auto& path = source_.members[dataset->member].path;
        try {
            return formats::parse_npy(bytes_of(dataset->member), path);
        } catch (const Error& error) {
            issue("UnreadableDataset", path, error.what());
            return std::nullopt;
        }
    }

    void read_wheel() {
        const auto* position_file = find_array("wheel", "position");
        const auto* timestamps_file = find_array("wheel", "timestamps");
        if (position_file == nullptr && timestamps_file == nullptr) return;
        if (position_file == nullptr || timestamps_file == nullptr) {
            issue("MissingDataset", position_file ? "wheel.timestamps" : "wheel.position",
                  "the session has no such dataset though it has its partner");
            return;
        }
        const auto position_array = read_array(position_file);
        const auto timestamps_array = read_array(timestamps_file);
        if (!position_array || !timestamps_array) return;
        try {
            const auto position = position_array->as_doubles();
            auto times = timestamps_array->as_doubles();
            const auto& shape = timestamps_array->shape;
            WheelSummary wheel;
            wheel.timestamps_are_anchors = shape.size() == 2 && shape[1] == 2;
            if (wheel.timestamps_are_anchors) times = expand_timestamps(times, position.size());
            if (times.size() != position.size()) {
                issue("LengthMismatch", "wheel.timestamps",
                      std::to_string(times.size()) + " times for " +
                          std::to_string(position.size()) + " positions; the wheel was left out");
                return;
            }
            if (position.empty()) return;
            wheel.samples = static_cast<std::int64_t>(position.size());
            wheel.first_s = times.front();
            wheel.last_s = times.back();
            wheel.first_position = position.front();
            wheel.last_position = position.back();
            std::vector<double> steps;
            steps.reserve(times.size());
            bool ascends = true;
            for (std::size_t i = 1; i < times.size(); ++i) {
                const double step = times[i] - times[i - 1];
                if (!(step >= 0.0)) ascends = false;
                if (!std::isnan(step)) steps.push_back(step);
                const double moved = std::abs(position[i] - position[i - 1]);
                if (!std::isnan(moved)) wheel.travelled += moved;
            }
            wheel.sampling_hz = nan;
            if (!steps.empty()) {
                const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
                std::nth_element(steps.begin(), middle, steps.end());
                double median = *middle;
                if (steps.size() % 2 == 0)
                    median = (median + *std::max_element(steps.begin(), middle)) / 2;
                if (median > 0.0) wheel.sampling_hz = 1.0 / median;
            }
            if (!ascends) {
                issue("NotAscending", "wheel.timestamps",
                      "the times of the wheel step back or are missing");
            }
            wheel.position_file = source_.members[position_file->member].path;
            wheel.timestamps_file = source_.members[timestamps_file->member].path;
            mark_used(position_file->member);
            mark_used(timestamps_file->member);
            if (options_.keep_every_wheel || has_photometry()) {
                wheel.time_s = std::move(times);
                wheel.position = position;
            }
            session_.wheel = std::move(wheel);
        } catch (const Error& error) {
            issue("UnreadableDataset", "wheel.position", error.what());
        }
    }

    [[nodiscard]] bool has_photometry() const {
        return std::ranges::any_of(source_.members, [](const SessionMember& member) {
            const auto role = photometry::role_of(member.path);
            return role == photometry::Role::signal || role == photometry::Role::raw_frames;
        });
    }

    /// The tasks that the description lists, as the IBL joins them, where the task's own settings
    /// are not there.
    void take_protocol(std::span<const std::byte> description, std::size_t member) {
        if (session_.task_protocol) return;
        std::string protocols;
        for (const auto& name : photometry::task_protocols(formats::as_text(description)))
            protocols += (protocols.empty() ? "" : "/") + name;
        if (protocols.empty()) return;
        session_.task_protocol = protocols;
        mark_used(member);
    }

    /// When the task's controller sends pulses, as far as the trials tell: at their starts, and
    /// with rewards.
    [[nodiscard]] photometry::ControllerTimes controller_times() const {
        const auto& trials = session_.trials;
        photometry::ControllerTimes times;
        times.trial_start_s = trials.start_s;
        for (std::size_t i = 0; i < std::min(trials.feedback_s.size(), trials.feedback_type.size());
             ++i) {
            if (trials.feedback_type[i] > 0.0) times.reward_s.push_back(trials.feedback_s[i]);
        }
        return times;
    }

    /// Photometry that cannot be used is an error of its own: trials are loaded all the same.
    void read_photometry() {
        std::vector<photometry::PhotometryFile> files;
        std::vector<std::size_t> members;
        for (std::size_t i = 0; i < source_.members.size(); ++i) {
            const auto& path = source_.members[i].path;
            const auto role = photometry::role_of(path);
            if (role == photometry::Role::none) continue;
            try {
                files.push_back({role, path, bytes_of(i)});
                members.push_back(i);
                if (role == photometry::Role::description) take_protocol(files.back().bytes, i);
            } catch (const Error& error) {
                issue("UnreadableDataset", path, error.what());
            }
        }
        if (files.empty()) return;
        try {
            const auto controller = controller_times();
            auto reading = photometry::read_session_photometry(
                files, session_.trials.count > 0 ? &controller : nullptr);
            for (auto& note : reading.notes) {
                // Without an extracted signal that trials can be compared with: spec, 4.6.
                if (note.type == "NotAligned" && session_.trials.count > 0) {
                    session_.part_errors.push_back(
                        {"MissingExtractedData", note.message,
                         "Expected alf/photometry/photometry.signal.pqt.", source_.origin});
                }
                issue(std::move(note.type), std::move(note.path), std::move(note.message));
            }
            if (!reading.session) return;
            session_.photometry = std::move(reading.session);
            for (const auto member : members) mark_used(member);
        } catch (const Error& error) {
            session_.part_errors.push_back({error.type().empty() ? "InvalidData" : error.type(),
                                            error.what(), error.hint(), source_.origin});
        }
    }

    void read_wheel_moves() {
        const auto* intervals_file = find_array("wheelMoves", "intervals");
        const auto intervals = read_array(intervals_file);
        if (!intervals) return;
        try {
            if (intervals->shape.size() != 2 || intervals->shape[1] != 2) {
                issue("UnreadableDataset", "wheelMoves.intervals",
                      "the array is not of shape (moves, 2)");
                return;
            }
            WheelMoves moves;
            moves.onset_s = intervals->column_as_doubles(0);
            moves.offset_s = intervals->column_as_doubles(1);
            mark_used(intervals_file->member);
            const auto* amplitude_file = find_array("wheelMoves", "peakAmplitude");
            if (const auto amplitude = read_array(amplitude_file)) {
                auto values = amplitude->as_doubles();
                if (values.size() == moves.onset_s.size()) {
                    moves.peak_amplitude = std::move(values);
                    mark_used(amplitude_file->member);
                } else {
                    issue("LengthMismatch", "wheelMoves.peakAmplitude",
                          std::to_string(values.size()) + " values for " +
                              std::to_string(moves.onset_s.size()) + " movements; left out");
                }
            }
            session_.wheel_moves = std::move(moves);
        } catch (const Error& error) {
            issue("UnreadableDataset", "wheelMoves.intervals", error.what());
        }
    }

    void read_licks() {
        const auto* file = find_array("licks", "times");
        const auto licks = read_array(file);
        if (!licks) return;
        try {
            session_.lick_s = licks->as_doubles();
            const auto missing =
                std::erase_if(session_.lick_s, [](double time) { return !std::isfinite(time); });
            if (missing > 0) {
                issue("NotFinite", "licks.times",
                      std::to_string(missing) + " licks without a time left out");
            }
            mark_used(file->member);
        } catch (const Error& error) {
            issue("UnreadableDataset", "licks.times", error.what());
        }
    }

    void read_settings();

    const SessionSource& source_;
    const ReadOptions& options_;
    ChoiceSession session_;
    std::vector<std::vector<std::byte>> disk_bytes_;  ///< of the members that are wanted
    std::vector<Dataset> wanted_;
};

/// Python writes NaN and Infinity as bare words, which JSON does not know: they become null.
std::string without_bare_words(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            out += c;
            if (c == '\\' && i + 1 < text.size()) out += text[++i];
            if (c == '"') in_string = false;
            continue;
        }
        bool is_word = false;
        for (const std::string_view word : {"NaN", "-Infinity", "Infinity"}) {
            if (text.substr(i).starts_with(word)) {
                out += "null";
                i += word.size() - 1;
                is_word = true;
                break;
            }
        }
        if (is_word) continue;
        if (c == '"') in_string = true;
        out += c;
    }
    return out;
}

using nlohmann::json;

std::optional<std::string> text_of(const json& object, std::initializer_list<const char*> keys) {
    for (const char* key : keys) {
        const auto found = object.find(key);
        if (found == object.end()) continue;
        if (found->is_string() && !found->get_ref<const std::string&>().empty()) {
            return found->get<std::string>();
        }
        if (found->is_array() && !found->empty() && found->front().is_string()) {
            return found->front().get<std::string>();  // PYBPOD_CREATOR: [name, uuid]
        }
    }
    return std::nullopt;
}

std::optional<double> number_of(const json& object, std::initializer_list<const char*> keys) {
    for (const char* key : keys) {
        const auto found = object.find(key);
        if (found != object.end() && found->is_number()) return found->get<double>();
    }
    return std::nullopt;
}

/// yyyy-mm-ddThh:mm:ss[.f]; the old rigs' free forms are not times that SQL would understand.
bool is_iso_time(std::string_view text) {
    return text.size() >= 19 && is_real_date(text.substr(0, 10)) &&
           (text[10] == 'T' || text[10] == ' ') && text[13] == ':' && text[16] == ':';
}

void SessionReader::read_settings() {
    const Dataset* file = nullptr;
    for (const auto& dataset : wanted_) {
        if (!is_task_settings(dataset.parts)) continue;
        if (file == nullptr || dataset.parts.collection < file->parts.collection) file = &dataset;
    }
    if (file == nullptr) return;
    const auto& path = source_.members[file->member].path;
    json settings;
    try {
        const auto& bytes = bytes_of(file->member);
        settings = json::parse(without_bare_words(
            std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())));
        if (!settings.is_object()) {
            issue("UnreadableDataset", path, "the task settings are not a JSON object");
            return;
        }
    } catch (const json::exception& error) {
        issue("UnreadableDataset", path,
              std::string("the task settings are not JSON: ") + error.what());
        return;
    } catch (const Error& error) {
        issue("UnreadableDataset", path, error.what());
        return;
    }
    mark_used(file->member);
    session_.rig_version = text_of(settings, {"IBLRIG_VERSION", "IBLRIG_VERSION_TAG"});
    if (const auto protocol = text_of(settings, {"PYBPOD_PROTOCOL"})) {
        session_.task_protocol = *protocol + session_.rig_version.value_or("");
    }
    session_.rig_name = text_of(settings, {"RIG_NAME", "PYBPOD_BOARD"});
    session_.user = text_of(settings, {"ALYX_USER", "PYBPOD_CREATOR"});
    session_.session_delay_s =
        number_of(settings, {"SESSION_START_DELAY_SEC", "SESSION_DELAY_START"});
    auto start = text_of(settings, {"SESSION_DATETIME", "SESSION_START_TIME"});
    if (start && is_iso_time(*start)) {
        session_.start_time = start;
    } else if (start) {
        issue("OutOfRange", path, "the start time '" + *start + "' is not an ISO 8601 time");
    }
    if (auto end = text_of(settings, {"SESSION_END_TIME"}); end && is_iso_time(*end)) {
        session_.end_time = end;
    }
    const auto weight = number_of(settings, {"SUBJECT_WEIGHT"});
    if (weight && *weight > 0.0) {
        session_.weighings.push_back({session_.start_time.value_or(session_.date), *weight});
    }
}

}  // namespace

bool is_wanted(std::string_view path) {
    if (photometry::role_of(path) != photometry::Role::none) return true;
    const auto parts = relative_path_parts(path);
    if (!parts) return false;
    const auto& file = parts->file;
    if (is_task_settings(*parts)) return true;
    if (!is_plain_dataset(*parts)) return false;
    if (file.object == "trials") {
        return is_trial_attribute(file.attribute) &&
               file.extension == (file.attribute == "table" ? "pqt" : "npy");
    }
    if (file.extension != "npy") return false;
    return (file.object == "wheel" &&
            (file.attribute == "position" || file.attribute == "timestamps")) ||
           (file.object == "wheelMoves" &&
            (file.attribute == "intervals" || file.attribute == "peakAmplitude")) ||
           (file.object == "licks" && file.attribute == "times");
}

ChoiceSession read_session(const SessionSource& source, const ReadOptions& options) {
    return SessionReader(source, options).run();
}

}  // namespace alf
}  // namespace tb
