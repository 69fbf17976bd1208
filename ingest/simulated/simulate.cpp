#include "ingest/simulated/simulate.hpp"

#include "include/trialbase/error.hpp"
#include "include/trialbase/simulated_marker.hpp"
#include "ingest/formats/npy.hpp"
#include "ingest/formats/parquet.hpp"
#include "ingest/simulated/random.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>
#include <fstream>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tb::simulated {
namespace {

namespace fs = std::filesystem;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double pi = 3.14159265358979323846;

// One step of the encoder: 1024 per turn (spec/ibl_behavior.md, 12.3).
constexpr double tick_rad = 2.0 * pi / 1024.0;
// The wheel turn that brings the stimulus from 35 degrees to the centre: 4 degrees per millimetre
// of the rim, radius 31 mm.
constexpr double threshold_rad = 35.0 / 4.0 / 31.0;
constexpr double no_go_after_s = 60.0;

double round_time(double time) {
    return std::round(time * 1e4) / 1e4;
}

/// What stays the same about a subject.
struct Subject {
    std::string lab;
    std::string name;
    double learning_session = 8.0;  ///< session at which half of the skill is there
    double learning_width = 2.0;    ///< sessions over which it comes
    double initial_bias = 0.0;      ///< signed contrast
    double expert_threshold = 0.12;
    double expert_lapse_low = 0.03;
    double expert_lapse_high = 0.03;
    double block_shift = 0.07;  ///< bias at probabilities of 0.2 and 0.8, when expert
    double speed = 1.0;         ///< factor of reaction times
    double weight_g = 24.0;
    std::vector<Fiber> fibers;
};

/// A subject on one day.
struct Day {
    double skill = 0.0;
    double threshold = 1.0;
    double lapse_low = 0.5;
    double lapse_high = 0.5;
    double bias = 0.0;
    double block_shift = 0.0;
    double no_go = 0.0;
    double speed = 1.0;
};

/// Contrasts of the successive stages of training, then of the biased task.
const std::array<std::vector<double>, 6> contrast_sets{{{1.0, 0.5},
                                                        {1.0, 0.5, 0.25},
                                                        {1.0, 0.5, 0.25, 0.125},
                                                        {1.0, 0.5, 0.25, 0.125, 0.0625},
                                                        {1.0, 0.5, 0.25, 0.125, 0.0625, 0.0},
                                                        {1.0, 0.25, 0.125, 0.0625, 0.0}}};
constexpr std::size_t last_training_stage = 4;
constexpr std::size_t biased_stage = 5;

struct Columns {
    std::vector<double> interval_start, interval_end, stim_on_trigger, stim_on, stim_off,
        go_cue_trigger, go_cue, first_movement, response, feedback, contrast_left, contrast_right,
        probability_left, reward, iti, quiescence;
    std::vector<std::int64_t> choice, feedback_type, repeats;
    std::vector<char> included;
};

struct Wheel {
    std::vector<double> time, position;
    std::vector<double> move_intervals;  ///< (moves, 2)
    std::vector<double> move_amplitude;
};

/// Time of a minimum-jerk movement (0..1) at which a part (0..1) of its way is done: the inverse of
/// 10 t^3 - 15 t^4 + 6 t^5 (Flash and Hogan 1985).
double minimum_jerk_time(double part) {
    static const std::array<double, 1025> table = [] {
        std::array<double, 1025> times{};
        for (std::size_t i = 0; i < times.size(); ++i) {
            const double target = static_cast<double>(i) / 1024.0;
            double low = 0.0;
            double high = 1.0;
            for (int step = 0; step < 60; ++step) {
                const double t = 0.5 * (low + high);
                const double done = t * t * t * (10.0 + t * (-15.0 + 6.0 * t));
                (done < target ? low : high) = t;
            }
            times[i] = 0.5 * (low + high);
        }
        return times;
    }();
    const double x = std::clamp(part, 0.0, 1.0) * 1024.0;
    const auto i = std::min<std::size_t>(static_cast<std::size_t>(x), 1023);
    return table[i] + (table[i + 1] - table[i]) * (x - static_cast<double>(i));
}

class SessionMaker {
  public:
    SessionMaker(const SimulateOptions& options, const Day& day, std::size_t stage, Random random)
        : options_(options), day_(day), stage_(stage), random_(random) {}

