#include "ingest/simulated/change_mouse.hpp"

#include "ingest/simulated/random.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <set>

#include <fmt/format.h>

namespace tb::simulated {
namespace {

/// Streams of random numbers that belong to a mouse.
enum MouseStream : std::uint64_t { mouse_stream = 21, days_stream = 22 };

struct Line {
    const char* full_genotype;
    std::vector<std::string> driver_line;
    const char* reporter_line;
    double learning_fraction;
    double omission_gain;
};

/// The published project's genotypes. That they learn differently fast is invented.
const std::array<Line, 3>& lines() {
    static const std::array<Line, 3> all{
        Line{"Slc17a7-IRES2-Cre/wt;Camk2a-tTA/wt;Ai93(TITL-GCaMP6f)/wt",
             {"Slc17a7-IRES2-Cre", "Camk2a-tTA"},
             "Ai93(TITL-GCaMP6f)",
             0.35,
             0.2},
        Line{"Vip-IRES-Cre/wt;Ai148(TIT2L-GC6f-ICL-tTA2)/wt",
             {"Vip-IRES-Cre"},
             "Ai148(TIT2L-GC6f-ICL-tTA2)",
             0.45,
             2.0},
        Line{"Sst-IRES-Cre/wt;Ai148(TIT2L-GC6f-ICL-tTA2)/wt",
             {"Sst-IRES-Cre"},
             "Ai148(TIT2L-GC6f-ICL-tTA2)",
             0.6,
             0.1}};
    return all;
}

struct Project {
    const char* code;
    const char* familiar_set;
    const char* novel_set;
    const char* imaging_rig;
    int planes;  ///< imaged at once
};
constexpr std::array projects{Project{"VisualBehavior", "A", "B", "CAM2P.3", 1},
                              Project{"VisualBehaviorMultiscope", "A", "B", "MESO.1", 2},
                              Project{"VisualBehaviorTask1B", "B", "A", "CAM2P.4", 1}};
constexpr double failed_imaging = 0.1;  ///< fraction of imaging sessions whose imaging is not kept

const Project& project_of(std::uint64_t number) {
    return projects[number % projects.size()];
}

/// The imaging sessions that fit: all seven, or those that teach most.
std::vector<int> imaging_sessions(int sessions) {
    const int wanted = std::min(7, sessions * 2 / 5);
    if (wanted == 7) return {0, 1, 2, 3, 4, 5, 6};
    static const std::array order{1, 2, 3, 4, 5, 6};
    return {order.begin(), order.begin() + std::min(wanted, 6)};
}

/// Stages of training, and the skill from which the next one begins.
struct Stage {
    const char* session_type;
    double next_from_skill;
};
constexpr std::array stages{Stage{"TRAINING_0_gratings_autorewards_15min", 0.0},
                            Stage{"TRAINING_1_gratings", 0.15},
                            Stage{"TRAINING_2_gratings_flashed", 0.35},
                            Stage{"TRAINING_3_images_{}_10uL_reward", 0.6},
                            Stage{"TRAINING_4_images_{}_training", 0.8},
                            Stage{"TRAINING_5_images_{}_handoff_ready", 2.0}};

/// Ordinary weekdays, one session on each.
std::chrono::sys_days weekday_from(std::chrono::sys_days day) {
    while (std::chrono::weekday(day).iso_encoding() > 5) day += std::chrono::days(1);
    return day;
}

/// What follows from a stage's name.
void read_session_type(ChangeDay& day, bool is_imaging) {
    const auto& type = day.session_type;
    day.is_imaging = is_imaging;
    day.is_gratings = type.find("gratings") != std::string::npos;
    day.is_flashed = !type.starts_with("TRAINING_0") && !type.starts_with("TRAINING_1");
    day.is_all_automatic = type.starts_with("TRAINING_0");
    day.is_passive = type.ends_with("passive");
    day.has_omissions = is_imaging && !type.ends_with("habituation");
    if (const auto at = type.find("images_"); at != std::string::npos)
        day.image_set = type.substr(at + 7, 1);
}

}  // namespace

std::int64_t block_of_seed(std::uint64_t seed) {
    return static_cast<std::int64_t>((seed - 1) % id_blocks);
}

ChangeMouse make_change_mouse(const ChangeOptions& options, std::uint64_t number) {
    Random random{options.seed, mouse_stream, number};
    // Every genotype with every project, as the numbers go up.
    const auto& line = lines()[(number + number / 3) % lines().size()];
    const auto& project = project_of(number);
    ChangeMouse mouse;
    mouse.id_block = block_of_seed(options.seed);
    mouse.mouse_id =
        std::to_string(mouse.id_block * 1'000'000 + 900'001 + static_cast<std::int64_t>(number));
    mouse.full_genotype = line.full_genotype;
    mouse.driver_line = line.driver_line;
    mouse.reporter_line = line.reporter_line;
    mouse.sex = random.chance(0.5) ? "M" : "F";
    mouse.project_code = project.code;
    mouse.familiar_set = project.familiar_set;
    mouse.novel_set = project.novel_set;
    mouse.learning_fraction = std::clamp(line.learning_fraction + 0.06 * random.normal(), 0.1, 0.9);
    mouse.learning_width = random.uniform(0.8, 2.2);
    mouse.largest_d_prime = random.uniform(2.2, 3.0);
    mouse.criterion = 0.15 * random.normal();
    mouse.omission_gain = line.omission_gain;
    return mouse;
}

std::vector<ChangeDay> make_change_days(const ChangeOptions& options, const ChangeMouse& mouse,
                                        std::uint64_t number) {
    using namespace std::chrono;
    Random random{options.seed, days_stream, number};
    const auto& project = project_of(number);
    const auto imaging = imaging_sessions(options.sessions);
    const int n_training = options.sessions - static_cast<int>(imaging.size());
    auto date = weekday_from(sys_days(2019y / 3 / 4) + days(random.below(120)));
    const int age_at_start = static_cast<int>(70 + random.below(30));
    const auto first_date = date;
    std::set<std::string> seen_sets;
    std::size_t stage = 0;
    std::vector<ChangeDay> made;
    for (int session = 0; session < options.sessions; ++session) {
        ChangeDay day;
        const bool is_imaging = session >= n_training;
        day.training_day = session + 1;
        day.behavior_session_id = mouse.id_block * 10'000'000'000 + 800'000'000 +
                                  static_cast<std::int64_t>(number) * 1'000'000 + session;
        const double at = (session - mouse.learning_fraction * n_training) / mouse.learning_width;
        day.skill = std::clamp(1.0 / (1.0 + std::exp(-at)) + 0.02 * random.normal(), 0.0, 1.0);
        if (is_imaging) {
            const int stage_number = imaging[static_cast<std::size_t>(session - n_training)];
            const auto& letter = stage_number < 4 ? mouse.familiar_set : mouse.novel_set;
            day.session_type = fmt::format(
                "OPHYS_{}_images_{}{}", stage_number, letter,
                stage_number == 0 ? "_habituation"
                                  : (stage_number == 2 || stage_number == 5 ? "_passive" : ""));
            day.equipment = project.imaging_rig;
        } else {
            if (stage > 0 && stage + 1 < stages.size() &&
                day.skill >= stages[stage].next_from_skill)
                ++stage;
            day.session_type =
                fmt::format(fmt::runtime(stages[stage].session_type), mouse.familiar_set);
            if (stage == 0) ++stage;
            // A trained mouse that has a bad day is called lapsed.
            if (day.session_type.ends_with("ready") && random.chance(0.15)) {
                day.session_type.replace(day.session_type.size() - 5, 5, "lapsed");
                day.skill *= 0.8;
            }
            day.equipment = fmt::format("BEH.{}-Box{}", static_cast<char>('B' + number % 6),
                                        1 + random.below(6));
        }
        read_session_type(day, is_imaging);
        day.is_novel = !day.image_set.empty() && seen_sets.insert(day.image_set).second;
        day.d_prime = 0.3 + (mouse.largest_d_prime - 0.3) * day.skill * (day.is_novel ? 0.85 : 1.0);
        day.criterion = mouse.criterion - 0.6 * (1.0 - day.skill) + 0.1 * random.normal();
        day.lapse_rate = 0.02 + 0.13 * (1.0 - day.skill);
        day.engaged_fraction = random.chance(0.25) ? 1.0 : random.uniform(0.65, 0.95);
        day.abort_rate = 0.2 + 0.25 * (1.0 - day.skill);
        const auto since_eight = milliseconds(random.below(9ULL * 3'600'000));
        const hh_mm_ss clock(hours(8) + since_eight);
        const year_month_day calendar(date);
        day.date_of_acquisition = fmt::format(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}000", int(calendar.year()),
            unsigned(calendar.month()), unsigned(calendar.day()), clock.hours().count(),
            clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
        day.age_days = age_at_start + static_cast<int>((date - first_date).count());
        if (is_imaging && options.cells > 0 && !random.chance(failed_imaging)) {
            for (int plane = 0; plane < project.planes; ++plane)
                day.experiments.push_back(day.behavior_session_id * 10 + plane);
        }
        date = weekday_from(date + days(random.chance(0.1) ? 2 : 1));
        made.push_back(std::move(day));
    }
    return made;
}

}  // namespace tb::simulated
