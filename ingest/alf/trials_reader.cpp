#include "ingest/alf/trials_reader.hpp"

#include "ingest/alf/member.hpp"
#include "ingest/alf/trial_values.hpp"
#include "ingest/formats/parquet.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::alf {
namespace {

/// Trial datasets without which a session is remarked upon (spec/ibl_behavior.md, 1.6).
constexpr std::array expected_datasets{"intervals",      "stimOn_times",  "response_times",
                                       "feedback_times", "choice",        "feedbackType",
                                       "contrastLeft",   "contrastRight", "probabilityLeft"};

const TrialColumnInfo* column_named(std::string_view attribute) {
    const auto columns = trial_columns();
    const auto found = std::ranges::find_if(columns, [&](const auto& column) {
        return *column.dataset != '\0' && attribute == column.dataset;
    });
    return found == columns.end() ? nullptr : &*found;
}

/// What pandas wrote about its columns: name to type ("timedelta64[ns]"); empty without it.
std::map<std::string, std::string> pandas_types(
    const std::map<std::string, std::string>& metadata) {
    std::map<std::string, std::string> types;
    const auto found = metadata.find("pandas");
    if (found == metadata.end()) return types;
    const auto parsed = nlohmann::json::parse(found->second, nullptr, false);
    if (!parsed.is_object() || !parsed.contains("columns") || !parsed["columns"].is_array())
        return types;
    for (const auto& column : parsed["columns"]) {
        if (!column.is_object()) continue;
        const auto name = column.find("name");
        const auto type = column.find("numpy_type");
        if (name != column.end() && type != column.end() && name->is_string() && type->is_string())
            types[name->get<std::string>()] = type->get<std::string>();
    }
    return types;
}

/// The trials of one collection.
class PartReader {
  public:
    PartReader(SessionFiles& files, std::string collection, std::string prefix)
        : files_(files), collection_(std::move(collection)), prefix_(std::move(prefix)) {}

    /// Trials with a usable choice, else none.
    ChoiceTrials read() {
        // The table first: where an array is stored twice, the newer form counts.
        for (const bool tables : {true, false}) {
            for (const auto& dataset : files_.wanted()) {
                const auto& file = dataset.parts.file;
                if (file.object != "trials" || dataset.parts.collection != collection_ ||
                    !is_plain_dataset(dataset.parts) || (file.attribute == "table") != tables) {
                    continue;
                }
                read_dataset(dataset, tables);
            }
        }
        ChoiceTrials trials;
        trials.count = count_trials();
        if (trials.count == 0) return {};
        for (const auto& column : trial_columns()) {
            const auto found = found_.find(column.dataset);
            if (found != found_.end()) take_column(trials, column, std::move(found->second));
        }
        for (const char* dataset : expected_datasets) {
            const bool is_pair = std::string_view(dataset) == "intervals";
            if (!found_.contains(is_pair ? "intervals_0" : dataset) &&
                !unreadable_.contains(dataset))
                files_.issue("MissingDataset", prefix_ + dataset,
                             "the session has no such dataset");
        }
        if (trials.choice.empty()) {
            // What is known without choices: how much water was given.
            reward_ul_ = std::move(trials.reward_volume_ul);
            return {};
        }
        add_signed_contrast(trials);
        check_start_times(trials);
        return trials;
    }

    [[nodiscard]] const std::vector<double>& rewards_without_trials() const { return reward_ul_; }

  private:
    struct Candidate {
        NumberColumn numbers;
        std::string dataset;
    };

    void add(const std::string& attribute, NumberColumn numbers, std::string dataset,
             const std::string& path) {
        const auto [place, is_new] =
            found_.try_emplace(attribute, Candidate{std::move(numbers), std::move(dataset)});
        if (!is_new) {
            files_.issue("DuplicateDataset", place->second.dataset,
                         path + " holds it again; the one read first was taken");
        }
    }

    void read_dataset(const Dataset& dataset, bool is_table) {
        const auto before = found_.size();
        try {
            if (is_table) {
                read_table(dataset);
            } else {
                read_array(dataset);
            }
        } catch (const Error& error) {
            std::string message = error.what();
            const auto& path = files_.path_of(dataset);
            if (message.find(path) == std::string::npos) message.insert(0, path + ": ");
            unreadable_.insert(dataset.parts.file.attribute);
            files_.issue("UnreadableDataset", prefix_ + dataset.parts.file.attribute,
                         std::move(message));
        }
        if (found_.size() > before) files_.mark_used(dataset.member);
    }

