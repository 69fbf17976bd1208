#include "ingest/simulated/subject_maker.hpp"

#include "ingest/simulated/random.hpp"
#include "ingest/simulated/session_files.hpp"
#include "ingest/simulated/session_maker.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tb::simulated {
namespace {

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

}  // namespace

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
        const auto made = make_session(options, state, stage, random, trials, session);
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

}  // namespace tb::simulated
