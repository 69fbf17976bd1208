#include "ingest/load/choice/choice_arrays.hpp"

#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace tb::load {
namespace {

/// One over the median interval [Hz]; NaN for fewer than two samples.
double sampling_rate_hz(const std::vector<double>& times_s) {
    if (times_s.size() < 2) return NAN;
    const double span = times_s.back() - times_s.front();
    return span > 0.0 ? static_cast<double>(times_s.size() - 1) / span : NAN;
}

}  // namespace

bool has_choice_arrays(const ChoiceSession& session) {
    const bool has_signals = session.photometry && !(session.photometry->frame_times_s.empty() &&
                                                     session.photometry->bands.empty());
    return has_signals || (session.wheel && !session.wheel->position.empty());
}

ChoiceArrays::ChoiceArrays(const store::StoreOptions& store, const ChoiceSession& session,
                           const std::string& session_id) {
    if (!has_choice_arrays(session)) return;
    begin(store, "photometry.photometry_session", session_id);
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
    publish();
}

const ChoiceArrays* choice_arrays_of(const SessionToWrite& one) {
    return dynamic_cast<const ChoiceArrays*>(one.arrays);
}

}  // namespace tb::load