    void read_table(const Dataset& dataset) {
        const auto& path = files_.path_of(dataset);
        const auto table =
            formats::parse_parquet(files_.bytes_of(dataset.member), path, {}, most_trials);
        const auto types = pandas_types(table.metadata);
        for (const auto& column : table.table.columns) {
            if (column_named(column.name) == nullptr) continue;
            try {
                const auto type = types.find(column.name);
                add(column.name,
                    column_of(column, type == types.end() ? std::string() : type->second),
                    prefix_ + column.name, path);
            } catch (const Error& error) {
                files_.issue("UnreadableDataset", prefix_ + column.name,
                             path + ": " + error.what());
            }
        }
    }

    void read_array(const Dataset& dataset) {
        const auto& path = files_.path_of(dataset);
        const auto& attribute = dataset.parts.file.attribute;
        const auto array = formats::parse_npy(files_.bytes_of(dataset.member), path);
        if (array.size() > 2 * most_trials) {
            throw Error(ErrorKind::data, path + ": " + std::to_string(array.size()) +
                                             " values, more than a session can have trials (" +
                                             std::to_string(most_trials) + ")");
        }
        if (attribute == "intervals") {
            auto pairs = pairs_of(array);
            add("intervals_0", std::move(pairs.first), prefix_ + attribute, path);
            add("intervals_1", std::move(pairs.second), prefix_ + attribute, path);
        } else {
            add(attribute, vector_of(array), prefix_ + attribute, path);
        }
    }

    /// How many trials there are: the rows of choice or feedbackType, whichever more of the other
    /// arrays share (choice when they tie or are alone), else the commonest length.
    std::size_t count_trials() const {
        std::map<std::size_t, std::size_t> lengths;
        for (const auto& [attribute, candidate] : found_)
            ++lengths[candidate.numbers.values.size()];
        const auto choice = found_.find("choice");
        const auto feedback = found_.find("feedbackType");
        if (choice != found_.end() && feedback != found_.end()) {
            const auto a = choice->second.numbers.values.size();
            const auto b = feedback->second.numbers.values.size();
            return lengths[a] >= lengths[b] ? a : b;
        }
        if (choice != found_.end()) return choice->second.numbers.values.size();
        if (feedback != found_.end()) return feedback->second.numbers.values.size();
        const auto commonest = std::ranges::max_element(
            lengths, [](const auto& a, const auto& b) { return a.second < b.second; });
        return commonest == lengths.end() ? 0 : commonest->first;
    }

    void take_column(ChoiceTrials& trials, const TrialColumnInfo& column, Candidate candidate) {
        auto& values = candidate.numbers.values;
        if (values.size() != trials.count) {
            // Both halves of intervals would say the same.
            if (std::string_view(column.dataset) != "intervals_1") {
                files_.issue("LengthMismatch", candidate.dataset,
                             std::to_string(values.size()) + " values for " +
                                 std::to_string(trials.count) + " trials; left out");
            }
            return;
        }
        if (values.size() > most_trials) {
            files_.issue("OutOfRange", candidate.dataset,
                         std::to_string(values.size()) + " trials, more than a session can have (" +
                             std::to_string(most_trials) + ")");
            return;
        }
        if (take_values(column, candidate.numbers, candidate.dataset, files_))
            trials.*column.values = std::move(values);
    }

    void add_signed_contrast(ChoiceTrials& trials) {
        const auto odd = fill_signed_contrast(trials);
        if (odd.neither > 0) {
            files_.issue("ContrastSides", prefix_ + "contrastLeft",
                         std::to_string(odd.neither) + " trials have a contrast on neither side");
        }
        if (odd.both > 0) {
            files_.issue("ContrastSides", prefix_ + "contrastLeft",
                         std::to_string(odd.both) + " trials have a contrast on both sides");
        }
    }

    void check_start_times(const ChoiceTrials& trials) {
        double last = -std::numeric_limits<double>::infinity();
        std::size_t back = 0;
        std::size_t first = 0;
        for (std::size_t i = 0; i < trials.start_s.size(); ++i) {
            if (std::isnan(trials.start_s[i])) continue;
            if (trials.start_s[i] < last && back++ == 0) first = i + 1;
            last = trials.start_s[i];
        }
        if (back == 0) return;
        files_.issue("NotAscending", prefix_ + "intervals",
                     std::to_string(back) +
                         " trials start before the one before them, the first is trial " +
                         std::to_string(first));
    }

