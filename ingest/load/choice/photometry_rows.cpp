#include "ingest/load/choice/photometry_rows.hpp"

#include "ingest/load/choice/choice_arrays.hpp"
#include "ingest/load/statements.hpp"
#include "trialbase/choice_session.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

namespace tb::load {
namespace {

using db::Params;

std::optional<double> end_of(const std::vector<double>& values, bool is_first) {
    if (values.empty()) return std::nullopt;
    return is_first ? values.front() : values.back();
}

}  // namespace

void add_photometry_steps(const SessionToWrite& one, std::vector<db::Session::Step>& steps) {
    const auto& session = session_as<ChoiceSession>(*one.record);
    if (!session.photometry) return;
    const auto& photometry = *session.photometry;
    const auto& arrays = *choice_arrays_of(one);
    const auto& id = one.state->session_id;
    steps.push_back(step(
        "choice/photometry_session",
        Params()
            .text(id)
            .text(photometry.rig)
            .text(photometry.file_version)
            .text(photometry.is_on_session_clock ? "session" : "rig")
            .number(photometry.clock_drift_ppm.value_or(NAN))
            .integer(static_cast<std::int64_t>(photometry.n_frames))
            .number(end_of(photometry.frame_times_s, true)
                        .value_or(photometry.bands.empty()
                                      ? NAN
                                      : end_of(photometry.bands[0].times_s, true).value_or(NAN)))
            .number(end_of(photometry.frame_times_s, false)
                        .value_or(photometry.bands.empty()
                                      ? NAN
                                      : end_of(photometry.bands[0].times_s, false).value_or(NAN)))
            .text(arrays.frame_times())
            .text(arrays.frame_led())
            .number(photometry.n_skipped_frames ? static_cast<double>(*photometry.n_skipped_frames)
                                                : NAN)));
    std::vector<std::string> bands, columns, regions, signal_bands, signal_arrays, rising;
    std::vector<std::int64_t> wavelengths, samples, fibers, channels;
    std::vector<double> event_times;
    for (std::size_t b = 0; b < photometry.bands.size(); ++b) {
        const auto& band = photometry.bands[b];
        bands.push_back(band.band);
        wavelengths.push_back(band.wavelength_nm.value_or(0));
        samples.push_back(static_cast<std::int64_t>(band.times_s.size()));
        for (std::size_t r = 0; r < arrays.band_signals()[b].size(); ++r) {
            if (arrays.band_signals()[b][r].empty()) continue;
            fibers.push_back(static_cast<std::int64_t>(r));
            signal_bands.push_back(band.band);
            signal_arrays.push_back(arrays.band_signals()[b][r]);
        }
    }
    for (const auto& recording : photometry.recordings) {
        columns.push_back(db::sanitize_text(recording.column));
        regions.push_back(db::sanitize_text(recording.brain_region));
    }
    for (const auto& event : photometry.digital_events) {
        channels.push_back(event.channel);
        event_times.push_back(event.time_s);
        rising.emplace_back(event.is_rising ? "t" : "f");
    }
    const auto count = static_cast<std::int64_t>(photometry.recordings.size());
    if (one.state->is_known) {
        steps.push_back(step("choice/photometry_signals_gone",
                             Params().text(id).integer(count).text_array(bands)));
        steps.push_back(
            step("choice/photometry_recordings_gone", Params().text(id).integer(count)));
        steps.push_back(step("choice/photometry_bands_gone", Params().text(id).text_array(bands)));
        steps.push_back(delete_step("photometry.digital_event", {&id, 1}));
        steps.push_back(delete_step("photometry.listed_region", {&id, 1}));
    }
    steps.push_back(step("choice/photometry_bands", Params()
                                                        .text(id)
                                                        .text_array(bands)
                                                        .int8_array(wavelengths)
                                                        .int8_array(samples)
                                                        .text_array(arrays.band_times())));
    steps.push_back(step("choice/photometry_recordings",
                         Params().text(id).text_array(columns).text_array(regions)));
    steps.push_back(step(
        "choice/photometry_signals",
        Params().text(id).int8_array(fibers).text_array(signal_bands).text_array(signal_arrays)));
    if (!channels.empty()) {
        steps.push_back(step(
            "choice/digital_events",
            Params().text(id).int8_array(channels).float8_array(event_times).text_array(rising)));
    }
    if (!photometry.listed_regions.empty()) {
        std::vector<std::string> listed;
        for (const auto& region : photometry.listed_regions)
            listed.push_back(db::sanitize_text(region));
        steps.push_back(step("choice/listed_regions", Params().text(id).text_array(listed)));
    }
}

}  // namespace tb::load