    /// Makes the trials (and the wheel); `session` gets its counts.
    void run(std::size_t trials, SimulatedSession& session) {
        double clock = 0.5 + random_.uniform();
        double probability_left = 0.5;
        std::size_t block_ends = stage_ == biased_stage ? 90 : trials;
        double contrast = 0.0;
        bool is_right = false;
        std::int64_t repeats = 0;
        for (std::size_t trial = 0; trial < trials; ++trial) {
            if (stage_ == biased_stage && trial == block_ends) {
                probability_left = probability_left == 0.5 ? (random_.chance(0.5) ? 0.2 : 0.8)
                                                           : 1.0 - probability_left;
                probability_left = probability_left > 0.5 ? 0.8 : 0.2;
                block_ends += block_length();
            }
            if (repeats == 0) {
                contrast = draw_contrast();
                is_right = !random_.chance(probability_left);
            }
            const bool tired = trials - trial <= trials / 12;
            const double effort = tired
                                      ? 1.0 - 0.6 * (1.0 - static_cast<double>(trials - trial) /
                                                               (static_cast<double>(trials) / 12.0))
                                      : 1.0;
            const bool correct =
                one_trial(clock, contrast, is_right, probability_left, repeats, effort, session);
            columns.included.push_back(tired ? 0 : 1);
            const bool repeat = stage_ <= last_training_stage && !correct && contrast >= 0.5;
            repeats = repeat ? repeats + 1 : 0;
        }
        session.trials = trials;
        session.wheel_samples = wheel.time.size();
        session.licks = licks.size();
    }

    Columns columns;
    Wheel wheel;
    std::vector<double> licks;

  private:
    /// Exponential with mean 60, cut to 20..100 trials, as in the biased task.
    std::size_t block_length() {
        while (true) {
            const double length = 20.0 + random_.exponential(60.0);
            if (length <= 100.0) return static_cast<std::size_t>(length);
        }
    }

    /// Zero comes half as often as the others: it belongs to neither side.
    double draw_contrast() {
        const auto& set = contrast_sets[stage_];
        const bool has_zero = set.back() == 0.0;
        const double weight = static_cast<double>(set.size()) - (has_zero ? 0.5 : 0.0);
        return set[static_cast<std::size_t>(random_.uniform() * weight)];
    }

