// Writing and reading the arrays of a photometry session: how fast, how small, by codec and level.
// Settles: which level is the default; what a session's 6 MB cost. Prints one JSON line per
// measurement.
#include "bench/bench_arguments.hpp"
#include "src/base/uuid.hpp"
#include "src/store/array_store.hpp"
#include "src/store/store_reader.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include <fmt/format.h>
#include <hdf5.h>

namespace {

using namespace tb;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// A session's results: a z-scored signal, peri-event matrices, wheel velocity; about 6 MB of
/// float64.
std::vector<Array> session_arrays() {
    std::mt19937_64 random(7);
    std::normal_distribution<double> noise;
    std::vector<double> signal(108'000);
    double state = 0;
    for (auto& one : signal) one = state = 0.95 * state + 0.3 * noise(random);
    std::vector<Array> arrays = {Array::vector(signal), Array::vector(signal)};
    for (int event = 0; event < 3; ++event) {
        std::vector<double> traces(800 * 60);
        for (std::size_t i = 0; i < traces.size(); ++i)
            traces[i] =
                signal[(i / 60 * 130 + i % 60 + static_cast<std::size_t>(event)) % signal.size()];
        arrays.push_back(Array::matrix(800, 60, traces));
    }
    std::vector<double> times(108'000);
    for (std::size_t i = 0; i < times.size(); ++i) times[i] = 12.25 + static_cast<double>(i) / 30.0;
    arrays.push_back(Array::vector(times));
    std::vector<float> velocity(360'000);
    for (std::size_t i = 0; i < velocity.size(); ++i)
        velocity[i] = i % 1000 < 700 ? 0.0F : static_cast<float>(noise(random));
    arrays.push_back({{velocity.size()}, velocity});
    return arrays;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(argc, argv, "Writing and reading array files by codec.");
    (void)arguments;  // small enough as it is
    auto name = (fs::temp_directory_path() / "trialbase-bench-store.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return 1;
    const fs::path folder = name;
    const auto arrays = session_arrays();
    double bytes = 0;
    for (const auto& array : arrays) bytes += static_cast<double>(array.bytes().size());
    bool is_right = true;
    struct Setting {
        const char* label;
        store::Codec codec;
        int level;
        bool durable;
    };
    std::vector<Setting> settings = {
        {"gzip", store::Codec::gzip, 1, true},  {"gzip", store::Codec::gzip, 1, false},
        {"gzip", store::Codec::gzip, 2, false}, {"gzip", store::Codec::gzip, 4, false},
        {"gzip", store::Codec::gzip, 6, false}, {"none", store::Codec::none, 1, false}};
    if (H5Zfilter_avail(32008) > 0)
        settings.push_back({"bitshuffle_lz4", store::Codec::bitshuffle_lz4, 1, false});
    for (const auto& [label, codec, level, durable] : settings) {
        store::StoreOptions options;
        options.root = folder / "store";
        options.codec = codec;
        options.level = level;
        options.durable = durable;
        const store::ArrayStore store(options);
        std::vector<double> pack_ms, publish_ms, read_ms, window_ms, library_ms;
        double stored = 0;
        for (int round = 0; round < 9; ++round) {
            const auto start = Clock::now();
            auto file =
                store.begin_file("photometry.preprocessed", fmt::format("session={}", round),
                                 new_run_id().to_string());
            for (std::size_t a = 0; a < arrays.size(); ++a)
                file.add(new_run_id().to_string(), fmt::format("group/array_{}", a), arrays[a], {});
            file.set_aside();
            pack_ms.push_back(ms_since(start));
            const auto aside = Clock::now();
            file.publish();
            publish_ms.push_back(ms_since(aside));
            stored = static_cast<double>(fs::file_size(options.root / file.file()));

            const store::StoreReader reader(options.root);
            const auto reading = Clock::now();
            std::vector<Array> back;
            for (const auto& row : file.arrays()) back.push_back(reader.read(row.ref()));
            read_ms.push_back(ms_since(reading));
            for (std::size_t a = 0; a < arrays.size(); ++a)
                is_right = is_right && back[a].values == arrays[a].values &&
                           back[a].shape == arrays[a].shape;
            const auto window = Clock::now();
            is_right = is_right && reader.read_rows(file.arrays()[2].ref(), 400, 401).size() == 60;
            window_ms.push_back(ms_since(window));
            const auto library = Clock::now();
            for (std::size_t a = 0; a < arrays.size(); ++a)
                is_right = is_right && reader.read_by_library(file.arrays()[a].ref()).values ==
                                           arrays[a].values;
            library_ms.push_back(ms_since(library));
        }
        fmt::print(
            "{{\"bench\": \"store\", \"codec\": \"{}\", \"level\": {}, \"durable\": {}, \"mb\": "
            "{:.2f}, "
            "\"ratio\": {:.3f}, \"write_ms\": {:.2f}, \"publish_ms\": {:.2f}, \"read_ms\": {:.2f}, "
            "\"read_by_hdf5_ms\": {:.2f}, \"one_trial_ms\": {:.3f}, \"right\": {}}}\n",
            label, level, durable, bytes / 1e6, bytes / stored, median(pack_ms), median(publish_ms),
            median(read_ms), median(library_ms), median(window_ms), is_right);
    }
    // Many files at once: what sharing the flushes saves.
    for (const int n : {1, 4, 16, 64}) {
        store::StoreOptions options;
        options.root = folder / "store";
        const store::ArrayStore store(options);
        std::vector<double> each;
        for (int round = 0; round < 5; ++round) {
            std::vector<store::ArrayFile> files;
            std::vector<store::ArrayFile*> pointers;
            for (int f = 0; f < n; ++f) {
                files.push_back(store.begin_file("photometry.preprocessed",
                                                 fmt::format("many={}.{}", round, f),
                                                 new_run_id().to_string()));
                files.back().add(new_run_id().to_string(), "signal", arrays[0], {});
                files.back().set_aside();
            }
            for (auto& file : files) pointers.push_back(&file);
            const auto start = Clock::now();
            for (const auto& error : store::ArrayStore::publish(pointers))
                is_right = is_right && !error;
            each.push_back(ms_since(start) / n);
        }
        fmt::print(
            "{{\"bench\": \"store_publish\", \"files\": {}, \"ms_per_file\": {:.3f}, \"right\": "
            "{}}}\n",
            n, median(each), is_right);
    }
    std::error_code ignored;
    fs::remove_all(folder, ignored);  // made by mkdtemp above
    return is_right ? 0 : 1;
}
