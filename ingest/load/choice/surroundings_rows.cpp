#include "ingest/load/choice/surroundings_rows.hpp"

#include "ingest/load/statements.hpp"
#include "ingest/load/stored_text.hpp"
#include "trialbase/choice_session.hpp"

#include <cstdint>
#include <string>

namespace tb::load {
namespace {

using db::Params;
using Step = db::Session::Step;
using Texts = std::vector<std::string>;
using Integers = std::vector<std::int64_t>;
using Numbers = std::vector<double>;

/// Sessions of rows, numbered from 1 within each.
struct Keys {
    Texts session_id;
    Integers number;
    void add(const std::string& session, std::size_t index) {
        session_id.push_back(session);
        number.push_back(static_cast<std::int64_t>(index) + 1);
    }
};

void add_ambient_step(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Keys keys;
    Numbers temperature, pressure, humidity;
    for (const auto& one : sessions) {
        const auto& ambient = session_as<ChoiceSession>(*one.record).ambient;
        for (std::size_t i = 0; i < ambient.temperature_c.size(); ++i) {
            keys.add(one.state->session_id, i);
            temperature.push_back(ambient.temperature_c[i]);
            pressure.push_back(ambient.air_pressure_mb[i]);
            humidity.push_back(ambient.relative_humidity_percent[i]);
        }
    }
    if (keys.number.empty()) return;
    steps.push_back(step("choice/ambient_readings", Params()
                                                        .text_array(keys.session_id)
                                                        .int8_array(keys.number)
                                                        .float8_array(temperature)
                                                        .float8_array(pressure)
                                                        .float8_array(humidity)));
}

void add_period_step(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Keys keys;
    Texts kind;
    Numbers start, stop;
    for (const auto& one : sessions) {
        const auto& periods = session_as<ChoiceSession>(*one.record).passive.periods;
        for (std::size_t i = 0; i < periods.size(); ++i) {
            keys.add(one.state->session_id, i);
            kind.push_back(db::sanitize_text(periods[i].kind));
            start.push_back(periods[i].start_s);
            stop.push_back(periods[i].stop_s);
        }
    }
    if (keys.number.empty()) return;
    steps.push_back(step("choice/passive_periods", Params()
                                                       .text_array(keys.session_id)
                                                       .int8_array(keys.number)
                                                       .text_array(kind)
                                                       .float8_array(start)
                                                       .float8_array(stop)));
}

void add_stimulus_step(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Keys keys;
    Texts kind;
    Numbers start, stop, position, contrast, phase;
    for (const auto& one : sessions) {
        const auto& stimuli = session_as<ChoiceSession>(*one.record).passive.stimuli;
        for (std::size_t i = 0; i < stimuli.size(); ++i) {
            keys.add(one.state->session_id, i);
            kind.push_back(stimuli[i].kind);
            start.push_back(stimuli[i].start_s);
            stop.push_back(stimuli[i].stop_s);
            position.push_back(stimuli[i].position_deg);
            contrast.push_back(stimuli[i].contrast);
            phase.push_back(stimuli[i].phase_rad);
        }
    }
    if (keys.number.empty()) return;
    steps.push_back(step("choice/passive_stimuli", Params()
                                                       .text_array(keys.session_id)
                                                       .int8_array(keys.number)
                                                       .text_array(kind)
                                                       .float8_array(start)
                                                       .float8_array(stop)
                                                       .float8_array(position)
                                                       .float8_array(contrast)
                                                       .float8_array(phase)));
}

void add_frame_step(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Keys keys;
    Numbers time;
    for (const auto& one : sessions) {
        const auto& frames = session_as<ChoiceSession>(*one.record).passive.frame_s;
        for (std::size_t i = 0; i < frames.size(); ++i) {
            keys.add(one.state->session_id, i);
            time.push_back(frames[i]);
        }
    }
    if (keys.number.empty()) return;
    steps.push_back(
        step("choice/passive_frames",
             Params().text_array(keys.session_id).int8_array(keys.number).float8_array(time)));
}

}  // namespace

void add_surroundings_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    add_ambient_step(sessions, steps);
    add_period_step(sessions, steps);
    add_stimulus_step(sessions, steps);
    add_frame_step(sessions, steps);
}

}  // namespace tb::load