    /// Advances the clock over one trial. @return whether it was rewarded
    bool one_trial(double& clock, double contrast, bool is_right, double probability_left,
                   std::int64_t repeats, double effort, SimulatedSession& session) {
        const double signed_contrast = is_right ? contrast : -contrast;
        const bool no_go = random_.chance(day_.no_go + 0.25 * (1.0 - effort) * (1.0 - contrast));
        const double bias = day_.bias + day_.block_shift * (probability_left - 0.5) / 0.3;
        const double z = (signed_contrast - bias) / day_.threshold;
        const double right =
            day_.lapse_low + (1.0 - day_.lapse_low - day_.lapse_high) * 0.5 * (1.0 + std::erf(z));
        const bool reports_right = random_.chance(right);
        const bool correct = !no_go && reports_right == is_right;

        const double start = round_time(clock);
        const double quiescence = round_time(0.2 + std::min(0.5, random_.exponential(0.35)));
        // A restless wheel lengthens the quiescent period.
        const double restless = random_.chance(0.3) ? random_.exponential(0.4) : 0.0;
        const double stim_on_trigger = round_time(start + quiescence + restless + 0.0003);
        const double stim_on = round_time(stim_on_trigger + random_.uniform(0.018, 0.052));
        const double go_cue_trigger = round_time(stim_on + random_.uniform(0.0006, 0.0012));
        const double go_cue = round_time(go_cue_trigger + random_.uniform(0.0002, 0.0101));
        // Slower when little is seen, when little is known and when hardly motivated.
        const double difficulty = 1.0 - contrast / (contrast + 0.15);
        const double latency =
            0.08 + random_.lognormal((0.11 + 0.12 * difficulty + 0.5 * (1.0 - day_.skill)) *
                                         day_.speed * (2.0 - effort),
                                     0.35 + 0.25 * difficulty);
        const double turn_s =
            std::clamp(random_.lognormal(0.12 + 0.1 * difficulty, 0.3), 0.05, 1.5);
        double first_movement = round_time(stim_on + std::min(latency, 50.0));
        double response = round_time(first_movement + turn_s);
        if (no_go) {
            first_movement = nan;
            response = round_time(go_cue + no_go_after_s);
        }
        const double feedback = round_time(response + random_.uniform(0.0002, 0.0012));
        const double stim_off =
            round_time(feedback + (correct ? 1.0 : 2.0) + random_.uniform(0.02, 0.05));
        const double iti = 0.5;
        const double end = round_time(stim_off + iti);
        clock = end + random_.uniform(0.03, 0.06);

        // Choice -1: counter-clockwise, the animal reports "right".
        const std::int64_t choice = no_go ? 0 : reports_right ? -1 : 1;
        const double reward = correct ? (stage_ == biased_stage ? 1.5 : 3.0) : 0.0;
        columns.interval_start.push_back(start);
        columns.interval_end.push_back(end);
        columns.stim_on_trigger.push_back(stim_on_trigger);
        // The photodiode misses a change now and then.
        columns.stim_on.push_back(random_.chance(0.001) ? nan : stim_on);
        columns.stim_off.push_back(stim_off);
        columns.go_cue_trigger.push_back(go_cue_trigger);
        columns.go_cue.push_back(go_cue);
        columns.first_movement.push_back(first_movement);
        columns.response.push_back(response);
        columns.feedback.push_back(feedback);
        columns.contrast_left.push_back(is_right ? nan : contrast);
        columns.contrast_right.push_back(is_right ? contrast : nan);
        columns.probability_left.push_back(probability_left);
        columns.reward.push_back(reward);
        columns.iti.push_back(iti);
        columns.quiescence.push_back(quiescence);
        columns.choice.push_back(choice);
        columns.feedback_type.push_back(correct ? 1 : -1);
        columns.repeats.push_back(repeats);

        ++(correct ? session.correct : session.error);
        if (no_go) ++session.no_go;
        if (contrast == 0.0) ++session.zero_contrast;
        if (contrast >= 0.5) {
            ++session.easy_trials;
            if (correct) ++session.easy_correct;
        }
        session.reward_ul += reward;

        if (options_.wheel) {
            if (restless > 0.0) {
                fidget(start + 0.2 * restless, std::min(0.4, 0.7 * restless + 0.05));
            }
            if (!no_go) {
                const double side = reports_right ? 1.0 : -1.0;
                // The wheel does not stop where the response is counted.
                const double way = threshold_rad * random_.uniform(1.1, 1.7);
                // At `turn_s` the threshold is passed, so that the whole movement takes longer.
                const double whole = turn_s / minimum_jerk_time(threshold_rad / way);
                move(first_movement, whole, side * way);
                if (correct) lick(feedback + random_.uniform(0.05, 0.2));
            }
            const double last = wheel.time.empty() ? 0.0 : wheel.time.back();
            if (random_.chance(0.25)) {
                fidget(std::max(last + 0.15, feedback + random_.uniform(0.2, 0.5)),
                       random_.uniform(0.08, 0.3));
            }
        }
        return correct;
    }

    void fidget(double onset, double duration) {
        move(onset, duration, (random_.chance(0.5) ? 1.0 : -1.0) * random_.uniform(0.02, 0.15));
    }

    /// Adds the encoder's steps of one smooth movement: a sample at every tick, at its own time.
    void move(double onset, double duration, double way) {
        if (!wheel.time.empty() && onset <= wheel.time.back() + 0.02) return;
        const auto ticks = static_cast<int>(std::abs(way) / tick_rad);
        if (ticks < 1) return;
        const int sign = way > 0 ? 1 : -1;
        if (wheel.time.empty()) {
            wheel.time.push_back(std::max(0.0, round_time(onset - 0.3)));
            wheel.position.push_back(0.0);
        } else if (onset - wheel.time.back() >
                   0.05) {  // the encoder repeats itself before it moves
            wheel.time.push_back(std::round((onset - 0.005) * 1e6) / 1e6);
            wheel.position.push_back(position_ * tick_rad);
        }
        double last = wheel.time.back();
        for (int tick = 1; tick <= ticks; ++tick) {
            position_ += sign;
            const double part = (tick - 0.5 * random_.uniform()) / (ticks + 0.5);
            double time = onset + duration * minimum_jerk_time(part);
            time = std::max(std::round(time * 1e6) / 1e6, last + 1e-5);
            wheel.time.push_back(time);
            wheel.position.push_back(position_ * tick_rad);
            last = time;
        }
        wheel.move_intervals.push_back(round_time(onset));
        wheel.move_intervals.push_back(round_time(onset + duration));
        wheel.move_amplitude.push_back(sign * ticks * tick_rad);
    }

