#include "ingest/photometry/ppd.hpp"

#include "ingest/formats/bytes.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::photometry {
namespace {

[[noreturn]] void refuse(std::string_view name, const std::string& what) {
    throw Error(ErrorKind::data, fmt::format("{}: {}", name, what),
                "Expected a pyPhotometry recording.", "ValueError");
}

std::string text_of(const nlohmann::json& header, const char* key) {
    const auto found = header.find(key);
    if (found == header.end()) return {};
    return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace

PpdRecording parse_ppd(std::span<const std::byte> bytes, std::string_view name) {
    if (bytes.size() < 2) refuse(name, "is shorter than its header's length");
    const std::size_t header_size = formats::load<std::uint16_t>(bytes.data());
    if (bytes.size() < 2 + header_size) {
        refuse(name, fmt::format("says {} bytes of header, but has {}", header_size, bytes.size()));
    }
    const auto text = formats::as_text(bytes.subspan(2, header_size));
    const auto header = nlohmann::json::parse(text, nullptr, false);
    if (!header.is_object()) refuse(name, "its header is no JSON object");

    PpdRecording made;
    made.subject = text_of(header, "subject_ID");
    made.date_time = text_of(header, "date_time");
    made.mode = text_of(header, "mode");
    made.version = text_of(header, "version");
    const auto rate = header.find("sampling_rate");
    if (rate == header.end() || !rate->is_number() || !(rate->get<double>() > 0.0) ||
        !(rate->get<double>() < 1e7)) {
        refuse(name, "its header has no sampling_rate above 0");
    }
    made.sampling_rate_hz = rate->get<double>();
    std::vector<double> volts;
    const auto scale = header.find("volts_per_division");
    if (scale != header.end() && scale->is_array()) {
        for (const auto& value : *scale) {
            if (!value.is_number())
                refuse(name, "volts_per_division holds something else than numbers");
            volts.push_back(value.get<double>());
        }
    }
    if (volts.empty()) refuse(name, "its header has no volts_per_division");
    std::size_t channels = volts.size();
    const auto count = header.find("n_analog_signals");
    if (count != header.end()) {
        if (!count->is_number_unsigned() || count->get<std::size_t>() < 1 ||
            count->get<std::size_t>() > 16) {
            refuse(name, "n_analog_signals is no number from 1 to 16");
        }
        channels = count->get<std::size_t>();
    }
    if (channels > 16) refuse(name, "more than 16 channels");
    volts.resize(channels, volts.back());

    const auto words = bytes.subspan(2 + header_size);
    const std::size_t samples = words.size() / 2 / channels;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        std::vector<double> analog(samples);
        std::vector<bool> digital(samples);
        for (std::size_t i = 0; i < samples; ++i) {
            const auto word =
                formats::load<std::uint16_t>(words.data() + 2 * (i * channels + channel));
            analog[i] = static_cast<double>(word >> 1) * volts[channel];
            digital[i] = (word & 1U) != 0;
        }
        made.analog_v.push_back(std::move(analog));
        made.digital.push_back(std::move(digital));
    }
    return made;
}

PhotometrySession session_of(const PpdRecording& recording) {
    PhotometrySession session;
    session.rig = "pyphotometry";
    session.is_on_session_clock = false;
    session.recordings.push_back({.column = "analog", .brain_region = "analog"});
    const std::size_t samples = recording.analog_v.empty() ? 0 : recording.analog_v[0].size();
    std::vector<double> times(samples);
    for (std::size_t i = 0; i < samples; ++i)
        times[i] = static_cast<double>(i) / recording.sampling_rate_hz;
    const bool is_one_colour = recording.mode.starts_with("1 colour");
    const char* names[] = {"GCaMP", is_one_colour ? "Isosbestic" : "RCaMP"};
    for (std::size_t channel = 0; channel < std::min<std::size_t>(recording.analog_v.size(), 2);
         ++channel) {
        session.bands.push_back({.band = names[channel],
                                 .wavelength_nm = std::nullopt,
                                 .times_s = times,
                                 .signals = {recording.analog_v[channel]}});
    }
    session.n_frames = samples;
    for (std::size_t channel = 0; channel < recording.digital.size(); ++channel) {
        const auto& digital = recording.digital[channel];
        for (std::size_t i = 0; i < samples; ++i) {
            const bool before = i > 0 && digital[i - 1];
            if (digital[i] == before) continue;
            session.digital_events.push_back({.channel = static_cast<int>(channel) + 1,
                                              .time_s = times[i],
                                              .is_rising = digital[i]});
        }
    }
    std::ranges::stable_sort(session.digital_events, {}, &DigitalEvent::time_s);
    return session;
}

}  // namespace tb::photometry
