#include "compute/photometry/session_performance.hpp"

#include "compute/photometry/session_validation.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

namespace tb::compute::photometry {

namespace {

constexpr double same_probability = 1e-6;
constexpr std::size_t min_block_trials = 10;  // spec, 2

bool is_same(double a, double b) {
    return std::abs(a - b) <= same_probability;  // NaN is the same as nothing
}

bool is_block_session(std::string_view session_type) {
    return session_type == "biased" || session_type == "ephys";
}

/// Takes the values over and counts what changes.
void replace(BlockRepair& repair, std::vector<double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!is_same(values[i], repair.probability_left[i])) ++repair.n_changed;
    }
    repair.probability_left = std::move(values);
    repair.is_repaired = true;
}

std::optional<task::BlockPlan> plan_of(const FetchedRows& rows) {
    task::BlockPlan plan;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string& name = rows.texts("name")[i];
        const double value = rows.numbers("value")[i];
        if (name == "LEN_BLOCKS") {
            if (!(value >= 0.0 && value < 1e6)) return std::nullopt;
            plan.block_lengths.push_back(static_cast<std::size_t>(value));
        } else if (name == "POSITIONS") {
            plan.positions.push_back(value);
        } else {
            plan.block_probability_set.push_back(value);
        }
    }
    if (plan.block_lengths.empty() || plan.positions.empty()) return std::nullopt;
    return plan;
}

struct NamedType {
    std::string name;  ///< empty: the protocol names none
    bool is_inferred = false;
};

NamedType type_of(const FetchedRows& session, const task::Trials& trials) {
    const bool is_recorded = !session.empty() && !session.is_null("task_protocol", 0);
    if (!is_recorded && !trials.has_probability()) return {};
    if (!is_recorded) {
        return {
            .name = std::string(task::to_string(task::inferred_protocol(trials.probability_left))),
            .is_inferred = true};
    }
    const SessionType type = session_type_of(session.texts("task_protocol")[0], reference_rules());
    return {.name = type.type.value_or(""), .is_inferred = false};
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rows = inputs["trials"];
    if (const Finding few = check_n_trials(rows.size())) {
        throw Error(ErrorKind::data, few->message, {}, few->type);
    }
    task::Trials trials = task::trials_of(rows);
    const NamedType type = type_of(inputs["session"], trials);
    std::vector<MetadataError> errors;
    const std::array<EventTimes, 3> events = {
        EventTimes{"stimOn_times", rows.numbers("stim_on_s")},
        EventTimes{"firstMovement_times", rows.numbers("first_movement_s")},
        EventTimes{"feedback_times", rows.numbers("feedback_s")}};
    if (Finding incomplete = check_event_completeness(events)) errors.push_back(*incomplete);

    const task::SessionPerformance basic = task::session_performance(trials);
    const task::BlockStructure blocks = task::block_structure(trials.probability_left);
    BlockRepair repair = repair_blocks(trials.probability_left, type.name, plan_of(inputs["plan"]));
    errors.insert(errors.end(), repair.errors.begin(), repair.errors.end());
    trials.probability_left = std::move(repair.probability_left);
    const BlockFits fits = block_fits(trials, is_block_session(type.name));

    output.master()
        .set("session_type", type.name.empty() ? Value() : Value(type.name))
        .set("is_session_type_inferred", type.is_inferred)
        .set("n_trials", trials.size())
        .set("fraction_correct", basic.fraction_correct)
        .set("fraction_correct_easy", basic.fraction_correct_easy)
        .set("fraction_correct_nonzero", basic.fraction_correct_nonzero)
        .set("nogo_fraction", basic.nogo_fraction)
        .set("bias_shift_percent", fits.bias_shift_percent)
        .set("bias_shift_quality", fits.bias_shift_quality
                                       ? Value(std::string(to_string(*fits.bias_shift_quality)))
                                       : Value())
        .set("n_blocks", blocks.n_blocks)
        .set("min_block_length", blocks.min_block_length)
        .set("is_block_repaired", repair.is_repaired)
        .set("n_trials_repaired", repair.n_changed);
    for (const ContrastFraction& contrast : contrast_fractions(trials)) {
        output.part("performance_contrast")
            .set("contrast_percent", contrast.contrast_percent)
            .set("n_trials", contrast.n_trials)
            .set("n_responses", contrast.n_responses)
            .set("n_rewarded", contrast.n_rewarded)
            .set("fraction_correct", task::share(contrast.n_rewarded, contrast.n_responses));
    }
    for (const BlockFit& block : fits.blocks) {
        output.part("block_psychometric")
            .set("block", block.block)
            .set("prob_left", block.block / 100.0)
            .set("bias_percent", block.fit.bias())
            .set("threshold_percent", block.fit.threshold())
            .set("lapse_left", block.fit.lapse_high())
            .set("lapse_right", block.fit.lapse_low())
            .set("r_squared", block.fit.r_squared)
            .set("log_likelihood", block.fit.log_likelihood)
            .set("n_trials", block.n_trials)
            .set("fit_quality", std::string(to_string(block.quality)));
    }
    for (std::size_t i = 0; i < errors.size(); ++i) {
        output.part("session_performance_error")
            .set("error_no", i + 1)
            .set("error_type", errors[i].type)
            .set("message", errors[i].message);
    }
}

}  // namespace

