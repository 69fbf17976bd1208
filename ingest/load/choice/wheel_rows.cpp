#include "ingest/load/choice/wheel_rows.hpp"

#include "ingest/load/choice/choice_arrays.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/load/stored_text.hpp"
#include "trialbase/choice_session.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

namespace tb::load {

namespace {

using db::Params;
using Step = db::Session::Step;
using Texts = std::vector<std::string>;
using Numbers = std::vector<double>;
using Counts = std::vector<std::int64_t>;

}  // namespace

void add_wheel_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Texts key, has_velocity, position, times, move_key;
    Counts samples, move_number;
    Numbers first, last, rate, net, travelled, onset, offset, amplitude;
    for (const auto& one : sessions) {
        const auto& session = session_as<ChoiceSession>(*one.record);
        const auto& id = one.state->session_id;
        if (session.wheel) {
            const auto& wheel = *session.wheel;
            key.push_back(id);
            samples.push_back(wheel.samples);
            first.push_back(wheel.first_s);
            last.push_back(wheel.last_s);
            rate.push_back(wheel.sampling_hz);
            net.push_back(wheel.last_position - wheel.first_position);
            travelled.push_back(wheel.travelled);
            has_velocity.push_back(flag(std::ranges::any_of(session.files, [](const auto& file) {
                return file.dataset_type == "wheel.velocity";
            })));
            const auto* arrays = choice_arrays_of(one);
            position.push_back(arrays ? arrays->wheel_position().value_or("") : "");
            times.push_back(arrays ? arrays->wheel_times().value_or("") : "");
        }
        if (session.wheel_moves) {
            const auto& moves = *session.wheel_moves;
            for (std::size_t i = 0; i < moves.onset_s.size(); ++i) {
                move_key.push_back(id);
                move_number.push_back(static_cast<std::int64_t>(i) + 1);
                onset.push_back(moves.onset_s[i]);
                offset.push_back(moves.offset_s[i]);
                amplitude.push_back(moves.peak_amplitude.empty() ? NAN : moves.peak_amplitude[i]);
            }
        }
    }
    if (!key.empty()) {
        steps.push_back(step("choice/wheel_recordings", Params()
                                                            .text_array(key)
                                                            .int8_array(samples)
                                                            .float8_array(first)
                                                            .float8_array(last)
                                                            .float8_array(rate)
                                                            .float8_array(net)
                                                            .float8_array(travelled)
                                                            .text_array(has_velocity)
                                                            .text_array(position)
                                                            .text_array(times)));
    }
    if (!move_key.empty()) {
        steps.push_back(step("choice/wheel_moves", Params()
                                                       .text_array(move_key)
                                                       .int8_array(move_number)
                                                       .float8_array(onset)
                                                       .float8_array(offset)
                                                       .float8_array(amplitude)));
    }
}

}  // namespace tb::load