    void lick(double first) {
        double time = first;
        const auto count = 3 + random_.below(6);
        for (std::uint64_t i = 0; i < count; ++i) {
            licks.push_back(round_time(time));
            time += std::max(0.08, 0.14 + 0.02 * random_.normal());
        }
    }

    const SimulateOptions& options_;
    const Day& day_;
    std::size_t stage_;
    Random random_;
    int position_ = 0;  ///< ticks
};

/// Writes files of one session and counts them.
class SessionFolder {
  public:
    SessionFolder(fs::path folder, std::string missing)
        : folder_(std::move(folder)), missing_(std::move(missing)) {}

    /// One dataset of alf/, unless it is the one to be missing.
    void add(std::string_view object, std::string_view attribute, const std::string& content,
             std::string_view extension = "npy") {
        if (object == "_ibl_trials" && attribute == missing_) return;
        write("alf", fmt::format("{}.{}.{}", object, attribute, extension), content);
    }

    void write(const char* collection, const std::string& name, const std::string& content) {
        const auto folder = folder_ / collection;
        std::error_code code;
        fs::create_directories(folder, code);
        const auto file = folder / name;
        std::ofstream out(file, std::ios::binary | std::ios::trunc);
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
        out.close();
        if (!out) {
            throw Error(ErrorKind::io, "cannot write " + file.string(), "Is the disk full?");
        }
        ++files;
        bytes += content.size();
    }

    std::size_t files = 0;
    std::uint64_t bytes = 0;

