// What the name of a session's stage tells (OPHYS_4_images_B), and what follows from the order of a
// mouse's sessions. Source: spec/change_detection.md, 4.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::allen {

/// The number after a leading OPHYS_; nothing for other stages.
[[nodiscard]] std::optional<int> session_number(std::string_view session_type);
/// passive_viewing when the name has both `passive` and `OPHYS`, else active_behavior.
[[nodiscard]] std::string behavior_type(std::string_view session_type);
/// images_<letter> or gratings, from the third part of the name.
/// @throws tb::Error (data, SessionType) when the third part is another word or there is none
[[nodiscard]] std::string image_set(std::string_view session_type);
/// The set as the table of experiments has it: the 16th character of the name; N/A without one.
[[nodiscard]] std::string experiment_image_set(std::optional<std::string_view> session_type);
/// Whether the stimuli were replayed without a spout: session numbers 2 and 5.
[[nodiscard]] bool is_passive(std::optional<int> session_number);
/// Training, Familiar, Novel 1, Novel >1 or None.
/// @param prior_exposures_to_image_set  nothing for stages without a lettered image set
[[nodiscard]] std::string experience_level(std::string_view session_type,
                                           std::optional<int> prior_exposures_to_image_set);

/// A session of the history that exposures are counted over.
struct HistorySession {
    std::string mouse_id;
    std::optional<std::string> session_type;
    std::int64_t date_us = 0;  ///< start [us since 1970, on the laboratory's clock]
    /// Probability of omitted flashes by the stage's parameters; nothing when not known.
    std::optional<double> flash_omit_probability;
};

/// Earlier sessions of the same mouse; nothing for sessions without session type.
struct PriorExposures {
    std::optional<int> to_session_type;
    std::optional<int> to_image_set;  ///< by the letter after images_; nothing without one
    std::optional<int>
        to_omissions;  ///< imaging stages; habituation only with a probability above 0
};

/// Prior exposures of every session, in the order given. All sessions of a mouse must be among
/// them: a part of them gives too small numbers. Sessions of one date keep the order given.
[[nodiscard]] std::vector<PriorExposures> prior_exposures(std::span<const HistorySession> sessions);

}  // namespace tb::allen
