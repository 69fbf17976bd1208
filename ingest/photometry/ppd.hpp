// pyPhotometry recordings (.ppd): a JSON header, then one 16-bit word per sample and channel.
#pragma once

#include "trialbase/photometry_session.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::photometry {

struct PpdRecording {
    std::string subject;    ///< subject_ID
    std::string date_time;  ///< ISO 8601, the rig's local time
    std::string mode;       ///< `2 colour time div.`
    std::string version;    ///< of the format, as text
    double sampling_rate_hz = 0.0;
    std::vector<std::vector<double>> analog_v;  ///< per channel [V]
    std::vector<std::vector<bool>> digital;     ///< per channel, as long as analog_v
};

/// Format: little-endian header length (16 bits), header (JSON), words: bit 0 is the digital input
/// that belongs to the channel, the others the analog value in divisions; channels take turns.
/// Trailing words of an incomplete round are left out.
/// @throws tb::Error (data, ValueError) naming the file for anything else
[[nodiscard]] PpdRecording parse_ppd(std::span<const std::byte> bytes, std::string_view name);

/// The recording as a session: analog channel 1 is the GCaMP band; channel 2 the isosbestic one
/// with one colour, RCaMP with two. Times from 0 on the rig's clock; both digital inputs as events.
[[nodiscard]] PhotometrySession session_of(const PpdRecording& recording);

}  // namespace tb::photometry