  private:
    fs::path folder_;
    std::string missing_;
};

std::string vector_bytes(const std::vector<double>& values) {
    return formats::npy_bytes(std::span(values), {values.size()});
}
std::string vector_bytes(const std::vector<std::int64_t>& values) {
    return formats::npy_bytes(std::span(values), {values.size()});
}
std::string flag_bytes(const std::vector<char>& values) {
    const auto flags = std::make_unique<bool[]>(values.size());
    std::transform(values.begin(), values.end(), flags.get(), [](char v) { return v != 0; });
    return formats::npy_bytes_bool(std::span<const bool>(flags.get(), values.size()));
}

std::string pairs_bytes(const std::vector<double>& first, const std::vector<double>& second) {
    std::vector<double> pairs;
    pairs.reserve(2 * first.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
        pairs.push_back(first[i]);
        pairs.push_back(second[i]);
    }
    return formats::npy_bytes(std::span<const double>(pairs), {first.size(), 2});
}

template <class T>
void add_column(formats::Table& table, const char* name, const std::vector<T>& values) {
    formats::Column column;
    column.name = name;
    column.values = values;
    table.columns.push_back(std::move(column));
    table.rows = values.size();
}

std::string trials_table(const Columns& c) {
    formats::Table table;
    add_column(table, "intervals_0", c.interval_start);
    add_column(table, "intervals_1", c.interval_end);
    add_column(table, "goCue_times", c.go_cue);
    add_column(table, "response_times", c.response);
    add_column(table, "choice", c.choice);
    add_column(table, "stimOn_times", c.stim_on);
    add_column(table, "contrastLeft", c.contrast_left);
    add_column(table, "contrastRight", c.contrast_right);
    add_column(table, "feedback_times", c.feedback);
    add_column(table, "feedbackType", c.feedback_type);
    add_column(table, "rewardVolume", c.reward);
    add_column(table, "probabilityLeft", c.probability_left);
    add_column(table, "firstMovement_times", c.first_movement);
    return formats::parquet_bytes(table);
}

/// Datasets that real sessions lack now and then (data/SOURCES.md counts them).
std::string draw_missing(Random& random, bool is_table) {
    constexpr std::array<const char*, 5> beside{"repNum", "included", "itiDuration",
                                                "goCueTrigger_times", "stimOnTrigger_times"};
    constexpr std::array<const char*, 4> alone{"stimOn_times", "goCue_times", "rewardVolume",
                                               "firstMovement_times"};
    const auto which = random.below(is_table ? beside.size() : beside.size() + alone.size());
    return which < beside.size() ? beside[which] : alone[which - beside.size()];
}

void write_session(const fs::path& root, const SessionMaker& made, bool is_table, bool has_wheel,
                   SimulatedSession& session, std::uint64_t& bytes) {
    SessionFolder folder(
        root / session.lab / "Subjects" / session.subject / session.date / session.number,
        session.missing_dataset);
    const auto& c = made.columns;
    const char* trials = "_ibl_trials";
    if (is_table) {
        folder.add(trials, "table", trials_table(c), "pqt");
    } else {
        folder.add(trials, "intervals", pairs_bytes(c.interval_start, c.interval_end));
        folder.add(trials, "goCue_times", vector_bytes(c.go_cue));
        folder.add(trials, "response_times", vector_bytes(c.response));
        folder.add(trials, "choice", vector_bytes(c.choice));
        folder.add(trials, "stimOn_times", vector_bytes(c.stim_on));
        folder.add(trials, "contrastLeft", vector_bytes(c.contrast_left));
        folder.add(trials, "contrastRight", vector_bytes(c.contrast_right));
        folder.add(trials, "feedback_times", vector_bytes(c.feedback));
        folder.add(trials, "feedbackType", vector_bytes(c.feedback_type));
        folder.add(trials, "rewardVolume", vector_bytes(c.reward));
        folder.add(trials, "probabilityLeft", vector_bytes(c.probability_left));
        folder.add(trials, "firstMovement_times", vector_bytes(c.first_movement));
    }
    folder.add(trials, "repNum", vector_bytes(c.repeats));
    folder.add(trials, "included", flag_bytes(c.included));
    folder.add(trials, "itiDuration", vector_bytes(c.iti));
    folder.add(trials, "quiescencePeriod", vector_bytes(c.quiescence));
    folder.add(trials, "stimOff_times", vector_bytes(c.stim_off));
    folder.add(trials, "stimOnTrigger_times", vector_bytes(c.stim_on_trigger));
    folder.add(trials, "goCueTrigger_times", vector_bytes(c.go_cue_trigger));
    if (has_wheel) {
        const auto& wheel = made.wheel;
        folder.add("_ibl_wheel", "position", vector_bytes(wheel.position));
        folder.add("_ibl_wheel", "timestamps", vector_bytes(wheel.time));
        folder.add("_ibl_wheelMoves", "intervals",
                   formats::npy_bytes(std::span<const double>(wheel.move_intervals),
                                      {wheel.move_amplitude.size(), 2}));
        folder.add("_ibl_wheelMoves", "peakAmplitude", vector_bytes(wheel.move_amplitude));
        folder.add("licks", "times", vector_bytes(made.licks));
    }
    folder.write("raw_behavior_data", "_iblrig_taskSettings.raw.json",
                 fmt::format("{{\n  \"{}\": \"trialbase\",\n"
                             "  \"PYBPOD_PROTOCOL\": \"{}\",\n  \"IBLRIG_VERSION\": \"6.6.2\",\n"
                             "  \"SUBJECT_NAME\": \"{}\",\n  \"SUBJECT_WEIGHT\": {:.1f},\n"
                             "  \"SESSION_DATETIME\": \"{}\",\n  \"SESSION_NUMBER\": \"{}\",\n"
                             "  \"PYBPOD_BOARD\": \"_iblrig_{}_behavior_0\",\n"
                             "  \"PYBPOD_CREATOR\": [\"{}\", \"\"],\n"
                             "  \"SESSION_START_DELAY_SEC\": 0\n}}\n",
                             simulated_settings_key,
                             session.task_protocol.substr(0, session.task_protocol.size() - 5),
                             session.subject, session.weight_g, session.start_time, session.number,
                             session.lab, "simulated_user"));
    session.files = folder.files;
    bytes += folder.bytes;
}

void write_photometry(const fs::path& root, const SessionMaker& made,
                      const std::vector<Fiber>& fibers, PhotometryFault fault, Random random,
                      SimulatedSession& session, std::uint64_t& bytes) {
    const auto& c = made.columns;
    std::vector<double> signed_contrast(c.choice.size());
    for (std::size_t t = 0; t < signed_contrast.size(); ++t) {
        signed_contrast[t] =
            std::isnan(c.contrast_left[t]) ? c.contrast_right[t] : -c.contrast_left[t];
    }
    const auto photometry = simulate_photometry({.stim_on_s = c.stim_on,
                                                 .first_movement_s = c.first_movement,
                                                 .feedback_s = c.feedback,
                                                 .signed_contrast = signed_contrast,
                                                 .feedback_type = c.feedback_type,
                                                 .start_s = c.interval_start.front(),
                                                 .end_s = c.interval_end.back()},
                                                fibers, fault, random);
    SessionFolder folder(
        root / session.lab / "Subjects" / session.subject / session.date / session.number, "");
    // As the real files are: snappy, names of few values in a dictionary.
    const formats::ParquetOptions options{.codec = "SNAPPY", .dictionary = true, .metadata = {}};
    folder.write("alf/photometry", "photometry.signal.pqt",
                 formats::parquet_bytes(photometry.signal, options));
    folder.write("alf/photometry", "photometryROI.locations.pqt",
                 formats::parquet_bytes(photometry.locations, options));
    folder.write("", "_ibl_experiment.description.yaml", photometry.description);
    session.files += folder.files;
    session.photometry_fault = fault;
    session.responses = photometry.truth;
    session.bleaching_s = photometry.bleaching_s;
    bytes += folder.bytes;
}

PhotometryFault draw_fault(const SimulateOptions& options, Random& random) {
    if (!random.chance(options.fault_rate)) return PhotometryFault::none;
    constexpr std::array<PhotometryFault, 4> faults{
        PhotometryFault::band_inversion, PhotometryFault::early_sample,
        PhotometryFault::few_unique_samples, PhotometryFault::late_start};
    return faults[random.below(faults.size())];
}

/// Targets that labs aim at; a subject's second fibre is on the other side.
std::vector<Fiber> draw_fibers(int count, Random& random) {
    constexpr std::array<const char*, 5> targets{"VTA", "SNc", "DR", "LC", "NBM"};
    const std::string target = targets[random.below(targets.size())];
    const bool is_left = random.chance(0.5);
    std::vector<Fiber> fibers;
    for (int f = 0; f < count; ++f) {
        fibers.push_back({fmt::format("G{}", f), target + ((f % 2 == 0) == is_left ? "-l" : "-r")});
    }
    return fibers;
}

std::string lab_name(std::uint64_t lab) {
    constexpr std::array<const char*, 8> names{"alder", "birch", "cedar", "elm",
                                               "fir",   "hazel", "larch", "maple"};
    const auto round = lab / names.size();
    const std::string name = names[lab % names.size()];
    return round == 0 ? name + "lab" : name + "lab" + std::to_string(round + 1);
}

Subject make_subject(const SimulateOptions& options, std::uint64_t lab, std::uint64_t number) {
    Random random({options.seed, 1, lab, number});
    Random of_lab({options.seed, 2, lab});
    Subject subject;
    subject.lab = lab_name(lab);
    subject.name = fmt::format("{}_{:03}", subject.lab, number + 1);
    // Labs differ a little, subjects more.
    const double lab_delay = 1.5 * of_lab.normal();
    subject.learning_session = std::clamp(7.0 + lab_delay + 2.5 * random.normal(), 2.0, 20.0);
    subject.learning_width = random.uniform(1.0, 2.8);
    subject.initial_bias = 0.35 * random.normal();
    subject.expert_threshold = random.uniform(0.10, 0.24);
    subject.expert_lapse_low = random.uniform(0.01, 0.07);
    subject.expert_lapse_high = random.uniform(0.01, 0.07);
    subject.block_shift = random.uniform(0.04, 0.11);
    subject.speed = random.lognormal(1.0, 0.2);
    subject.weight_g = random.uniform(19.0, 28.0);
    if (options.photometry) {
        Random of_fibers({options.seed, 5, lab, number});
        subject.fibers = draw_fibers(options.fibers, of_fibers);
    }
    return subject;
}

Day make_day(const Subject& subject, int session, Random& random) {
    Day day;
    const double x = (session - subject.learning_session) / subject.learning_width;
    day.skill = std::clamp(1.0 / (1.0 + std::exp(-x)) + 0.02 * random.normal(), 0.0, 1.0);
    const double naive = 1.0 - day.skill;
    day.threshold = subject.expert_threshold + 0.8 * naive;
    day.lapse_low = subject.expert_lapse_low * day.skill + 0.42 * naive;
    day.lapse_high = subject.expert_lapse_high * day.skill + 0.42 * naive;
    day.bias = subject.initial_bias * naive + 0.015 * random.normal();
    day.block_shift = subject.block_shift * day.skill;
    day.no_go = 0.001 + 0.03 * naive * naive;
    day.speed = subject.speed * random.lognormal(1.0, 0.08);
    return day;
}

/// Runs one subject from the first session to the last.
std::vector<SimulatedSession> simulate_subject(const SimulateOptions& options, std::uint64_t lab,
                                               std::uint64_t number, std::uint64_t& bytes,
                                               const std::function<void()>& session_done) {
    const auto subject = make_subject(options, lab, number);
    Random calendar({options.seed, 3, lab, number});
    std::chrono::sys_days day = std::chrono::sys_days{std::chrono::year{2021} / 1 / 4} +
                                std::chrono::days{static_cast<int>(calendar.below(120))};
    std::size_t stage = 0;
    int good_sessions = 0;
    int number_of_day = 1;
    std::vector<SimulatedSession> sessions;
    for (int i = 0; i < options.sessions; ++i) {
        Random random({options.seed, 4, lab, number, static_cast<std::uint64_t>(i)});
        if (i > 0) {
            if (random.chance(0.03) && number_of_day == 1) {
                number_of_day = 2;  // a second session on the same day
            } else {
                number_of_day = 1;
                do {
                    day += std::chrono::days{random.chance(0.06) ? 2 : 1};
                } while (std::chrono::weekday{day} == std::chrono::Saturday ||
                         std::chrono::weekday{day} == std::chrono::Sunday);
            }
        }
        const std::chrono::year_month_day date{day};
        SimulatedSession session;
        session.lab = subject.lab;
        session.subject = subject.name;
        session.date =
            fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
        session.number = fmt::format("{:03}", number_of_day);
        session.is_biased = stage == biased_stage;
        session.task_protocol = fmt::format("_iblrig_tasks_{}ChoiceWorld6.6.2",
                                            session.is_biased ? "biased" : "training");
        session.start_time =
            fmt::format("{}T{:02}:{:02}:{:02}.{:06}", session.date,
                        (number_of_day == 1 ? 9 : 15) + static_cast<int>(random.below(4)),
                        random.below(60), random.below(60), random.below(1'000'000));
        // Water restriction takes about a tenth of the weight in the first days.
        session.weight_g =
            std::round(10.0 * subject.weight_g *
                       (0.88 + 0.12 * std::exp(-0.5 * i) + 0.008 * random.normal())) /
            10.0;
        const auto state = make_day(subject, i, random);
        session.skill = state.skill;
        const auto trials = std::max<std::size_t>(
            1, static_cast<std::size_t>(std::llround(options.trials * random.uniform(0.8, 1.2))));
        const bool is_table = options.table_files && i >= options.sessions / 2;
        if (random.chance(options.missing_rate)) {
            session.missing_dataset = draw_missing(random, is_table);
        }
        SessionMaker made(options, state, stage, random);
        made.run(trials, session);
        write_session(options.out, made, is_table, options.wheel, session, bytes);
        if (options.photometry) {
            Random of_signal({options.seed, 6, lab, number, static_cast<std::uint64_t>(i)});
            const auto fault = draw_fault(options, of_signal);
            write_photometry(options.out, made, subject.fibers, fault, of_signal, session, bytes);
        }

        // On to harder stimuli after a session with easy ones mastered; two in a row of the last
        // set end the training.
        const double easy = session.easy_trials == 0 ? 0.0
                                                     : static_cast<double>(session.easy_correct) /
                                                           static_cast<double>(session.easy_trials);
        if (stage < last_training_stage) {
            if (easy > 0.8) ++stage;
        } else if (stage == last_training_stage) {
            good_sessions = easy > 0.85 ? good_sessions + 1 : 0;
            if (good_sessions == 2) stage = biased_stage;
        }
        sessions.push_back(std::move(session));
        session_done();
    }
    return sessions;
}

/// The surgeons' table of a lab, `<lab>/fibers.csv`. Positive X is left. @return its size
std::uint64_t write_fibers(const SimulateOptions& options, std::uint64_t lab) {
    std::string text = "subject,targeted_region,X-ml_um,Y-ap_um,Z-dv_um,depth,theta,phi\n";
    for (int number = 0; number < options.subjects; ++number) {
        const auto subject = make_subject(options, lab, static_cast<std::uint64_t>(number));
        for (const auto& fiber : subject.fibers) {
            const auto region = fiber.brain_region.substr(0, fiber.brain_region.size() - 2);
            const int side = fiber.brain_region.ends_with("-l") ? 1 : -1;
            text += fmt::format("{},{},{},{},{},{},{},{}\n", subject.name, region, side * 600,
                                -3200, 0, 4300, 0, 0);
        }
    }
    const auto file = options.out / lab_name(lab) / "fibers.csv";
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) throw Error(ErrorKind::io, "cannot write " + file.string(), "Is the disk full?");
    return text.size();
}