    SessionFiles& files_;
    const std::string collection_;
    const std::string prefix_;  ///< of datasets in messages: "trials."
    std::map<std::string, Candidate> found_;
    std::set<std::string> unreadable_;  ///< attributes whose file is there
    std::vector<double> reward_ul_;
};

bool is_task_collection(std::string_view collection) {
    return collection.starts_with("alf/task_");
}

/// Collections with trials, in the order of names.
std::set<std::string> trial_collections(const SessionFiles& files) {
    std::set<std::string> collections;
    for (const auto& dataset : files.wanted()) {
        const auto& file = dataset.parts.file;
        if (file.object != "trials" || !is_plain_dataset(dataset.parts)) continue;
        if (file.attribute == "table" || file.attribute == "choice" ||
            file.attribute == "feedbackType" || file.attribute.starts_with("contrast")) {
            collections.insert(dataset.parts.collection);
        }
    }
    return collections;
}

/// The contents of a collection's files of trials, so that copies are known.
std::map<std::string, std::string> contents_of(SessionFiles& files, const std::string& collection) {
    std::map<std::string, std::string> contents;
    for (const auto& file : files.session().files) {
        if (file.collection == collection && file.dataset_type.starts_with("trials."))
            contents[file.name] = file.sha256;
    }
    return contents;
}

/// The collections to be read one after another; the others are remarked upon.
std::vector<std::string> chosen_collections(SessionFiles& files,
                                            const std::set<std::string>& collections) {
    std::vector<std::string> chosen;
    if (collections.contains("alf")) {
        chosen = {"alf"};
    } else if (std::ranges::any_of(collections, is_task_collection)) {
        for (const auto& collection : collections) {
            if (!is_task_collection(collection)) continue;
            const auto contents = contents_of(files, collection);
            if (std::ranges::none_of(chosen, [&](const std::string& other) {
                    return contents_of(files, other) == contents;
                })) {
                chosen.push_back(collection);
            }
        }
    } else if (collections.contains("")) {
        chosen = {""};
    } else if (!collections.empty()) {
        chosen = {*collections.begin()};
    }
    for (const auto& other : collections) {
        if (std::ranges::find(chosen, other) != chosen.end()) continue;
        files.issue("DuplicateDataset", other + "/trials",
                    "a second set of trials, not loaded; those of collection '" + chosen.front() +
                        "' were taken");
    }
    return chosen;
}

/// Appends a part's rows; a column that only one of the two has is missing in the other's rows.
void append(ChoiceTrials& to, ChoiceTrials&& part) {
    if (to.count == 0) {
        to = std::move(part);
        return;
    }
    for (const auto& column : trial_columns()) {
        auto& values = to.*column.values;
        auto& more = part.*column.values;
        if (values.empty() && more.empty()) continue;
        values.resize(to.count, nan);
        more.resize(part.count, nan);
        values.insert(values.end(), more.begin(), more.end());
    }
    to.count += part.count;
}

/// Times of trials, which move with the task's clock.
bool is_clock_time(const TrialColumnInfo& column) {
    const std::string_view dataset(column.dataset);
    return dataset.ends_with("_times") || dataset.starts_with("intervals_");
}

std::pair<double, double> time_range(const ChoiceTrials& trials, const TaskPart& part) {
    double first = std::numeric_limits<double>::infinity();
    double last = -first;
    for (const auto& column : trial_columns()) {
        const auto& values = trials.*column.values;
        if (values.empty() || !is_clock_time(column)) continue;
        for (std::size_t i = part.first_trial; i < part.first_trial + part.trials; ++i) {
            if (std::isnan(values[i])) continue;
            first = std::min(first, values[i]);
            last = std::max(last, values[i]);
        }
    }
    return {first, last};
}

}  // namespace

OddContrasts fill_signed_contrast(ChoiceTrials& trials) {
    OddContrasts odd;
    const bool has_left = !trials.contrast_left.empty();
    const bool has_right = !trials.contrast_right.empty();
    if (!has_left && !has_right) return odd;
    trials.signed_contrast.resize(trials.count);
    for (std::size_t i = 0; i < trials.count; ++i) {
        const double left = has_left ? trials.contrast_left[i] : nan;
        const double right = has_right ? trials.contrast_right[i] : nan;
        if (std::isnan(left) && std::isnan(right)) {
            trials.signed_contrast[i] = nan;
            ++odd.neither;
            continue;
        }
        if (!std::isnan(left) && !std::isnan(right)) ++odd.both;
        // Adding zero turns the -0 of an absent right side into 0.
        trials.signed_contrast[i] =
            (std::isnan(right) ? 0.0 : right) - (std::isnan(left) ? 0.0 : left) + 0.0;
    }
    return odd;
}

