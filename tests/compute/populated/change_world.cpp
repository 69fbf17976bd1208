#include "tests/compute/populated/change_world.hpp"

#include "src/base/uuid.hpp"
#include "src/populate/worker.hpp"
#include "src/store/array_rows.hpp"
#include "src/store/store_reader.hpp"
#include "trialbase/computed_table.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::compute::testing {

namespace {

std::string new_folder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "trialbase-change.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    return name;
}

/// A number as SQL; NaN and infinities are NULL.
std::string literal(double value) {
    return std::isfinite(value) ? fmt::format("{:.17g}", value) : "null";
}
std::string flag(double value) {
    return value == 1.0 ? "true" : "false";
}

}  // namespace

std::string key_of(int number) {
    return fmt::format("00000000-0000-0000-0000-{:012}", number);
}

ChangeWorld::ChangeWorld() : top_(new_folder()), session_(database_.session()) {
    run("insert into core.lab (lab_name, time_zone, institution_short) "
        "values ('allen', 'America/Los_Angeles', 'AI')");
}

ChangeWorld::~ChangeWorld() {
    std::error_code ignored;
    std::filesystem::remove_all(top_, ignored);
}

store::StoreOptions ChangeWorld::store_options() const {
    store::StoreOptions options;
    options.root = top_ / "store";
    options.durable = false;
    return options;
}

void ChangeWorld::run(const std::string& sql) {
    session_.exec_script({"fixture", sql});
}

std::string ChangeWorld::value(const std::string& sql) {
    return tb::testing::value_of(session_, sql);
}

std::vector<double> ChangeWorld::column(const std::string& sql) {
    const auto rows = session_.exec({"column", sql});
    std::vector<double> values;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        values.push_back(rows.is_null(i, 0) ? std::numeric_limits<double>::quiet_NaN()
                                            : rows.get<double>(i, std::size_t{0}));
    }
    return values;
}

Array ChangeWorld::array(const std::string& sql) {
    return store::StoreReader(store_options()).read(value(sql));
}

void ChangeWorld::add_subject(int subject) {
    run(
        fmt::format("insert into core.subject (subject_id, lab_name, nickname) "
                    "values ('{}', 'allen', '{}')",
                    key_of(subject), subject));
}

void ChangeWorld::add_session(int session, int subject, const std::string& date,
                              const std::string& session_type) {
    run(fmt::format(
        "insert into core.session (session_id, subject_id, lab_name, session_date, start_time, "
        "task_protocol, source) values ('{0}', '{1}', 'allen', '{2}', '{2} 18:00+00', '{3}', "
        "'allen');\n"
        "insert into task.behavior_session (session_id, behavior_session_id, mouse_id, "
        "session_type, full_genotype) values ('{0}', {4}, '{5}', '{3}', 'Sst-IRES-Cre/wt')",
        key_of(session), key_of(subject), date, session_type, session, subject));
}

void ChangeWorld::add_trials(int session, const ChangeTrials& trials,
                             const ChangeRewards& rewards) {
    const std::string id = key_of(session);
    std::string sql = fmt::format(
        "insert into task.change_session (session_id, origin, n_trials, is_passive) "
        "values ('{}', 'table', {}, false);\n",
        id, trials.count);
    for (std::size_t i = 0; i < trials.count; ++i) {
        const auto licks = trials.lick_s.row(i);
        sql += fmt::format(
            "insert into task.change_trial (session_id, trial, start_s, trial_length_s, is_change, "
            "change_s, is_go, is_catch, is_auto_rewarded, is_aborted, is_hit, is_miss, "
            "is_false_alarm, is_correct_reject, n_licks, reward_volume_ml) values ('{}', {}, {}, "
            "{}, false, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {});\n",
            id, i + 1, literal(trials.start_s[i]), literal(trials.length_s[i]),
            literal(trials.change_time_s[i]), flag(trials.is_go[i]), flag(trials.is_catch[i]),
            flag(trials.is_auto_rewarded[i]), flag(trials.is_aborted[i]), flag(trials.is_hit[i]),
            flag(trials.is_miss[i]), flag(trials.is_false_alarm[i]),
            flag(trials.is_correct_reject[i]), licks.size(), literal(trials.reward_volume_ml[i]));
        for (std::size_t lick = 0; lick < licks.size(); ++lick) {
            sql += fmt::format(
                "insert into task.change_trial_lick (session_id, trial, lick, time_s) "
                "values ('{}', {}, {}, {});\n",
                id, i + 1, lick + 1, literal(licks[lick]));
        }
    }
    for (std::size_t i = 0; i < rewards.volume_ml.size(); ++i) {
        sql += fmt::format(
            "insert into task.reward (session_id, reward, time_s, volume_ml) values ('{}', {}, {}, "
            "{});\n",
            id, i + 1, literal(rewards.time_s[i]), literal(rewards.volume_ml[i]));
    }
    session_.begin();
    run(sql);
    session_.commit();
}

std::vector<std::string> ChangeWorld::add_arrays(
    const std::vector<std::pair<std::string, Array>>& named_arrays) {
    const store::ArrayStore store(store_options());
    auto file = store.begin_file("task.running_recording", fmt::format("file={}", n_files_),
                                 new_run_id().to_string());
    std::vector<std::string> ids;
    for (const auto& [name, values] : named_arrays) {
        ids.push_back(new_run_id().to_string());
        file.add(ids.back(), name, values, {.unit = {}, .about = name});
    }
    file.publish();
    store::insert_arrays(session_, std::span(file.arrays()));
    return ids;
}

std::int64_t ChangeWorld::populate(const std::vector<std::string>& tables) {
    populate::WorkerOptions worker;
    worker.connect = {database_.conninfo(), "trialbase populate", std::nullopt};
    worker.registry = &computed_tables();
    worker.store = store_options();
    worker.tables = tables;
    populate::Counters counters;
    populate::run_worker(worker, counters);
    return counters.errors;
}

}  // namespace tb::compute::testing
