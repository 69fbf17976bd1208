// Raw files of rigs: only tb::Error may come out. The first byte chooses: trials, positions of the
// encoder, its events, or all three of a session, apart by a byte 1.
#include "ingest/formats/bytes.hpp"
#include "ingest/rig/encoder_files.hpp"
#include "ingest/rig/task_data.hpp"
#include "ingest/rig/trial_extraction.hpp"
#include "ingest/rig/wheel_extraction.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

namespace {

using namespace tb;

std::vector<rig::RigTrial> read_trials(std::string_view text) {
    auto trials = rig::parse_task_data(text, "fuzz.jsonable");
    if (trials.empty()) std::abort();
    for (const auto& version : {rig::oldest_rig, rig::RigVersion{5, 0, 0}, rig::newest_rig}) {
        try {
            const auto found = rig::extract_trials(
                trials, {.version = version, .has_older_stim_on = true, .disengaged_trial = 2.0});
            for (const auto* column : {&found.start_s, &found.stim_on_s, &found.stim_freeze_s,
                                       &found.feedback_s, &found.choice, &found.contrast_left,
                                       &found.rep_num, &found.included, &found.pause_s}) {
                if (column->size() != trials.size()) std::abort();
            }
            for (const double choice : found.choice)
                if (!std::isnan(choice) && std::abs(choice) > 1.0) std::abort();
        } catch (const Error&) {
            // A trial without feedback.
        }
    }
    (void)rig::task_totals(trials);
    return trials;
}

rig::EncoderPositions read_positions(std::string_view text) {
    auto found = rig::parse_encoder_positions(text, "fuzz.ssv");
    if (found.time_us.empty() || found.time_us.size() != found.count.size()) std::abort();
    if (!std::ranges::is_sorted(found.time_us)) std::abort();
    return found;
}

rig::EncoderEvents read_events(std::string_view text) {
    auto found = rig::parse_encoder_events(text, "fuzz.ssv");
    if (!std::ranges::is_sorted(found.closed_loop_us)) std::abort();
    return found;
}

void read_wheel(std::string_view text) {
    std::array<std::string_view, 3> parts;
    for (auto& part : parts) {
        const auto end = std::min(text.find('\1'), text.size());
        part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    const auto trials = read_trials(parts[0]);
    const auto wheel = rig::extract_wheel(read_positions(parts[1]), read_events(parts[2]), trials);
    if (wheel.time_s.empty() || wheel.time_s.size() != wheel.position.size()) std::abort();
    if (!std::ranges::is_sorted(wheel.time_s)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto text = formats::as_text(std::as_bytes(std::span(data + 1, size - 1)));
    try {
        switch (data[0] % 4) {
            case 0:
                (void)read_trials(text);
                break;
            case 1:
                (void)read_positions(text);
                break;
            case 2:
                (void)read_events(text);
                break;
            default:
                read_wheel(text);
        }
    } catch (const Error&) {
        // Damaged input.
    }
    return 0;
}
