#include "ingest/simulated/photometry.hpp"

#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tb::simulated {
namespace {

constexpr double frame_s = 1.0 / 60.0;  ///< both bands together; 30 Hz each
constexpr double margin_s = 20.0;
constexpr double rise_s = 0.25;  ///< a response peaks this long after its event
constexpr double response_s = 3.0;

/// Responses and movement, sampled at the frames' times.
struct Latent {
    std::vector<double> response;  ///< dF/F of the 470-nm band
    std::vector<double> movement;  ///< share of light lost in both bands
};

void add_response(std::vector<double>& signal, double start_s, double event_s, double size) {
    if (std::isnan(event_s) || size == 0.0) return;
    const double from = (event_s - start_s) / frame_s;
    const auto first = static_cast<std::ptrdiff_t>(std::ceil(from));
    const auto last = first + static_cast<std::ptrdiff_t>(response_s / frame_s);
    // (t/r) exp(1 - t/r) by its recurrence: no exponential per frame.
    const double decay = std::exp(-frame_s / rise_s);
    const double t0 = (static_cast<double>(first) - from) * frame_s;
    double envelope = size * std::exp(1.0 - t0 / rise_s);
    for (std::ptrdiff_t i = first; i < last; ++i, envelope *= decay) {
        if (i < 0 || i >= std::ssize(signal)) continue;
        signal[static_cast<std::size_t>(i)] +=
            envelope * (t0 + static_cast<double>(i - first) * frame_s) / rise_s;
    }
}

/// Slow fluctuations and, at movements, short dips that both bands share.
std::vector<double> movement_artefact(std::size_t frames, double start_s,
                                      std::span<const double> movements_s, Random& random) {
    std::vector<double> artefact(frames);
    double slow = 0.0;
    for (auto& value : artefact) {
        slow = 0.995 * slow + 0.0004 * (random.uniform() - 0.5);
        value = slow;
    }
    for (const double movement : movements_s) {
        add_response(artefact, start_s, movement, -0.01 * random.uniform());
    }
    return artefact;
}

ResponseTruth draw_truth(Random& random) {
    return {.stim_on_contra = random.uniform(0.01, 0.03),
            .stim_on_ipsi = random.uniform(0.0, 0.01),
            .first_movement = random.uniform(0.0, 0.012),
            .reward = random.uniform(0.02, 0.05),
            .omission = -random.uniform(0.0, 0.015)};
}

std::vector<double> responses(const PhotometryEvents& events, const ResponseTruth& truth,
                              bool is_left, double start_s, std::size_t frames) {
    std::vector<double> signal(frames);
    for (std::size_t trial = 0; trial < events.stim_on_s.size(); ++trial) {
        const double contrast = events.signed_contrast[trial];
        const bool is_contra = is_left ? contrast > 0.0 : contrast < 0.0;
        add_response(signal, start_s, events.stim_on_s[trial],
                     (is_contra ? truth.stim_on_contra : truth.stim_on_ipsi) *
                         std::sqrt(std::abs(contrast)));
        add_response(signal, start_s, events.first_movement_s[trial], truth.first_movement);
        add_response(signal, start_s, events.feedback_s[trial],
                     events.feedback_type[trial] == 1 ? truth.reward : truth.omission);
    }
    return signal;
}

template <class T>
void add_column(formats::Table& table, std::string name, std::vector<T> values) {
    table.rows = values.size();
    formats::Column column;
    column.name = std::move(name);
    column.values = std::move(values);
    table.columns.push_back(std::move(column));
}

std::string description_of(std::span<const Fiber> fibers) {
    std::string text =
        "devices:\n  neurophotometrics:\n    collection: raw_photometry_data\n    fibers:\n";
    for (std::size_t f = 0; f < fibers.size(); ++f) {
        text += fmt::format("      {}:\n        location: {}\n", fibers[f].column,
                            fibers[f].brain_region);
    }
    return text + "projects:\n- ibl_fibrephotometry\nversion: 1.0.0\n";
}

}  // namespace

