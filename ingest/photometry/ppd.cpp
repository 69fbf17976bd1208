#include "ingest/photometry/ppd.hpp"

#include "ingest/formats/bytes.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::photometry {
namespace {

using nlohmann::json;

constexpr std::size_t fixed_header_size = 42;

/// What the mode says of the signals, in the order in which they take turns.
struct Mode {
    std::string_view name;
    std::array<const char*, 3> bands;
    std::size_t n_signals;
    std::size_t n_digital;
    bool is_pulsed;
};
constexpr std::array<Mode, 10> modes{{
    {"2EX_2EM_continuous", {"GCaMP", "RCaMP", ""}, 2, 2, false},
    {"2EX_1EM_pulsed", {"GCaMP", "Isosbestic", ""}, 2, 2, true},
    {"2EX_2EM_pulsed", {"GCaMP", "RCaMP", ""}, 2, 2, true},
    {"3EX_2EM_pulsed", {"GCaMP", "RCaMP", "Isosbestic"}, 3, 1, true},
    {"2 colour continuous", {"GCaMP", "RCaMP", ""}, 2, 2, false},
    {"1 colour time div.", {"GCaMP", "Isosbestic", ""}, 2, 2, true},
    {"2 colour time div.", {"GCaMP", "RCaMP", ""}, 2, 2, true},
    {"GCaMP/RFP", {"GCaMP", "RCaMP", ""}, 2, 2, false},
    {"GCaMP/iso", {"GCaMP", "Isosbestic", ""}, 2, 2, true},
    {"GCaMP/RFP_dif", {"GCaMP", "RCaMP", ""}, 2, 2, true},
}};
/// Modes by the byte of the fixed header, from 1.
constexpr std::array<std::string_view, 3> fixed_header_modes{"GCaMP/RFP", "GCaMP/iso",
                                                             "GCaMP/RFP_dif"};

[[noreturn]] void refuse(std::string_view name, const std::string& what) {
    throw Error(ErrorKind::data, fmt::format("{}: {}", name, what),
                "Expected a pyPhotometry recording.", "ValueError");
}

std::string text_of(const json& header, const char* key) {
    const auto found = header.find(key);
    if (found == header.end() || found->is_null()) return {};
    return found->is_string() ? found->get<std::string>() : found->dump(-1, ' ', true);
}

/// The header as JSON has it, also of files from before it was JSON.
json read_header(std::span<const std::byte> bytes, std::string_view name) {
    const auto text = formats::as_text(bytes);
    auto header = json::parse(text, nullptr, false);
    if (header.is_object()) return header;
    if (bytes.size() != fixed_header_size) refuse(name, "its header is no JSON object");
    const auto trimmed = [&](std::size_t from, std::size_t size) {
        auto part = text.substr(from, size);
        while (part.ends_with(' ') || part.ends_with('\0')) part.remove_suffix(1);
        return std::string(part);
    };
    const auto mode = std::to_integer<std::size_t>(bytes[31]);
    if (mode < 1 || mode > fixed_header_modes.size())
        refuse(name, fmt::format("its header is no JSON object, nor is {} a mode", mode));
    return {{"subject_ID", trimmed(0, 12)},
            {"date_time", trimmed(12, 19)},
            {"mode", fixed_header_modes[mode - 1]},
            {"sampling_rate", formats::load<std::uint16_t>(bytes.data() + 32)},
            {"volts_per_division",
             json::array({formats::load<std::uint32_t>(bytes.data() + 34) * 1e-9,
                          formats::load<std::uint32_t>(bytes.data() + 38) * 1e-9})}};
}

/// Whether a version (`1.1`, `0.3.3`, the number 0.2) is 1.1 or later.
bool is_from_1_1(std::string_view version) {
    int parts[2] = {0, 0};
    for (int& part : parts) {
        const auto* const end = version.data() + version.size();
        const auto [rest, problem] = std::from_chars(version.data(), end, part);
        if (problem != std::errc{}) return false;
        version.remove_prefix(static_cast<std::size_t>(rest - version.data()));
        if (!version.starts_with('.')) break;
        version.remove_prefix(1);
    }
    return parts[0] > 1 || (parts[0] == 1 && parts[1] >= 1);
}

void require_count(const json& header, const char* key, std::size_t expected, std::string_view mode,
                   std::string_view name) {
    const auto found = header.find(key);
    if (found == header.end()) return;
    if (!found->is_number_unsigned() || found->get<std::size_t>() != expected) {
        refuse(name, fmt::format("{} is {}, but mode {} has {}", key, found->dump(-1, ' ', true),
                                 mode, expected));
    }
}

/// Volts per division of the two detectors.
std::array<double, 2> volts_of(const json& header, std::string_view name) {
    const auto found = header.find("volts_per_division");
    std::array<double, 2> volts{};
    if (found != header.end() && found->is_number()) volts.fill(found->get<double>());
    if (found != header.end() && found->is_array() && !found->empty() && found->size() <= 16) {
        for (std::size_t i = 0; i < volts.size(); ++i) {
            const auto& value = (*found)[std::min(i, found->size() - 1)];
            if (value.is_number()) volts[i] = value.get<double>();
        }
    }
    for (const double value : volts) {
        if (!(value > 0.0) || !std::isfinite(value))
            refuse(name, "its header has no volts_per_division above 0");
    }
    return volts;
}

}  // namespace

