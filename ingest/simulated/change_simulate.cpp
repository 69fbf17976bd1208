#include "ingest/simulated/change_simulate.hpp"

#include "include/trialbase/error.hpp"
#include "include/trialbase/simulated_marker.hpp"
#include "ingest/simulated/change_file.hpp"
#include "ingest/simulated/change_imaging.hpp"
#include "ingest/simulated/change_session.hpp"
#include "ingest/simulated/change_tables.hpp"
#include "src/base/blake2b.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <fstream>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::simulated {
namespace {

namespace fs = std::filesystem;

constexpr const char* project_name = "visual-behavior-ophys";
constexpr const char* version = "1.0.0";
constexpr const char* bucket_url = "https://visual-behavior-ophys-data.s3.us-west-2.amazonaws.com";
constexpr std::uint64_t object_stream = 51;

struct WrittenFile {
    std::int64_t id = 0;
    std::string place;  ///< below the release's folder
    std::string hash;
    std::uint64_t bytes = 0;
};

/// What one session gave.
struct SessionWork {
    ChangeSessionTruth truth;
    std::vector<ChangeCellTruth> cells;
    std::vector<WrittenFile> files;
};

void check(const ChangeOptions& options) {
    for (const auto& [value, what] : {std::pair(options.mice, "mice"),
                                      {options.sessions, "sessions"},
                                      {options.trials, "trials"}}) {
        if (value >= 1 && value <= 1'000'000) continue;
        throw Error(
            ErrorKind::usage,
            fmt::format("the number of {} must lie within 1 and 1000000, but is {}", what, value));
    }
    if (options.cells < 0 || options.cells > 999)
        throw Error(ErrorKind::usage,
                    fmt::format("an imaging experiment has 0 to 999 cells, not {}", options.cells));
}

void prepare_folder(const fs::path& out, const fs::path& release) {
    std::error_code code;
    if (fs::exists(out, code) && (!fs::is_directory(out, code) || !fs::is_empty(out, code)))
        throw Error(ErrorKind::conflict,
                    out.string() + ": the folder for the simulated mice is not empty",
                    "Name a folder that does not exist yet.");
    for (const auto* folder :
         {"project_metadata", "behavior_sessions", "behavior_ophys_experiments"}) {
        fs::create_directories(release / folder, code);
        if (code)
            throw Error(ErrorKind::io, fmt::format("cannot create the folder {}: {}",
                                                   (release / folder).string(), code.message()));
    }
}

/// @return its size
std::uint64_t write_text(const fs::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) throw Error(ErrorKind::io, "cannot write " + file.string(), "Is the disk full?");
    return text.size();
}

SessionWork work_on(const ChangeOptions& options, const ChangeHistory& history,
                    const ChangeDay& day, const fs::path& release) {
    SessionWork done;
    auto made = make_change_session(options, history.mouse, day, history.number);
    done.truth = std::move(made.truth);
    const auto write = [&](std::int64_t id, const std::string& place,
                           const ImagingExperiment* experiment) {
        const auto file = release / place;
        const auto bytes =
            write_change_file(file, made.recording, experiment,
                              Random{options.seed, object_stream, static_cast<std::uint64_t>(id)});
        done.files.push_back({id, place, blake2b_of_file(file), bytes});
    };
    if (day.experiments.empty())
        write(day.behavior_session_id,
              "behavior_sessions/" + behavior_file_name(day.behavior_session_id), nullptr);
    for (std::size_t plane = 0; plane < day.experiments.size(); ++plane) {
        auto experiment =
            make_imaging(options, history.mouse, history.number, day, made.recording, plane);
        write(experiment.ophys_experiment_id,
              "behavior_ophys_experiments/" + experiment_file_name(experiment.ophys_experiment_id),
              &experiment);
        std::ranges::move(experiment.truth, std::back_inserter(done.cells));
    }
    return done;
}

nlohmann::json manifest_entry(const std::string& place, const std::string& hash) {
    return {{"url", fmt::format("{}/{}/{}", bucket_url, project_name, place)},
            {"version_id", "simulated"},
            {"file_hash", hash}};
}

}  // namespace

ChangeResult simulate_change_detection(const ChangeOptions& options,
                                       const ChangeProgress& progress) {
    check(options);
    const auto release = options.out / fmt::format("{}-{}", project_name, version);
    prepare_folder(options.out, release);
    // What makes the whole folder known as simulated comes first.
    ChangeResult result;
    result.bytes = write_text(
        options.out / simulated_marker,
        fmt::format("{{\"simulated_by\": \"trialbase\", \"seed\": {}}}\n", options.seed));

    std::vector<ChangeHistory> histories;
    std::vector<std::pair<const ChangeHistory*, const ChangeDay*>> sessions;
    for (std::uint64_t number = 0; number < static_cast<std::uint64_t>(options.mice); ++number) {
        auto mouse = make_change_mouse(options, number);
        auto days = make_change_days(options, mouse, number);
        histories.push_back({number, std::move(mouse), std::move(days)});
    }
    for (const auto& history : histories)
        for (const auto& day : history.days) sessions.emplace_back(&history, &day);

    std::vector<SessionWork> works(sessions.size());
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> done{0};
    std::mutex failure_mutex;
    std::exception_ptr failure;
    const auto work = [&] {
        try {
            for (auto i = next++; i < sessions.size(); i = next++) {
                works[i] = work_on(options, *sessions[i].first, *sessions[i].second, release);
                const auto count = ++done;
                if (progress) progress(count, sessions.size());
            }
        } catch (...) {
            next = sessions.size();
            const std::lock_guard lock(failure_mutex);
            if (!failure) failure = std::current_exception();
        }
    };
    const std::size_t wanted = options.threads > 0
                                   ? static_cast<std::size_t>(options.threads)
                                   : std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < std::min(wanted, sessions.size()); ++i) threads.emplace_back(work);
    work();
    for (auto& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);

    nlohmann::json manifest{
        {"project_name", project_name},
        {"manifest_version", version},
        {"metadata_file_id_column_name", "file_id"},
        {"data_pipeline", {{{"name", simulated_pipeline}, {"version", version}, {"comment", ""}}}},
        {"metadata_files", nlohmann::json::object()},
        {"data_files", nlohmann::json::object()}};
    for (auto& one : works) {
        result.sessions.push_back(std::move(one.truth));
        std::ranges::move(one.cells, std::back_inserter(result.cells));
        for (const auto& file : one.files) {
            manifest["data_files"][std::to_string(file.id)] = manifest_entry(file.place, file.hash);
            ++result.files;
            result.bytes += file.bytes;
        }
    }
    for (const auto& [name, text] : project_tables(histories, result.cells)) {
        const auto place = fmt::format("project_metadata/{}.csv", name);
        result.bytes += write_text(release / place, text);
        manifest["metadata_files"][name] = manifest_entry(place, blake2b_hex(text));
    }
    result.bytes += write_text(options.out / "truth.csv", truth_table(result.sessions));
    result.bytes += write_text(options.out / "truth_cells.csv", cell_truth_table(result.cells));
    result.bytes +=
        write_text(options.out / fmt::format("{}_project_manifest_v{}.json", project_name, version),
                   manifest.dump(1) + "\n");
    return result;
}

}  // namespace tb::simulated
