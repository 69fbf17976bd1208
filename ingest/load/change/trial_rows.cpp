#include "ingest/load/change/trial_rows.hpp"

#include "ingest/load/change/change_arrays.hpp"
#include "src/base/uuid.hpp"
#include "trialbase/change_session.hpp"

#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace tb::load {
namespace {

/// A session whose behaviour is written, and its key as COPY takes it.
struct Source {
    const ChangeSession* session;
    std::string key;  ///< the UUID's bytes
};

std::vector<Source> sources_of(std::span<const SessionToWrite> sessions) {
    std::vector<Source> sources;
    for (const auto& one : sessions) {
        const auto& session = session_as<ChangeSession>(*one.record);
        if (!writes_behavior(session, *one.state)) continue;
        std::string key;
        const auto uuid = Uuid::parse(one.state->session_id).value();
        for (const auto byte : uuid.bytes) key.push_back(static_cast<char>(byte));
        sources.push_back({&session, std::move(key)});
    }
    return sources;
}

double finite_at(const std::vector<double>& values, std::size_t row) {
    if (row >= values.size()) return NAN;
    return std::isinf(values[row]) ? NAN : values[row];
}
void put_flag(db::CopyIn& copy, const std::vector<double>& values, std::size_t row) {
    const double value = finite_at(values, row);
    if (std::isnan(value)) {
        copy.put_null();
    } else {
        copy.put(value != 0.0);
    }
}
void put_name(db::CopyIn& copy, const std::vector<std::string>& names, std::size_t row) {
    if (row >= names.size() || names[row].empty()) {
        copy.put_null();
    } else {
        copy.put(db::sanitize_text(names[row]));
    }
}

void copy_trials(db::Session& database, const std::vector<Source>& sources) {
    db::CopyIn copy(database, "task.change_trial",
                    {"session_id",
                     "trial",
                     "initial_image_name",
                     "change_image_name",
                     "is_change",
                     "is_go",
                     "is_catch",
                     "is_auto_rewarded",
                     "is_aborted",
                     "is_hit",
                     "is_miss",
                     "is_false_alarm",
                     "is_correct_reject",
                     "n_licks",
                     "start_s",
                     "end_s",
                     "trial_length_s",
                     "change_s",
                     "change_without_delay_s",
                     "change_frame",
                     "response_s",
                     "response_latency_s",
                     "reward_s",
                     "reward_volume_ml",
                     "extra"});
    using T = ChangeTrials;
    static constexpr std::array flags{
        &T::is_change, &T::is_go,   &T::is_catch,       &T::is_auto_rewarded, &T::is_aborted,
        &T::is_hit,    &T::is_miss, &T::is_false_alarm, &T::is_correct_reject};
    static constexpr std::array numbers{&T::start_s,
                                        &T::stop_s,
                                        &T::length_s,
                                        &T::change_time_s,
                                        &T::change_time_no_display_delay_s,
                                        &T::change_frame,
                                        &T::response_time_s,
                                        &T::response_latency_s,
                                        &T::reward_time_s,
                                        &T::reward_volume_ml};
    for (const auto& source : sources) {
        const auto& trials = source.session->recording.trials;
        for (std::size_t i = 0; i < trials.count; ++i) {
            copy.next_row();
            copy.put_binary(source.key);
            copy.put(static_cast<std::int64_t>(i) + 1);
            put_name(copy, trials.initial_image_name, i);
            put_name(copy, trials.change_image_name, i);
            for (const auto column : flags) put_flag(copy, trials.*column, i);
            copy.put(static_cast<std::int64_t>(trials.lick_s.row(i).size()));
            for (const auto column : numbers) copy.put(finite_at(trials.*column, i));
            put_name(copy, source.session->trial_extra, i);
        }
    }
    copy.finish();
}

void copy_trial_licks(db::Session& database, const std::vector<Source>& sources) {
    db::CopyIn copy(database, "task.change_trial_lick", {"session_id", "trial", "lick", "time_s"});
    for (const auto& source : sources) {
        const auto& trials = source.session->recording.trials;
        for (std::size_t i = 0; i < trials.count; ++i) {
            std::int64_t lick = 0;
            for (const double time_s : trials.lick_s.row(i)) {
                copy.next_row();
                copy.put_binary(source.key);
                copy.put(static_cast<std::int64_t>(i) + 1);
                copy.put(++lick);
                copy.put(time_s);
            }
        }
    }
    copy.finish();
}

void copy_licks(db::Session& database, const std::vector<Source>& sources) {
    db::CopyIn copy(database, "task.lick", {"session_id", "lick", "time_s", "frame"});
    for (const auto& source : sources) {
        const auto& licks = source.session->recording.licks;
        for (std::size_t i = 0; i < licks.time_s.size(); ++i) {
            copy.next_row();
            copy.put_binary(source.key);
            copy.put(static_cast<std::int64_t>(i) + 1);
            copy.put(licks.time_s[i]);
            copy.put(licks.frame[i]);
        }
    }
    copy.finish();
}

void copy_rewards(db::Session& database, const std::vector<Source>& sources) {
    db::CopyIn copy(database, "task.reward",
                    {"session_id", "reward", "time_s", "volume_ml", "is_auto_rewarded"});
    for (const auto& source : sources) {
        const auto& rewards = source.session->recording.rewards;
        for (std::size_t i = 0; i < rewards.time_s.size(); ++i) {
            copy.next_row();
            copy.put_binary(source.key);
            copy.put(static_cast<std::int64_t>(i) + 1);
            copy.put(rewards.time_s[i]);
            copy.put(finite_at(rewards.volume_ml, i));
            put_flag(copy, rewards.is_auto_rewarded, i);
        }
    }
    copy.finish();
}

void copy_presentations(db::Session& database, const std::vector<Source>& sources) {
    db::CopyIn copy(database, "task.stimulus_presentation",
                    {"session_id",
                     "presentation",
                     "table_name",
                     "table_row",
                     "stimulus_block_name",
                     "stimulus_name",
                     "image_set",
                     "image_name",
                     "is_omitted",
                     "is_change",
                     "is_sham_change",
                     "is_image_novel",
                     "is_active",
                     "stimulus_block",
                     "image_index",
                     "start_s",
                     "end_s",
                     "duration_s",
                     "start_frame",
                     "end_frame",
                     "flashes_since_change",
                     "movie_frame_index",
                     "movie_repeat",
                     "trial",
                     "extra"});
    using P = ChangePresentations;
    static constexpr std::array names{&P::stimulus_block_name, &P::stimulus_name, &P::image_set,
                                      &P::image_name};
    static constexpr std::array flags{&P::is_omitted, &P::is_change, &P::is_sham_change,
                                      &P::is_image_novel, &P::is_active};
    static constexpr std::array numbers{
        &P::stimulus_block,    &P::image_index, &P::start_s,   &P::stop_s,
        &P::duration_s,        &P::start_frame, &P::end_frame, &P::flashes_since_change,
        &P::movie_frame_index, &P::movie_repeat};
    for (const auto& source : sources) {
        const auto& table = source.session->recording.presentations;
        const auto& origins = source.session->presentation_origins;
        const bool has_origins = origins.table.size() == table.count;
        for (std::size_t i = 0; i < table.count; ++i) {
            copy.next_row();
            copy.put_binary(source.key);
            copy.put(static_cast<std::int64_t>(i) + 1);
            if (has_origins) {
                put_name(copy, origins.table, i);
                copy.put(origins.row[i]);
            } else {
                copy.put_null();
                copy.put_null();
            }
            for (const auto column : names) put_name(copy, table.*column, i);
            for (const auto column : flags) put_flag(copy, table.*column, i);
            for (const auto column : numbers) copy.put(finite_at(table.*column, i));
            copy.put(finite_at(table.trials_id, i) + 1.0);
            put_name(copy, origins.extra, i);
        }
    }
    copy.finish();
}

}  // namespace

void copy_change_rows(db::Session& database, std::span<const SessionToWrite> sessions) {
    const auto sources = sources_of(sessions);
    if (sources.empty()) return;
    copy_trials(database, sources);
    copy_trial_licks(database, sources);
    copy_licks(database, sources);
    copy_rewards(database, sources);
    copy_presentations(database, sources);
}

}  // namespace tb::load