PpdRecording parse_ppd(std::span<const std::byte> bytes, std::string_view name) {
    if (bytes.size() < 2) refuse(name, "is shorter than its header's length");
    const std::size_t header_size = formats::load<std::uint16_t>(bytes.data());
    if (bytes.size() < 2 + header_size) {
        refuse(name, fmt::format("says {} bytes of header, but has {}", header_size, bytes.size()));
    }
    const auto header = read_header(bytes.subspan(2, header_size), name);

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
    const auto* const mode = std::ranges::find(modes, std::string_view(made.mode), &Mode::name);
    if (mode == modes.end())
        refuse(name, fmt::format("\"{}\" is no mode that is known", made.mode));
    require_count(header, "n_analog_signals", mode->n_signals, mode->name, name);
    require_count(header, "n_digital_signals", mode->n_digital, mode->name, name);
    const auto volts = volts_of(header, name);

    // Signal 3, where there is one, comes from the first detector, as signal 1.
    const auto words = bytes.subspan(2 + header_size);
    const std::size_t per_signal = mode->is_pulsed && is_from_1_1(made.version) ? 2 : 1;
    const std::size_t per_round = per_signal * mode->n_signals;
    const std::size_t samples = words.size() / 2 / per_round;
    const auto word_at = [&](std::size_t i) {
        return formats::load<std::uint16_t>(words.data() + 2 * i);
    };
    for (std::size_t signal = 0; signal < mode->n_signals; ++signal) {
        const double volts_per_division = volts[signal % 2];
        std::vector<double> analog(samples);
        for (std::size_t i = 0; i < samples; ++i) {
            const std::size_t at = i * per_round + signal * per_signal;
            int divisions = word_at(at) >> 1;
            if (per_signal == 2) divisions -= word_at(at + 1) >> 1;
            analog[i] = divisions * volts_per_division;
        }
        made.bands.emplace_back(mode->bands[signal]);
        made.analog_v.push_back(std::move(analog));
    }
    for (std::size_t input = 0; input < mode->n_digital; ++input) {
        std::vector<bool> digital(samples);
        for (std::size_t i = 0; i < samples; ++i)
            digital[i] = (word_at(i * per_round + input * per_signal) & 1U) != 0;
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
    for (std::size_t signal = 0; signal < recording.analog_v.size(); ++signal) {
        session.bands.push_back({.band = recording.bands[signal],
                                 .wavelength_nm = std::nullopt,
                                 .times_s = times,
                                 .signals = {recording.analog_v[signal]}});
    }
    session.n_frames = samples;
    for (std::size_t input = 0; input < recording.digital.size(); ++input) {
        const auto& digital = recording.digital[input];
        for (std::size_t i = 0; i < samples; ++i) {
            const bool before = i > 0 && digital[i - 1];
            if (digital[i] == before) continue;
            session.digital_events.push_back({.channel = static_cast<int>(input) + 1,
                                              .time_s = times[i],
                                              .is_rising = digital[i]});
        }
    }
    std::ranges::stable_sort(session.digital_events, {}, &DigitalEvent::time_s);
    return session;
}

}  // namespace tb::photometry
