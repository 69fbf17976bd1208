#include "tests/ingest/rig/support.hpp"

#include <cmath>
#include <vector>

namespace tb::rig::testing {

using nlohmann::json;

json trial_line(std::size_t index) {
    const auto number = static_cast<double>(index);
    const double start = 10.0 + 5.0 * number + 0.01 * std::sin(7.0 * number);
    const auto pair = [](double begin, double end) {
        return json::array({json::array({begin, end})});
    };
    const auto missing = json::array({json::array({NAN, NAN})});
    return {{"trial_num", index + 1},
            {"position", index % 2 == 0 ? 35 : -35},
            {"contrast", 0.25},
            {"stim_probability_left", 0.5},
            {"stim_phase", 1.5},
            {"quiescent_period", 0.5},
            {"reward_amount", 3.0},
            {"trial_correct", true},
            {"ntrials_correct", index + 1},
            {"water_delivered", 3.0 * static_cast<double>(index + 1)},
            {"behavior_data",
             {{"Bpod start timestamp", 10.0},
              {"Trial start timestamp", start},
              {"Trial end timestamp", start + 4.9},
              {"States timestamps",
               {{"trial_start", pair(0.0, 0.0001)},
                {"reset_rotary_encoder", pair(0.0001, 0.0002)},
                {"quiescent_period", pair(0.0002, 1.0)},
                {"stim_on", pair(1.0, 1.1)},
                {"play_tone", pair(1.1, 1.1001)},
                {"reset2_rotary_encoder", pair(1.1001, 1.1002)},
                {"closed_loop", pair(1.1002, 2.0)},
                {"freeze_reward", pair(2.0, 2.0001)},
                {"reward", pair(2.0001, 2.1)},
                {"correct", pair(2.1, 3.0)},
                {"hide_stim", pair(3.0, 3.1)},
                {"exit_state", pair(3.1, 3.6)},
                {"error", missing},
                {"freeze_error", missing},
                {"no_go", missing}}},
              {"Events timestamps",
               {{"Tup", {0.0001, 0.0002}},
                {"BNC1High", {1.05, 3.05}},
                {"BNC1Low", {2.05}},
                {"BNC2High", {1.11}},
                {"BNC2Low", {1.21}}}}}}};
}

std::string task_data(std::size_t trials,
                      const std::function<void(json& line, std::size_t index)>& change) {
    std::string text;
    for (std::size_t i = 0; i < trials; ++i) {
        auto line = trial_line(i);
        if (change) change(line, i);
        auto written = line.dump();
        // The library writes NaN as null, the rigs as a bare word.
        for (auto at = written.find("[null,null]"); at != std::string::npos;
             at = written.find("[null,null]", at))
            written.replace(at, 11, "[NaN, NaN]");
        text += written + "\n";
    }
    return text;
}

namespace {

double start_of(std::size_t trial) {
    return trial_line(trial).at("behavior_data").at("Trial start timestamp").get<double>() - 10.0;
}

std::string microseconds(double time_s, double offset_s) {
    return std::to_string(std::llround((time_s + offset_s) * 1e6));
}

}  // namespace

std::string encoder_events(std::size_t trials, double offset_s) {
    std::string text;
    // One more than there are trials: the reader leaves the last out.
    for (std::size_t i = 0; i <= trials; ++i) {
        text += microseconds(start_of(i) + 1.05, offset_s) + " 2 \n";
        text += microseconds(start_of(i) + 1.1002, offset_s) + " 3 \n";
        text += microseconds(start_of(i) + 2.0, offset_s) + " 1 \n";
    }
    return text;
}

std::string encoder_positions(std::size_t trials, double offset_s) {
    std::string text;
    for (std::size_t i = 0; i < trials; ++i) {
        text += microseconds(start_of(i) + 0.0002, offset_s) + " 0 \n";
        text += microseconds(start_of(i) + 1.1002, offset_s) + " 0 \n";
        for (int step = 1; step <= 60; ++step) {
            text += microseconds(start_of(i) + 1.5 + step * 0.5 / 60.0, offset_s) + " " +
                    std::to_string(step) + " \n";
        }
    }
    return text;
}

}  // namespace tb::rig::testing
