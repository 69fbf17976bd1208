// Reading every array of an NWB file against h5py reading the same data sets, within one run.
// Settles: does the child process cost what the issue allows (half of h5py's rate, 75 % aimed at)?
// Prints one JSON line per measurement. Usage: bench_nwb [--smoke] [--file FILE]; without it it
// writes a session of its own. Without a python3 that has h5py only our own rate is told.
#include "bench/bench_arguments.hpp"
#include "ingest/nwb/nwb_file.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace tb;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Traces of 60 ROIs in gzip chunks, eye and running signals: about 60 MB of values; and the reader
/// that is compared with: every data set into fresh memory, the best of several rounds.
constexpr const char* python = R"(
import sys, time
import h5py, numpy as np
def write(path, n):
    rng = np.random.default_rng(1)
    with h5py.File(path, "w") as f:
        f.attrs["nwb_version"] = "2.7.0"
        f["identifier"] = "bench"; f["session_description"] = "bench"
        f["session_start_time"] = "2024-03-05T10:00:00+01:00"
        def series(name, data, **storage):
            g = f.create_group(name)
            g.attrs["neurodata_type"] = "TimeSeries"
            g.create_dataset("data", data=data, **storage)
            g.create_dataset("timestamps", data=np.arange(len(data)) / 30.0)
        t = np.arange(n)[:, None] / 30.0
        dff = (np.sin(t + np.arange(60)) + 0.1 * rng.standard_normal((n, 60))).astype("f4")
        series("processing/ophys/dff", np.round(dff, 3), chunks=(min(1024, len(dff)), 60), compression="gzip")
        series("processing/ophys/raw", dff.astype("f8"))
        series("processing/running/speed", rng.standard_normal(2 * n))
        series("acquisition/eye", rng.integers(0, 500, (n, 8)).astype("i4"), chunks=True, shuffle=True,
               compression="gzip", compression_opts=4)
def read(path):
    total = 0
    with h5py.File(path, "r") as f:
        names = []
        f.visititems(lambda name, o: names.append(name) if isinstance(o, h5py.Dataset)
                     and o.dtype.kind in "fiub" else None)
        for name in names:
            total += f[name][()].nbytes
    return total
if sys.argv[1] == "write":
    write(sys.argv[2], int(sys.argv[3]))
else:
    best = cpu = 1e9
    for _ in range(int(sys.argv[3])):
        start, cpu_start = time.perf_counter(), time.process_time()
        total = read(sys.argv[2])
        best = min(best, time.perf_counter() - start)
        cpu = min(cpu, time.process_time() - cpu_start)
    print(best, cpu, total)
)";

std::string find_python() {
    for (const std::string one : {"python3", "/usr/bin/python3"}) {
        if (std::system((one + " -c 'import h5py' 2>/dev/null").c_str()) == 0) return one;
    }
    return {};
}

/// Processor time of this process and of its children that have ended.
double cpu_now() {
    double seconds = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage used{};
        ::getrusage(static_cast<__rusage_who_t>(who), &used);
        for (const auto& time : {used.ru_utime, used.ru_stime})
            seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    }
    return seconds;
}

struct Reading {
    double seconds = 0, cpu_seconds = 0;
    std::size_t bytes = 0;
};

Reading read_with_h5py(const std::string& program, const fs::path& script, const fs::path& file,
                       int rounds) {
    Reading reading;
    const auto command =
        fmt::format("{} {} read {} {}", program, script.string(), file.string(), rounds);
    if (FILE* out = ::popen(command.c_str(), "r")) {
        if (std::fscanf(out, "%lf %lf %zu", &reading.seconds, &reading.cpu_seconds,
                        &reading.bytes) != 3)
            reading = {};
        ::pclose(out);
    }
    return reading;
}

