// The columns of ChoiceTrials with their names in SQL and in ALF.
#include "include/trialbase/choice_session.hpp"

#include <array>

namespace tb {

std::span<const TrialColumnInfo> trial_columns() {
    using T = ChoiceTrials;
    using enum TrialColumnKind;
    static constexpr std::array columns{
        TrialColumnInfo{"start_s", "intervals_0", real, &T::start_s},
        TrialColumnInfo{"end_s", "intervals_1", real, &T::end_s},
        TrialColumnInfo{"stim_on_s", "stimOn_times", real, &T::stim_on_s},
        TrialColumnInfo{"stim_off_s", "stimOff_times", real, &T::stim_off_s},
        TrialColumnInfo{"stim_on_trigger_s", "stimOnTrigger_times", real, &T::stim_on_trigger_s},
        TrialColumnInfo{"stim_off_trigger_s", "stimOffTrigger_times", real, &T::stim_off_trigger_s},
        TrialColumnInfo{"stim_freeze_s", "stimFreeze_times", real, &T::stim_freeze_s},
        TrialColumnInfo{"go_cue_s", "goCue_times", real, &T::go_cue_s},
        TrialColumnInfo{"go_cue_trigger_s", "goCueTrigger_times", real, &T::go_cue_trigger_s},
        TrialColumnInfo{"first_movement_s", "firstMovement_times", real, &T::first_movement_s},
        TrialColumnInfo{"response_s", "response_times", real, &T::response_s},
        TrialColumnInfo{"feedback_s", "feedback_times", real, &T::feedback_s},
        TrialColumnInfo{"contrast_left", "contrastLeft", real, &T::contrast_left},
        TrialColumnInfo{"contrast_right", "contrastRight", real, &T::contrast_right},
        TrialColumnInfo{"signed_contrast", "", real, &T::signed_contrast},
        TrialColumnInfo{"probability_left", "probabilityLeft", real, &T::probability_left},
        TrialColumnInfo{"choice", "choice", integer, &T::choice},
        TrialColumnInfo{"feedback_type", "feedbackType", integer, &T::feedback_type},
        TrialColumnInfo{"reward_volume_ul", "rewardVolume", real, &T::reward_volume_ul},
        TrialColumnInfo{"rep_num", "repNum", integer, &T::rep_num},
        TrialColumnInfo{"iti_s", "itiDuration", real, &T::iti_s},
        TrialColumnInfo{"quiescent_period_s", "quiescencePeriod", real, &T::quiescence_s},
        TrialColumnInfo{"is_included", "included", boolean, &T::included}};
    return columns;
}

}  // namespace tb