std::vector<TaskPart> read_trials(SessionFiles& files, const TaskOrder& order) {
    auto& session = files.session();
    auto collections = chosen_collections(files, trial_collections(files));
    std::ranges::sort(collections, [&](const std::string& one, const std::string& other) {
        return order.is_before(one, other);
    });
    std::vector<TaskPart> parts;
    for (const auto& collection : collections) {
        const std::string prefix =
            collections.size() > 1 ? collection + "/trials." : std::string("trials.");
        PartReader reader(files, collection, prefix);
        auto trials = reader.read();
        double water = 0.0;
        for (const double reward : reader.rewards_without_trials())
            water += std::isnan(reward) ? 0.0 : reward;
        if (water > 0.0) session.lone_rewards_ul = session.lone_rewards_ul.value_or(0.0) + water;
        if (trials.count == 0) {
            if (collections.size() > 1)
                files.issue("MissingDataset", prefix + "choice",
                            "the part has no usable choices; its trials were left out");
            continue;
        }
        parts.push_back({collection, session.trials.count, trials.count, 0.0});
        append(session.trials, std::move(trials));
    }
    if (session.trials.count > most_trials) {
        throw Error(ErrorKind::data, session.identifier() + ": " +
                                         std::to_string(session.trials.count) +
                                         " trials, more than a session can have (" +
                                         std::to_string(most_trials) + ")");
    }
    return parts;
}

void chain_parts(SessionFiles& files, std::vector<TaskPart>& parts,
                 const std::vector<double>& starts_s) {
    auto& trials = files.session().trials;
    double end = -std::numeric_limits<double>::infinity();
    for (std::size_t p = 0; p < parts.size(); ++p) {
        auto& part = parts[p];
        const auto [first, last] = time_range(trials, part);
        if (first > last) continue;  // no times at all
        std::string how;
        if (first < end) {
            const double apart = p < starts_s.size() ? starts_s[p] - starts_s[0] : nan;
            if (apart + first >= end) {  // false for NaN
                part.offset_s = apart;
                how = "as the settings' starts lie apart";
            } else {
                part.offset_s = end - std::min(first, 0.0);
                how = "to the end of the part before, as the settings do not tell their starts";
            }
            for (const auto& column : trial_columns()) {
                auto& values = trials.*column.values;
                if (values.empty() || !is_clock_time(column)) continue;
                for (std::size_t i = part.first_trial; i < part.first_trial + part.trials; ++i)
                    values[i] += part.offset_s;
            }
        }
        end = last + part.offset_s;
        if (p == 0) continue;
        std::string message = "trials " + std::to_string(part.first_trial + 1) + " to " +
                              std::to_string(part.first_trial + part.trials) +
                              " are those of collection " + part.collection;
        if (!how.empty()) {
            message += "; its clock starts anew: times moved by " +
                       nlohmann::json(part.offset_s).dump() + " s, " + how;
        }
        files.issue("SeveralTasks", part.collection + "/trials", std::move(message));
    }
}

void flag_missing_feedback(SessionFiles& files) {
    const auto& trials = files.session().trials;
    if (trials.feedback_s.empty()) return;
    std::size_t missing = 0;
    std::size_t unrewarded = 0;
    for (std::size_t i = 0; i < trials.count; ++i) {
        if (!std::isnan(trials.feedback_s[i])) continue;
        ++missing;
        if (!trials.feedback_type.empty() && trials.feedback_type[i] < 0.0) ++unrewarded;
    }
    if (missing == 0) return;
    files.issue(
        "MissingFeedback", "trials.feedback_times",
        fmt::format("{} of {} trials ({:.1f} %) have no time of feedback, {} of them "
                    "without reward; counts and reaction times do not need it",
                    missing, trials.count,
                    100.0 * static_cast<double>(missing) / static_cast<double>(trials.count),
                    unrewarded));
}

std::string reasons_of(const ChoiceSession& session) {
    std::string why;
    for (const auto& remark : session.issues) {
        const bool is_of_choice = remark.dataset.ends_with("trials.choice") &&
                                  (remark.type == "OutOfRange" || remark.type == "LengthMismatch");
        const bool is_missing =
            remark.dataset.ends_with("trials.choice") && remark.type == "MissingDataset";
        if (remark.type == "UnreadableDataset" || is_of_choice) {
            why += "; " + remark.dataset + ": " + remark.message;
        } else if (is_missing && why.empty()) {
            why += "; " + remark.dataset + ": " + remark.message;
        }
    }
    return why;
}

}  // namespace tb::alf