BlockRepair repair_blocks(std::span<const double> probability_left, std::string_view session_type,
                          const std::optional<task::BlockPlan>& plan) {
    BlockRepair repair;
    repair.probability_left.assign(probability_left.begin(), probability_left.end());
    const auto bug = [&](std::string message) {
        repair.errors.push_back({"BlockStructureBug", std::move(message)});
    };
    if (session_type == "training") {
        const auto wrong =
            std::ranges::count_if(probability_left, [](double p) { return !is_same(p, 0.5); });
        if (wrong == 0) return repair;
        bug(
            fmt::format("{} of {} trials of a training session have a probability left other than "
                        "0.5",
                        wrong, probability_left.size()));
        replace(repair, std::vector<double>(probability_left.size(), 0.5));
        return repair;
    }
    if (!is_block_session(session_type)) return repair;
    const task::BlockStructure structure = task::block_structure(probability_left);
    if (!structure.is_flagged) return repair;
    if (!plan) {
        repair.errors.push_back({"MissingBlockInfo", "the session's record has no block lengths"});
        bug(fmt::format("the shortest block has {} trials, and there is no plan to compare with",
                        structure.min_block_length));
        return repair;
    }
    std::vector<double> planned =
        task::reconstruct_probability_left(*plan, probability_left.size());
    if (task::is_same_probability_left(probability_left, planned)) return repair;
    if (planned.size() < probability_left.size()) {
        bug(fmt::format("the plan covers {} of {} trials", planned.size(),
                        probability_left.size()));
        return repair;
    }
    bug("the probabilities left are not those of the plan");
    replace(repair, std::move(planned));
    return repair;
}

std::vector<ContrastFraction> contrast_fractions(const task::Trials& trials) {
    std::map<double, ContrastFraction> counts;
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        const double percent = 100.0 * std::abs(trials.contrast(trial));
        if (std::isnan(percent)) continue;
        ContrastFraction& count = counts[percent];
        count.contrast_percent = percent;
        ++count.n_trials;
        if (trials.choice[trial] == 0.0 || std::isnan(trials.feedback_type[trial])) continue;
        ++count.n_responses;
        if (trials.feedback_type[trial] == 1.0) ++count.n_rewarded;
    }
    std::vector<ContrastFraction> out;
    for (const auto& [percent, count] : counts) out.push_back(count);
    return out;
}

BlockFits block_fits(const task::Trials& trials, bool is_blocked) {
    const task::FitConfiguration configuration = task::fit_configuration("plotting");
    BlockFits fits;
    for (const int block : {50, 20, 80}) {
        const task::Trials of_block = trials.of_block(block / 100.0);
        if (block != 50 && (!is_blocked || of_block.size() < min_block_trials)) continue;
        BlockFit fitted{.block = block, .n_trials = of_block.size(), .fit = {}};
        if (of_block.empty()) {
            fitted.fit.parameters.assign(4, nan);
            fitted.fit.log_likelihood = nan;
            fitted.fit.r_squared = nan;
        } else {
            task::TrialsFit of_trials = task::fit_trials(of_block, configuration);
            fitted.fit = std::move(of_trials.fit);
            fitted.quality = of_trials.quality;
        }
        fits.blocks.push_back(std::move(fitted));
    }
    const auto of_20 = std::ranges::find(fits.blocks, 20, &BlockFit::block);
    const auto of_80 = std::ranges::find(fits.blocks, 80, &BlockFit::block);
    if (of_20 == fits.blocks.end() || of_80 == fits.blocks.end()) return fits;
    fits.bias_shift_percent = of_80->fit.bias() - of_20->fit.bias();
    fits.bias_shift_quality = worse_of(of_20->quality, of_80->quality);
    return fits;
}

ComputedTable session_performance_table() {
    return {.name = "photometry.session_performance",
            .code_version = 5,
            .fetches = {{"session", compute_sql_text("task/session_protocol.sql")},
                        {"trials", compute_sql_text("photometry/session_performance_trials.sql")},
                        {"plan", compute_sql_text("photometry/session_performance_plan.sql")}},
            .compute = compute};
}

}  // namespace tb::compute::photometry
