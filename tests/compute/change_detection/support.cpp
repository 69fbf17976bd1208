#include "tests/compute/change_detection/support.hpp"

#include "ingest/formats/csv.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tb::compute::change_detection::testing {

ChangeTrials trials_from(const std::vector<HandTrial>& list) {
    ChangeTrials trials;
    for (const HandTrial& one : list) {
        const auto is = [&](Kind kind) { return one.kind == kind ? 1.0 : 0.0; };
        const double change_s = one.kind == Kind::aborted ? std::numeric_limits<double>::quiet_NaN()
                                                          : one.start_s + 4.0;
        trials.count += 1;
        trials.start_s.push_back(one.start_s);
        trials.stop_s.push_back(one.start_s + 8.0);
        trials.length_s.push_back(8.0);
        trials.change_time_s.push_back(change_s);
        trials.is_hit.push_back(is(Kind::hit));
        trials.is_miss.push_back(is(Kind::miss));
        trials.is_false_alarm.push_back(is(Kind::false_alarm));
        trials.is_correct_reject.push_back(is(Kind::correct_reject));
        trials.is_auto_rewarded.push_back(is(Kind::auto_rewarded));
        trials.is_aborted.push_back(is(Kind::aborted));
        trials.is_go.push_back(is(Kind::hit) + is(Kind::miss));
        trials.is_catch.push_back(is(Kind::false_alarm) + is(Kind::correct_reject));
        trials.reward_volume_ml.push_back(one.reward_ml);
        std::vector<double> licks;
        for (const double after_s : one.licks_after_change_s)
            licks.push_back(one.start_s + 4.0 + after_s);
        trials.lick_s.push_back(licks);
    }
    return trials;
}

std::vector<HandTrial> repeated(Kind kind, std::size_t n, double start_s,
                                const std::vector<double>& licks_after_change_s) {
    std::vector<HandTrial> list;
    for (std::size_t i = 0; i < n; ++i) {
        list.push_back({kind, start_s + 10.0 * static_cast<double>(i), licks_after_change_s,
                        kind == Kind::hit ? 0.007 : 0.0});
    }
    return list;
}

std::vector<double> numbers(const std::filesystem::path& file, const std::string& column) {
    const formats::Table table = formats::read_csv(file);
    const formats::Column* found = table.find(column);
    if (found == nullptr) {
        ADD_FAILURE() << file << " has no column " << column;
        return {};
    }
    return found->as_doubles();
}

RaggedNumbers lists(const std::filesystem::path& file, const std::string& column) {
    const formats::Table table = formats::read_csv(file, {.all_text = true});
    const formats::Column* found = table.find(column);
    RaggedNumbers result;
    if (found == nullptr) {
        ADD_FAILURE() << file << " has no column " << column;
        return result;
    }
    for (const std::string& cell : std::get<std::vector<std::string>>(found->values))
        result.push_back(nlohmann::json::parse(cell).get<std::vector<double>>());
    return result;
}

ChangeTrials read_trials(const std::filesystem::path& file) {
    ChangeTrials trials;
    trials.start_s = numbers(file, "start_time");
    trials.count = trials.start_s.size();
    trials.stop_s = numbers(file, "stop_time");
    trials.length_s = numbers(file, "trial_length");
    trials.change_time_s = numbers(file, "change_time");
    trials.is_go = numbers(file, "go");
    trials.is_catch = numbers(file, "catch");
    trials.is_auto_rewarded = numbers(file, "auto_rewarded");
    trials.is_aborted = numbers(file, "aborted");
    trials.is_hit = numbers(file, "hit");
    trials.is_miss = numbers(file, "miss");
    trials.is_false_alarm = numbers(file, "false_alarm");
    trials.is_correct_reject = numbers(file, "correct_reject");
    trials.reward_volume_ml = numbers(file, "reward_volume");
    trials.lick_s = lists(file, "lick_times");
    return trials;
}

ChangeRewards read_rewards(const std::filesystem::path& file) {
    return {numbers(file, "volume"), numbers(file, "timestamps"), numbers(file, "auto_rewarded")};
}

}  // namespace tb::compute::change_detection::testing