/// What makes the whole tree known as simulated. @return its size
std::uint64_t write_marker(const SimulateOptions& options) {
    const auto text =
        fmt::format("{{\"simulated_by\": \"trialbase\", \"seed\": {}}}\n", options.seed);
    const auto file = options.out / simulated_marker;
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) throw Error(ErrorKind::io, "cannot write " + file.string(), "Is the disk full?");
    return text.size();
}

void check_count(int value, const char* what) {
    if (value < 1 || value > 1'000'000) {
        throw Error(ErrorKind::usage, fmt::format("the number of {} must lie within 1 and 1000000, "
                                                  "but is {}",
                                                  what, value));
    }
}

}  // namespace

std::string SimulatedSession::identifier() const {
    return lab + "/" + subject + "/" + date + "/" + number;
}

SimulateResult simulate(const SimulateOptions& options, const SimulateProgress& progress) {
    check_count(options.labs, "labs");
    check_count(options.subjects, "subjects");
    check_count(options.sessions, "sessions");
    check_count(options.trials, "trials");
    if (options.photometry && (options.fibers < 1 || options.fibers > 2)) {
        throw Error(ErrorKind::usage,
                    "a simulated subject has 1 or 2 fibres, not " + std::to_string(options.fibers));
    }
    std::error_code code;
    if (fs::exists(options.out, code)) {
        if (!fs::is_directory(options.out, code) || !fs::is_empty(options.out, code)) {
            throw Error(ErrorKind::conflict,
                        options.out.string() + ": the folder for the simulated labs is not empty",
                        "Name a folder that does not exist yet.");
        }
    }
    fs::create_directories(options.out, code);
    if (code) {
        throw Error(ErrorKind::io,
                    "cannot create the folder " + options.out.string() + ": " + code.message());
    }

    const auto marker_bytes = write_marker(options);
    const auto labs = static_cast<std::size_t>(options.labs);
    const auto per_lab = static_cast<std::size_t>(options.subjects);
    const std::size_t subjects = labs * per_lab;
    const std::size_t all = subjects * static_cast<std::size_t>(options.sessions);
    std::vector<std::vector<SimulatedSession>> made(subjects);
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> done{0};
    std::atomic<std::uint64_t> bytes{0};
    std::mutex failure_mutex;
    std::exception_ptr failure;
    const auto work = [&] {
        try {
            for (auto i = next++; i < subjects; i = next++) {
                std::uint64_t written = 0;
                made[i] = simulate_subject(options, i / per_lab, i % per_lab, written, [&] {
                    const auto count = ++done;
                    if (progress) progress(count, all);
                });
                bytes += written;
            }
        } catch (...) {
            next = subjects;
            const std::lock_guard lock(failure_mutex);
            if (!failure) failure = std::current_exception();
        }
    };
    const std::size_t wanted = options.threads > 0
                                   ? static_cast<std::size_t>(options.threads)
                                   : std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < std::min(wanted, subjects); ++i) threads.emplace_back(work);
    work();
    for (auto& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);

    if (options.photometry) {
        for (std::size_t lab = 0; lab < labs; ++lab) bytes += write_fibers(options, lab);
    }

    SimulateResult result;
    result.bytes = bytes + marker_bytes;
    result.sessions.reserve(all);
    for (auto& sessions : made) {
        std::move(sessions.begin(), sessions.end(), std::back_inserter(result.sessions));
    }
    return result;
}

}  // namespace tb::simulated
