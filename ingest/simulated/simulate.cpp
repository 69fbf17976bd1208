#include "ingest/simulated/simulate.hpp"

#include "include/trialbase/error.hpp"
#include "include/trialbase/simulated_marker.hpp"
#include "ingest/simulated/subject_maker.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <fstream>
#include <mutex>
#include <thread>

#include <fmt/format.h>

namespace tb::simulated {
namespace {

namespace fs = std::filesystem;

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
