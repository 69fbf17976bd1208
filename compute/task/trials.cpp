#include "compute/task/trials.hpp"

#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace tb::compute::task {

namespace {

constexpr std::array<std::vector<double> Trials::*, 7> all_columns = {
    &Trials::signed_contrast,  &Trials::choice,    &Trials::feedback_type,
    &Trials::probability_left, &Trials::stim_on_s, &Trials::go_cue_trigger_s,
    &Trials::response_s};

constexpr std::array<const char*, 7> column_names = {
    "signed_contrast", "choice",           "feedback_type", "probability_left",
    "stim_on_s",       "go_cue_trigger_s", "response_s"};

constexpr double probability_tolerance = 1e-6;

bool is_probability(double value, double wanted) {
    return std::abs(value - wanted) < probability_tolerance;
}

}  // namespace

namespace {

bool has_value(const std::vector<double>& values) {
    return !std::ranges::all_of(values, [](double value) { return std::isnan(value); });
}

}  // namespace

bool Trials::has_contrast() const {
    return has_value(signed_contrast);
}

bool Trials::has_feedback() const {
    return has_value(feedback_type);
}

bool Trials::has_probability() const {
    return has_value(probability_left);
}

std::size_t Trials::n_without_contrast() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(signed_contrast, [](double value) { return std::isnan(value); }));
}

double Trials::contrast(std::size_t trial) const {
    const double value = signed_contrast[trial];
    return value == 0.0 ? 0.0 : value;
}

void Trials::append(const Trials& more) {
    for (const auto column : all_columns) {
        (this->*column).insert((this->*column).end(), (more.*column).begin(), (more.*column).end());
    }
}

Trials Trials::where(const std::function<bool(std::size_t)>& keep) const {
    Trials kept;
    for (std::size_t trial = 0; trial < size(); ++trial) {
        if (!keep(trial)) continue;
        for (const auto column : all_columns) (kept.*column).push_back((this->*column)[trial]);
    }
    return kept;
}

Trials Trials::of_block(double probability) const {
    return where(
        [&](std::size_t trial) { return is_probability(probability_left[trial], probability); });
}

Trials trials_of(const FetchedRows& rows, std::size_t begin, std::size_t end) {
    Trials trials;
    for (std::size_t i = 0; i < all_columns.size(); ++i) {
        std::vector<double>& values = trials.*all_columns[i];
        if (rows.has(column_names[i])) {
            const auto fetched = rows.numbers(column_names[i]).subspan(begin, end - begin);
            values.assign(fetched.begin(), fetched.end());
        } else {
            values.assign(end - begin, nan);
        }
    }
    return trials;
}

Trials trials_of(const FetchedRows& rows) {
    return trials_of(rows, 0, rows.size());
}

double signed_contrast(double contrast_left, double contrast_right) {
    if (std::isnan(contrast_left) && std::isnan(contrast_right)) return nan;
    const double value = (std::isnan(contrast_right) ? 0.0 : contrast_right) -
                         (std::isnan(contrast_left) ? 0.0 : contrast_left);
    return value == 0.0 ? 0.0 : value;
}

double median(std::vector<double> values) {
    std::erase_if(values, [](double value) { return std::isnan(value); });
    if (values.empty()) return nan;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    return (*std::max_element(values.begin(), middle) + *middle) / 2.0;
}

double share(std::size_t part, std::size_t whole) {
    return whole == 0 ? nan : static_cast<double>(part) / static_cast<double>(whole);
}

std::string_view to_string(Protocol protocol) noexcept {
    switch (protocol) {
        case Protocol::habituation:
            return "habituation";
        case Protocol::training:
            return "training";
        case Protocol::biased:
            return "biased";
        case Protocol::ephys:
            return "ephys";
    }
    return "training";
}

std::optional<Protocol> protocol_of(std::string_view task_protocol) {
    // Biased before ephys: biasedChoiceWorld run on an ephys rig is biased.
    for (const Protocol protocol :
         {Protocol::habituation, Protocol::training, Protocol::biased, Protocol::ephys}) {
        if (task_protocol.find(to_string(protocol)) != std::string_view::npos) return protocol;
    }
    return std::nullopt;
}

Protocol inferred_protocol(std::span<const double> probability_left) {
    constexpr std::size_t shortest_run = 10;
    bool is_blocked = false;
    std::size_t run = 0;
    double previous = nan;
    for (const double probability : probability_left) {
        if (std::isnan(probability)) continue;
        const bool is_side_block =
            is_probability(probability, 0.2) || is_probability(probability, 0.8);
        if (!is_side_block && !is_probability(probability, 0.5)) return Protocol::training;
        is_blocked = is_blocked || is_side_block;
        if (run > 0 && !is_probability(probability, previous)) {
            if (run < shortest_run) return Protocol::training;
            run = 0;
        }
        previous = probability;
        ++run;
    }
    return is_blocked ? Protocol::biased : Protocol::training;
}

}  // namespace tb::compute::task
