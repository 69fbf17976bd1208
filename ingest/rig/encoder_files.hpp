// What the wheel's rotary encoder wrote: `_iblrig_encoderPositions.raw.ssv` and
// `_iblrig_encoderEvents.raw.ssv`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tb::rig {

/// No session's encoder writes more lines.
inline constexpr std::size_t most_encoder_lines = 20'000'000;

/// What was done to make the lines usable; each becomes an issue.
struct EncoderRemarks {
    std::size_t bad_lines = 0;      ///< of another form, left out
    std::size_t dropped_front = 0;  ///< of the recording before, left out
    std::size_t rollovers = 0;      ///< of the 32-bit microseconds
    std::size_t out_of_order = 0;   ///< lines that stood before an earlier one
    bool was_milliseconds = false;  ///< times were a thousandth of what they should be
    [[nodiscard]] bool none() const;
    [[nodiscard]] std::string to_string() const;
};

/// Counts of the encoder, in the order of their times.
struct EncoderPositions {
    std::vector<double> time_us;  ///< on the encoder's clock
    std::vector<double> count;    ///< 1024 a turn; clockwise positive
    bool is_old_form = false;     ///< each line began with a word
    EncoderRemarks remarks;
};

/// Events that the stimulus program noted; only the beginnings of the closed loop are kept.
struct EncoderEvents {
    std::vector<double> closed_loop_us;  ///< on the encoder's clock
    EncoderRemarks remarks;
};

/// Both forms: `microseconds count` a line, and before version 5 `Position microseconds count
/// time`; the first word tells which. Cleaned as spec/ibl_behavior.md, 12.3 says.
/// @throws tb::Error (data, MissingRawData) for a file without a usable line, (data) for more lines
/// than there can be
[[nodiscard]] EncoderPositions parse_encoder_positions(std::string_view text,
                                                       std::string_view name);

/// `microseconds code` a line, and before version 5 `Event microseconds StateMachine code time`.
/// @throws as parse_encoder_positions
[[nodiscard]] EncoderEvents parse_encoder_events(std::string_view text, std::string_view name);

}  // namespace tb::rig