/// Opening included, every numeric data set whole.
Reading read_whole(const fs::path& file) {
    const auto start = Clock::now();
    Reading reading;
    const auto nwb = nwb::NwbFile::open(file);
    for (const auto& [path, node] : nwb.hdf5().tree().nodes()) {
        if (node.is_dataset() && node.type.is_number())
            reading.bytes += nwb.hdf5().read(path).bytes().size();
    }
    reading.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return reading;
}

/// The same in blocks that are looked at and forgotten, as a loader does.
Reading read_in_blocks(const fs::path& file) {
    const auto start = Clock::now();
    Reading reading;
    const auto nwb = nwb::NwbFile::open(file);
    for (const auto& [path, node] : nwb.hdf5().tree().nodes()) {
        if (!node.is_dataset() || !node.type.is_number()) continue;
        nwb.hdf5().read_blocks(
            path, hdf5::array_dtype(node.type), {},
            [&](const hdf5::Block& block) { reading.bytes += block.bytes.size(); });
    }
    reading.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return reading;
}

template <class Read>
Reading best_of(int rounds, const Read& read) {
    Reading best;
    for (int i = 0; i < rounds; ++i) {
        const auto cpu_start = cpu_now();
        const auto again = read();
        const auto cpu = cpu_now() - cpu_start;
        if (i == 0 || again.seconds < best.seconds) best.seconds = again.seconds;
        if (i == 0 || cpu < best.cpu_seconds) best.cpu_seconds = cpu;
        best.bytes = again.bytes;
    }
    return best;
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(
        argc, argv, "Every array of an NWB session, against h5py reading the same data sets.",
        {{"--file", "FILE", "read this one (default: one is made)"}});
    const bool is_smoke = arguments.is_smoke;
    fs::path file = arguments.text("--file");
    const bool is_given = !file.empty();
    const auto program = find_python();
    if (program.empty() && file.empty()) {
        std::printf("{\"bench\": \"nwb\", \"skipped\": \"no python3 here has h5py\"}\n");
        return 0;
    }
    auto name = (fs::temp_directory_path() / "trialbase-bench-nwb.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return 1;
    const fs::path folder = name;
    const auto script = folder / "bench.py";
    if (FILE* out = std::fopen(script.c_str(), "w")) {
        std::fputs(python, out);
        std::fclose(out);
    }
    bool is_right = true;
    if (file.empty()) {
        file = folder / "session.nwb";
        const auto command = fmt::format("{} {} write {} {}", program, script.string(),
                                         file.string(), is_smoke ? 500 : 72'000);
        is_right = std::system(command.c_str()) == 0;
    }
    const int rounds = is_smoke ? 1 : 7;
    if (is_right) {
        const auto whole = best_of(rounds, [&] { return read_whole(file); });
        const auto blocks = best_of(rounds, [&] { return read_in_blocks(file); });
        const auto h5py =
            program.empty() ? Reading{} : read_with_h5py(program, script, file, rounds);
        const auto tell = [&](const char* what, const Reading& reading) {
            std::printf(
                "{\"bench\": \"nwb\", \"what\": \"%s\", \"ms\": %.2f, \"cpu_ms\": %.2f, \"mb\": "
                "%.1f, "
                "\"of_h5py\": %.2f, \"of_h5py_cpu\": %.2f}\n",
                what, reading.seconds * 1e3, reading.cpu_seconds * 1e3,
                static_cast<double>(reading.bytes) / 1e6, h5py.seconds / reading.seconds,
                h5py.cpu_seconds / reading.cpu_seconds);
        };
        if (!program.empty()) tell("h5py", h5py);
        tell("whole", whole);
        tell("blocks", blocks);
        // Types that widen (uint16, ...) do not occur here: the same bytes must come.
        is_right = whole.bytes == blocks.bytes &&
                   (program.empty() || is_given || whole.bytes == h5py.bytes);
        if (!is_right)
            std::fprintf(stderr, "bytes differ: whole %zu, blocks %zu, h5py %zu\n", whole.bytes,
                         blocks.bytes, h5py.bytes);
    }
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    return is_right ? 0 : 1;
}