SimulatedPhotometry simulate_photometry(const PhotometryEvents& events,
                                        std::span<const Fiber> fibers, PhotometryFault fault,
                                        Random random) {
    SimulatedPhotometry made;
    const double start_s =
        fault == PhotometryFault::late_start ? events.start_s + 60.0 : events.start_s - margin_s;
    const auto frames = static_cast<std::size_t>(
        std::max(600.0, std::floor((events.end_s + margin_s - start_s) / frame_s)));

    // The camera is as regular as its clock shows, within some 20 us.
    std::vector<double> times(frames);
    for (std::size_t i = 0; i < frames; ++i) {
        times[i] = start_s + static_cast<double>(i) * frame_s + 2e-5 * (random.uniform() - 0.5);
    }
    if (fault == PhotometryFault::early_sample) times[frames / 2] -= 0.003;

    // The first frame has all LEDs on, then 415 and 470 nm take turns.
    std::vector<double> wavelength(frames);
    std::vector<std::string> name(frames), color(frames);
    std::vector<bool> is_valid(frames), is_gcamp(frames);
    for (std::size_t i = 0; i < frames; ++i) {
        is_gcamp[i] = i % 2 == 0;
        if (fault == PhotometryFault::band_inversion && i >= frames / 3) is_gcamp[i] = i % 2 == 1;
        wavelength[i] = is_gcamp[i] ? 470.0 : 415.0;
        name[i] = is_gcamp[i] ? "GCaMP" : "Isosbestic";
        color[i] = is_gcamp[i] ? "Blue" : "Violet";
        is_valid[i] = times[i] > events.start_s - 2.0 && times[i] < events.end_s + 2.0;
    }
    wavelength[0] = nan;
    name[0] = "Isosbestic+GCaMP+RCaMP";
    color[0] = "Violet+Blue+Green";

    std::vector<std::string> columns, regions, fiber_names;
    for (std::size_t f = 0; f < fibers.size(); ++f) {
        const auto truth = draw_truth(random);
        const double bleaching = random.uniform(600.0, 3000.0);
        const double level = random.uniform(0.01, 0.03);
        const double isosbestic_share = random.uniform(0.4, 0.8);
        const double noise = random.uniform(0.002, 0.004);
        const bool is_left = fibers[f].brain_region.ends_with("-l");
        const auto movement = movement_artefact(frames, start_s, events.first_movement_s, random);
        const auto response = responses(events, truth, is_left, start_s, frames);
        std::vector<double> values(frames);
        double bleached = 0.35;  // A exp(-t / tau) + (1 - A)
        const double decay = std::exp(-frame_s / bleaching);
        for (std::size_t i = 0; i < frames; ++i, bleached *= decay) {
            // Noise of a few photons: three uniforms are normal enough, and fast.
            const double z = 2.0 * (random.uniform() + random.uniform() + random.uniform() - 1.5);
            const double light =
                level * (0.65 + bleached) * (1.0 + movement[i]) * (1.0 + noise * z);
            values[i] =
                is_gcamp[i] || i == 0 ? light * (1.0 + response[i]) : light * isosbestic_share;
        }
        if (fault == PhotometryFault::few_unique_samples) {
            for (auto& value : values) value = std::round(value * 20.0 / level) / 20.0 * level;
        }
        columns.push_back(fibers[f].column);
        regions.push_back(fibers[f].brain_region);
        fiber_names.push_back(fmt::format("fiber{:02}", f));
        add_column(made.signal, fibers[f].column, std::move(values));
        made.truth.push_back(truth);
        made.bleaching_s.push_back(bleaching);
    }
    add_column(made.signal, "times", std::move(times));
    add_column(made.signal, "valid", std::move(is_valid));
    add_column(made.signal, "wavelength", std::move(wavelength));
    add_column(made.signal, "name", std::move(name));
    add_column(made.signal, "color", std::move(color));
    add_column(made.locations, "fiber", std::move(fiber_names));
    add_column(made.locations, "brain_region", std::move(regions));
    add_column(made.locations, "ROI", std::move(columns));
    made.description = description_of(fibers);
    return made;
}

}  // namespace tb::simulated
