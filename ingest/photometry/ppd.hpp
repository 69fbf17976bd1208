// pyPhotometry recordings (.ppd): a header, then one 16-bit word per sample and signal.
// Sources: the file format as pyPhotometry documents it (versions 0.1 to 1.1), and its firmware's
// modes.
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
    std::string mode;       ///< `2 colour time div.`, `2EX_2EM_pulsed`
    std::string version;    ///< of pyPhotometry, as text; empty where the header says none
    double sampling_rate_hz = 0.0;
    std::vector<std::string> bands;             ///< per signal: GCaMP, RCaMP, Isosbestic
    std::vector<std::vector<double>> analog_v;  ///< per signal [V]
    std::vector<std::vector<bool>> digital;     ///< per digital input, as long as the signals
};

/// Format: little-endian header length (16 bits), header (JSON; before the first release 42 bytes
/// of fixed layout), words: bit 0 is the digital input that belongs to the signal, the others the
/// analog value in divisions; signals take turns. The mode decides how many there are and what lit
/// them: two (green and red, or green and isosbestic), or with `3EX_2EM_pulsed` three (green, red,
/// isosbestic) and one digital input. From version 1.1 on, pulsed modes keep two words per signal,
/// with LED on and off: their difference is the signal. Trailing words of an incomplete round are
/// left out.
/// @throws tb::Error (data, ValueError) naming the file: other modes (a mode that is not known
/// could interleave colours), counts of signals that contradict the mode, damaged headers
[[nodiscard]] PpdRecording parse_ppd(std::span<const std::byte> bytes, std::string_view name);

/// The recording as a session of one fibre. Times from 0 on the rig's clock, the same for all
/// bands, as pyPhotometry gives them; changes of digital inputs as events, inputs counted from 1,
/// also one at the start for an input that is high then.
[[nodiscard]] PhotometrySession session_of(const PpdRecording& recording);

}  // namespace tb::photometry
