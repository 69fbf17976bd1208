#include "ingest/load/photometry_writer.hpp"

#include "ingest/load/statements.hpp"
#include "src/base/uuid.hpp"
#include "src/store/array_rows.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tb::load {
namespace {

using db::Params;

/// One over the median interval [Hz]; NaN for fewer than two samples.
double sampling_rate_hz(const std::vector<double>& times_s) {
    if (times_s.size() < 2) return NAN;
    const double span = times_s.back() - times_s.front();
    return span > 0.0 ? static_cast<double>(times_s.size() - 1) / span : NAN;
}

std::optional<double> end_of(const std::vector<double>& values, bool is_first) {
    if (values.empty()) return std::nullopt;
    return is_first ? values.front() : values.back();
}

}  // namespace

bool has_arrays(const ChoiceSession& session) {
    const bool has_signals = session.photometry && !(session.photometry->frame_times_s.empty() &&
                                                     session.photometry->bands.empty());
    return has_signals || (session.wheel && !session.wheel->position.empty());
}

SessionArrays::SessionArrays(const store::StoreOptions& options, const ChoiceSession& session,
                             const std::string& session_id)
    : session_(session), session_id_(session_id) {
    if (!has_arrays(session)) return;
    file_ = store::ArrayStore(options).begin_file(
        "photometry.photometry_session", "session_id=" + session_id, new_run_id().to_string());
    if (session.wheel && !session.wheel->position.empty()) {
        position_ = add("wheel/position", Array::vector(session.wheel->position),
                        {.unit = "rad", .about = "Wheel position, counter-clockwise positive"});
        wheel_times_ = add("wheel/times", Array::vector(session.wheel->time_s),
                           {.unit = "s", .about = "Times of the wheel positions"});
    }
    if (session.photometry) {
        const auto& photometry = *session.photometry;
        if (!photometry.frame_times_s.empty()) {
            frame_times_ = add("frames/times", Array::vector(photometry.frame_times_s),
                               {.unit = "s", .about = "Times of all camera frames in file order"});
            std::vector<std::uint8_t> led;
            led.reserve(photometry.frame_led.size());
            for (const auto state : photometry.frame_led)
                led.push_back(static_cast<std::uint8_t>(state));
            frame_led_ = add("frames/led", Array{{led.size()}, std::move(led)},
                             {.unit = "", .about = "LED state of all camera frames"});
        }
        for (const auto& band : photometry.bands) {
            const double rate = sampling_rate_hz(band.times_s);
            band_times_.push_back(add(band.band + "/times", Array::vector(band.times_s),
                                      {.unit = "s", .about = "Times of the band's samples"}));
            auto& signals = band_signals_.emplace_back();
            for (std::size_t r = 0; r < band.signals.size(); ++r) {
                if (band.signals[r].empty() && !band.times_s.empty()) {  // not in this band
                    signals.emplace_back();
                    continue;
                }
                signals.push_back(
                    add(fmt::format("{}/fiber{}", band.band, r), Array::vector(band.signals[r]),
                        {.unit = "",
                         .sampling_rate_hz = rate,
                         .about = "Raw fluorescence of " + photometry.recordings[r].brain_region}));
            }
        }
    }
    file_->publish();
}

std::string SessionArrays::add(const std::string& name, Array values, ArrayMeta meta) {
    return file_->add(new_run_id().to_string(), name, values, meta).array_id;
}

void SessionArrays::add_array_rows(std::vector<db::Session::Step>& steps) const {
    if (!file_) return;
    std::vector<const store::StoredArray*> arrays;
    for (const auto& array : file_->arrays()) arrays.push_back(&array);
    if (!arrays.empty()) steps.push_back(store::insert_arrays_step(arrays));
}

void SessionArrays::add_photometry_rows(std::vector<db::Session::Step>& steps,
                                        bool is_known) const {
    if (!session_.photometry) return;
    const auto& photometry = *session_.photometry;
    const auto& id = session_id_;
    steps.push_back(step(
        "photometry_session",
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
            .text(frame_times_)
            .text(frame_led_)
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
        for (std::size_t r = 0; r < band_signals_[b].size(); ++r) {
            if (band_signals_[b][r].empty()) continue;
            fibers.push_back(static_cast<std::int64_t>(r));
            signal_bands.push_back(band.band);
            signal_arrays.push_back(band_signals_[b][r]);
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
    if (is_known) {
        steps.push_back(
            step("photometry_signals_gone", Params().text(id).integer(count).text_array(bands)));
        steps.push_back(step("photometry_recordings_gone", Params().text(id).integer(count)));
        steps.push_back(step("photometry_bands_gone", Params().text(id).text_array(bands)));
        steps.push_back(delete_step("photometry.digital_event", id));
        steps.push_back(delete_step("photometry.listed_region", id));
    }
    steps.push_back(step("photometry_bands", Params()
                                                 .text(id)
                                                 .text_array(bands)
                                                 .int8_array(wavelengths)
                                                 .int8_array(samples)
                                                 .text_array(band_times_)));
    steps.push_back(
        step("photometry_recordings", Params().text(id).text_array(columns).text_array(regions)));
    steps.push_back(step(
        "photometry_signals",
        Params().text(id).int8_array(fibers).text_array(signal_bands).text_array(signal_arrays)));
    if (!channels.empty()) {
        steps.push_back(step(
            "digital_events",
            Params().text(id).int8_array(channels).float8_array(event_times).text_array(rising)));
    }
    if (!photometry.listed_regions.empty()) {
        std::vector<std::string> listed;
        for (const auto& region : photometry.listed_regions)
            listed.push_back(db::sanitize_text(region));
        steps.push_back(step("listed_regions", Params().text(id).text_array(listed)));
    }
}

void SessionArrays::discard() noexcept {
    if (file_) file_->discard();
}

}  // namespace tb::load
