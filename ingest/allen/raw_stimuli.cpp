#include "ingest/allen/raw_stimuli.hpp"

#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::allen {

namespace {

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return text;
}

SetEntry read_entry(const LogNode& entry) {
    const std::string attribute = lower_case(entry.at(0).text());
    SetEntry result;
    result.orientation_deg = nan;
    result.frame = entry.at(3).integer();
    if (attribute == "image") result.name = entry.at(1).text();
    if (attribute == "ori") {
        result.name = grating_name(entry.at(1));
        result.orientation_deg = entry.at(1).number();
    }
    return result;
}

StimulusLog read_stimulus(const LogNode& stimulus, const std::string& kind) {
    StimulusLog result;
    result.kind = kind;
    const LogNode set_log = stimulus.at("set_log");
    const std::size_t n = set_log.size();
    for (std::size_t i = 0; i < n; ++i) result.set_log.push_back(read_entry(set_log.at(i)));
    result.draw_log = stimulus.at("draw_log").numbers();
    result.flash_duration_s = nan;
    if (const auto interval = stimulus.find("flash_interval_sec"); interval && interval->size() > 0)
        result.flash_duration_s = interval->at(0).number();
    for (const char* key : {"image_set", "image_path"}) {
        if (!result.image_set_file.empty()) break;
        if (const auto file = stimulus.find(key)) result.image_set_file = file->text();
    }
    return result;
}

}  // namespace

std::vector<StimulusLog> read_stimuli(const LogNode& behavior) {
    const LogNode stimuli = behavior.at("stimuli");
    if (!stimuli.find("images") && !stimuli.find("grating")) {
        std::string kinds;
        if (stimuli.value().is_object()) {
            for (const auto& [kind, value] : stimuli.value().items())
                kinds += (kinds.empty() ? "" : ", ") + kind;
        }
        stimuli.fail(
            "StimulusKind",
            fmt::format("holds {}, expected images or grating", kinds.empty() ? "nothing" : kinds),
            "Logs of other stimuli (natural_scenes of early 2018) are not read.");
    }
    std::vector<StimulusLog> result;
    for (const auto& [kind, value] : stimuli.value().items()) {
        const auto stimulus = stimuli.find(kind);
        if (!stimulus) continue;
        const bool is_task = kind == "images" || kind == "grating";
        if (!is_task && (!stimulus->find("set_log") || !stimulus->find("draw_log"))) continue;
        result.push_back(read_stimulus(*stimulus, kind));
    }
    return result;
}

const StimulusLog& task_stimulus(const std::vector<StimulusLog>& stimuli) {
    const auto images = std::ranges::find(stimuli, "images", &StimulusLog::kind);
    if (images != stimuli.end()) return *images;
    return *std::ranges::find(stimuli, "grating", &StimulusLog::kind);
}

std::string grating_name(const LogNode& orientation) {
    const nlohmann::json& value = orientation.value();
    if (value.is_string()) return "gratings_" + value.get<std::string>();
    std::string number = fmt::format("{}", orientation.number());
    if (value.is_number_float() && number.find_first_of(".en") == std::string::npos) number += ".0";
    return "gratings_" + number;
}

std::string stimulus_set_name(const StimulusLog& stimulus) {
    if (stimulus.image_set_file.empty()) return "grating";
    const auto slash = stimulus.image_set_file.find_last_of("/\\");
    const std::string file = slash == std::string::npos ? stimulus.image_set_file
                                                        : stimulus.image_set_file.substr(slash + 1);
    return file.substr(0, file.find('.'));
}

}  // namespace tb::allen
