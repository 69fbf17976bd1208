// Mice that learn the change-detection task: who they are, and which session they have on which
// day.
#pragma once

#include "ingest/simulated/change_simulate.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tb::simulated {

/// What stays the same about a mouse.
struct ChangeMouse {
    std::int64_t id_block = 0;  ///< of its seed: ids of two seeds differ
    std::string mouse_id;
    std::string full_genotype;
    std::vector<std::string> driver_line;
    std::string reporter_line;
    std::string sex;  ///< M or F
    std::string project_code;
    std::string familiar_set;        ///< letter of the images it is trained with
    std::string novel_set;           ///< letter of those that follow
    double learning_fraction = 0.4;  ///< of its training, at which half of the skill is there
    double learning_width = 2.0;     ///< sessions over which it comes
    double largest_d_prime = 2.6;    ///< of an expert that attends
    double criterion = 0.0;          ///< z; positive: reluctant to lick
    double omission_gain = 1.0;      ///< of cells' responses to omissions, by genotype
};

/// A mouse on one day.
struct ChangeDay {
    std::int64_t behavior_session_id = 0;
    std::string session_type;         ///< OPHYS_1_images_A
    std::string date_of_acquisition;  ///< `2019-03-04 14:46:33.550000`, the laboratory's clock
    std::string equipment;
    int age_days = 0;
    int training_day = 1;  ///< from 1
    double skill = 0.0;
    double d_prime = 0.0;  ///< of a mouse that attends
    double criterion = 0.0;
    double lapse_rate = 0.0;
    double engaged_fraction = 1.0;  ///< of the trials, until it loses interest
    double abort_rate = 0.0;
    bool is_gratings = false;
    bool is_flashed = true;         ///< false: the stimulus stays until it changes
    bool is_all_automatic = false;  ///< every trial is rewarded without a lick
    bool is_imaging = false;        ///< grey periods and a movie around the task
    bool is_passive = false;
    bool has_omissions = false;
    bool is_novel = false;                  ///< the images were in no earlier session
    std::string image_set;                  ///< letter; empty for gratings
    std::vector<std::int64_t> experiments;  ///< ophys_experiment_id; empty: a behaviour file
};

/// Seeds whose ids differ; seed 1 has the first block, seed 1 + id_blocks the same again. So many
/// that ids made of a session's (those of ROIs) still fit 64 bits.
inline constexpr std::uint64_t id_blocks = 90'000;
[[nodiscard]] std::int64_t block_of_seed(std::uint64_t seed);

[[nodiscard]] ChangeMouse make_change_mouse(const ChangeOptions& options, std::uint64_t number);
/// Its sessions in order: gratings, images, and, when it has been trained, the imaging sessions.
[[nodiscard]] std::vector<ChangeDay> make_change_days(const ChangeOptions& options,
                                                      const ChangeMouse& mouse,
                                                      std::uint64_t number);

}  // namespace tb::simulated
