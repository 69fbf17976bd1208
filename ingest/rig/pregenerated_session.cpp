#include "ingest/rig/pregenerated_session.hpp"

#include "ingest/formats/bytes.hpp"
#include "ingest/formats/npy.hpp"
#include "ingest/formats/parquet.hpp"
#include "trialbase/error.hpp"

#include <array>
#include <cmath>
#include <vector>

namespace tb::rig {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_sessions = 1000;
constexpr RigVersion last_with_one_file{6, 4, 0};

/// `session_3` of session_3_ephys_pcqs.npy; empty for another name.
std::string number_in(const std::string& name, std::string_view end) {
    constexpr std::string_view start = "session_";
    if (!name.starts_with(start) || !name.ends_with(end)) return {};
    const auto digits = name.substr(start.size(), name.size() - start.size() - end.size());
    return digits.find_first_not_of("0123456789") == std::string::npos ? digits : std::string();
}

}  // namespace

PregeneratedSession parse_pregenerated_array(std::span<const std::byte> bytes,
                                             std::string_view name) {
    const auto array = formats::parse_npy(bytes, name);
    constexpr std::size_t columns = 5;
    if (array.shape.size() != 2 || array.shape[1] != columns || array.shape[0] > most_trials) {
        throw Error(ErrorKind::data, std::string(name) +
                                         ": expected rows of position, contrast, quiescence, "
                                         "phase and probability, at most " +
                                         std::to_string(most_trials));
    }
    return {array.column_as_doubles(0), array.column_as_doubles(1), array.column_as_doubles(2),
            array.column_as_doubles(3), array.column_as_doubles(4)};
}

std::map<std::string, PregeneratedSession> parse_pregenerated_table(
    std::span<const std::byte> bytes, std::string_view name) {
    const std::vector<std::string> columns{"session_id", "position",
                                           "contrast",   "quiescent_period",
                                           "stim_phase", "stim_probability_left"};
    const auto table =
        formats::parse_parquet(bytes, name, columns, most_sessions * most_trials).table;
    std::vector<std::vector<double>> values;
    for (const auto& column : columns) {
        const auto* found = table.find(column);
        if (found == nullptr)
            throw Error(ErrorKind::data, std::string(name) + ": no column " + column);
        values.push_back(found->as_doubles());
    }
    std::map<std::string, PregeneratedSession> sessions;
    for (std::size_t row = 0; row < table.rows; ++row) {
        const double number = values[0][row];
        if (!(number >= 0.0 && number < most_sessions) || number != std::floor(number))
            throw Error(ErrorKind::data, std::string(name) + ": row " + std::to_string(row + 1) +
                                             ": session_id is no number of a session");
        auto& session = sessions[std::to_string(static_cast<int>(number))];
        session.position.push_back(values[1][row]);
        session.contrast.push_back(values[2][row]);
        session.quiescence_s.push_back(values[3][row]);
        session.phase.push_back(values[4][row]);
        session.probability_left.push_back(values[5][row]);
    }
    return sessions;
}

PregeneratedSessions::PregeneratedSessions(const fs::path& path) {
    std::error_code code;
    if (!fs::exists(path, code))
        throw Error(ErrorKind::not_found, "no such file or folder: " + path.string());
    if (!fs::is_directory(path, code)) {
        sessions_ = parse_pregenerated_table(formats::read_file(path), path.string());
    } else {
        std::map<std::string, std::vector<double>> phases;
        for (const auto& entry : fs::directory_iterator(path, code)) {
            const auto name = entry.path().filename().string();
            if (const auto number = number_in(name, "_ephys_pcqs.npy"); !number.empty()) {
                sessions_[number] = parse_pregenerated_array(formats::read_file(entry.path()),
                                                             entry.path().string());
            }
            if (const auto number = number_in(name, "_stim_phase.npy"); !number.empty())
                phases[number] = formats::read_npy(entry.path()).as_doubles();
        }
        for (auto& [number, phase] : phases) {
            const auto session = sessions_.find(number);
            if (session == sessions_.end() || phase.size() < session->second.phase.size()) continue;
            auto& with = with_phases_[number] = session->second;
            phase.resize(with.phase.size());
            with.phase = std::move(phase);
        }
    }
    if (sessions_.empty()) {
        throw Error(ErrorKind::not_found, path.string() + ": no session drawn beforehand in it",
                    "Expected session_<k>_ephys_pcqs.npy, or a Parquet table of such sessions.");
    }
}

const PregeneratedSession* PregeneratedSessions::find(const std::string& number,
                                                      RigVersion version) const {
    const auto with = with_phases_.find(number);
    if (version > last_with_one_file && with != with_phases_.end()) return &with->second;
    const auto found = sessions_.find(number);
    return found == sessions_.end() ? nullptr : &found->second;
}

}  // namespace tb::rig
