#include "ingest/simulated/change_imaging.hpp"

#include "ingest/simulated/random.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace tb::simulated {
namespace {

enum ImagingStream : std::uint64_t { cell_stream = 41, trace_stream = 42 };

constexpr double single_plane_hz = 31.0;  // CAM2P rigs
constexpr double several_planes_hz = 11.0;
constexpr double decay_s = 0.5;
constexpr double spontaneous_hz = 0.08;
constexpr double answers = 0.7;  ///< probability that a cell answers to an event at all
constexpr double noise = 0.05;   // dF/F
constexpr double baseline = 800.0;
constexpr double neuropil_level = 200.0;
constexpr double neuropil_ratio = 0.6;

/// A cell over all days.
struct Cell {
    double change = 0.0;  ///< dF/F of an answer to a change
    double omission = 0.0;
    std::int64_t x = 0, y = 0;
};

Cell make_cell(Random random, double omission_gain) {
    constexpr auto places = field_of_view - roi_pixels;
    Cell cell;
    cell.change = random.chance(0.7) ? random.lognormal(0.4, 0.4) : 0.0;
    cell.omission = random.chance(0.5) ? omission_gain * random.lognormal(0.2, 0.4) : 0.0;
    cell.x = static_cast<std::int64_t>(random.below(places));
    cell.y = static_cast<std::int64_t>(random.below(places));
    return cell;
}

/// To a binary fraction: as exact as a microscope, and small in a compressed file.
double rounded(double value) {
    constexpr double steps = 16'384.0;
    return std::round(value * steps) / steps;
}

/// First imaging frames after the times [s]; times beyond the last frame are left out.
std::vector<std::size_t> frames_after(const std::vector<double>& times, double hz,
                                      std::size_t n_frames) {
    std::vector<std::size_t> frames;
    for (const double time : times) {
        const auto frame = static_cast<std::size_t>(std::ceil(time * hz));
        if (frame < n_frames) frames.push_back(frame);
    }
    return frames;
}

}  // namespace

std::int64_t ophys_session_id(const ChangeDay& day) {
    return day.behavior_session_id * 10 + 9;  // below it are experiments, a plane each
}

ImagingPlane imaging_plane(const ChangeMouse& mouse, std::uint64_t mouse_number,
                           std::size_t plane) {
    const bool is_several = mouse.project_code == "VisualBehaviorMultiscope";
    ImagingPlane made;
    made.ophys_container_id = mouse.id_block * 10'000'000 + 700'000'000 +
                              static_cast<std::int64_t>(mouse_number * 10 + plane);
    made.targeted_structure = plane == 0 ? "VISp" : "VISl";
    made.imaging_depth_um = 175;
    made.frame_hz = is_several ? several_planes_hz : single_plane_hz;
    if (is_several) {
        made.group = 0;
        made.group_count = 2;
    }
    return made;
}

ImagingExperiment make_imaging(const ChangeOptions& options, const ChangeMouse& mouse,
                               std::uint64_t mouse_number, const ChangeDay& day,
                               const ChangeRecording& recording, std::size_t plane) {
    ImagingExperiment made;
    made.ophys_experiment_id = day.experiments[plane];
    made.ophys_session_id = ophys_session_id(day);
    made.plane = imaging_plane(mouse, mouse_number, plane);
    const double hz = made.plane.frame_hz;
    const auto n_frames = static_cast<std::size_t>(recording.stimulus_frame_time_s.back() * hz);
    const auto n_cells = static_cast<std::size_t>(options.cells);
    for (std::size_t i = 0; i < n_frames; ++i) made.time_s.push_back(static_cast<double>(i) / hz);

    std::vector<double> change_s, omission_s;
    const auto& trials = recording.trials;
    for (std::size_t i = 0; i < trials.count; ++i)
        if (trials.is_change[i] == 1.0) change_s.push_back(trials.change_time_s[i]);
    const auto& shown = recording.presentations;
    for (std::size_t i = 0; i < shown.count; ++i)
        if (shown.is_omitted[i] == 1.0) omission_s.push_back(shown.start_s[i]);
    const auto change_frames = frames_after(change_s, hz, n_frames);
    const auto omission_frames = frames_after(omission_s, hz, n_frames);

    Random random{options.seed, trace_stream, mouse_number,
                  static_cast<std::uint64_t>(day.training_day), plane};
    made.events.assign(n_frames * n_cells, 0.0);
    for (auto* trace : {&made.dff, &made.neuropil, &made.demixed, &made.corrected})
        trace->resize(n_frames * n_cells);
    const double kept = std::exp(-1.0 / (decay_s * hz));
    for (std::size_t c = 0; c < n_cells; ++c) {
        const auto cell = make_cell(Random{options.seed, cell_stream, mouse_number, plane, c},
                                    mouse.omission_gain);
        const auto number = static_cast<std::int64_t>(c);
        made.cell_roi_id.push_back(made.ophys_experiment_id * 1000 + number);
        // Every fifth ROI is none; the last one was not found on other days.
        made.is_valid.push_back(c % 5 != 4);
        made.cell_specimen_id.push_back(
            c + 1 == n_cells && n_cells > 1 ? -1 : made.plane.ophys_container_id * 1000 + number);
        made.x.push_back(cell.x);
        made.y.push_back(cell.y);
        made.truth.push_back({made.cell_roi_id.back(), made.cell_specimen_id.back(),
                              made.ophys_experiment_id, answers * cell.change,
                              answers * cell.omission});
        const auto answer = [&](std::span<const std::size_t> frames, double size) {
            for (const auto frame : frames)
                if (random.chance(answers))
                    made.events[frame * n_cells + c] += size * random.uniform(0.8, 1.2);
        };
        answer(change_frames, cell.change);
        answer(omission_frames, cell.omission);
        double calcium = 0.0;
        for (std::size_t i = 0; i < n_frames; ++i) {
            const auto at = i * n_cells + c;
            if (random.chance(spontaneous_hz / hz))
                made.events[at] += std::abs(0.3 + 0.1 * random.normal());
            made.events[at] = rounded(made.events[at]);
            calcium = calcium * kept + made.events[at];
            made.dff[at] = rounded(calcium + noise * random.normal());
            made.neuropil[at] = rounded(neuropil_level + 4.0 * random.normal());
            made.corrected[at] = rounded(baseline * (1.0 + made.dff[at]));
            made.demixed[at] = rounded(made.corrected[at] + neuropil_ratio * made.neuropil[at]);
        }
        made.r.push_back(neuropil_ratio);
        made.rmse.push_back(random.uniform(0.0, 1.0));
        made.lambda.push_back(random.uniform(0.1, 1.0));
        made.noise_std.push_back(noise);
    }
    for (auto* motion : {&made.motion_x, &made.motion_y}) {
        motion->reserve(n_frames);
        for (std::size_t i = 0; i < n_frames; ++i)
            motion->push_back(static_cast<std::int64_t>(random.below(9)) - 4);
    }
    return made;
}

}  // namespace tb::simulated
