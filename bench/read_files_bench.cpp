// How fast files become values: is reading .npy bound by memory, and is reading Parquet fast enough
// not to matter beside COPY into the database?
//
// Generates its files in a temporary folder, checks what it reads, prints one JSON line per
// measurement. Rates are the best of several rounds; the .npy rate is given relative to read(2)
// into fresh memory in the same rounds.
// --smoke: tiny sizes, no targets.
#include "bench/bench_arguments.hpp"
#include "ingest/formats/npy.hpp"
#include "ingest/formats/parquet.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace tb::formats;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "read_files_bench: wrong answer: %s\n", what.c_str());
    std::exit(1);
}

void write_file(const fs::path& path, std::string_view bytes) {
    std::ofstream out(path, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out) fail("cannot write " + path.string());
}

/// The whole file by read(2) into memory that nobody has touched; returns its last byte.
char read_plainly(const fs::path& path, std::size_t size) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const std::unique_ptr<char[]> memory(new char[size]);  // default-initialised: not touched
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = ::read(descriptor, memory.get() + done, size - done);
        if (got <= 0) fail("plain read");
        done += static_cast<std::size_t>(got);
    }
    ::close(descriptor);
    return memory[size - 1];
}

void measure_npy(const fs::path& folder, bool is_smoke) {
    const std::size_t count = is_smoke ? 12'500 : 12'500'000;  // 100 MB
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<double>(i) * 0.5;
    const fs::path path = folder / "a.npy";
    {
        const std::string bytes = npy_bytes(values, {count});
        write_file(path, bytes);
    }
    const std::size_t size = fs::file_size(path);
    double plain = INFINITY;
    double ours = INFINITY;
    for (int round = 0; round < 9; ++round) {
        auto start = Clock::now();
        const char last = read_plainly(path, size);
        plain = std::min(plain, seconds_since(start));
        start = Clock::now();
        const NpyArray array = read_npy(path);
        ours = std::min(ours, seconds_since(start));
        if (array.data.size() != count * 8 || array.data.back() != static_cast<std::byte>(last))
            fail("npy");
        if (round == 0 && array.as_doubles() != values) fail("npy values");
    }
    std::printf(
        "{\"bench\": \"read_npy\", \"bytes\": %zu, \"seconds\": %.6f, \"gigabytes_per_s\": %.3f, "
        "\"plain_read_seconds\": %.6f, \"relative_to_plain_read\": %.3f, \"target\": 0.8}\n",
        size, ours, static_cast<double>(size) / ours / 1e9, plain, plain / ours);
}

/// The 13 columns of an IBL trials table (spec/ibl_behavior.md, 11.2), with plausible values.
Table trials_table(std::size_t rows) {
    const unsigned seed = 20240601;
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    const std::vector<double> contrasts{0.0, 0.0625, 0.125, 0.25, 1.0};
    const char* const doubles[] = {"intervals_0",     "intervals_1",        "goCue_times",
                                   "response_times",  "stimOn_times",       "contrastLeft",
                                   "contrastRight",   "feedback_times",     "rewardVolume",
                                   "probabilityLeft", "firstMovement_times"};
    Table table;
    table.rows = rows;
    for (const char* name : doubles) {
        table.columns.emplace_back();
        table.columns.back().name = name;
        table.columns.back().values.emplace<std::vector<double>>().reserve(rows);
    }
    std::vector<std::int64_t> choice;
    std::vector<std::int64_t> feedback;
    double time = 0.0;
    for (std::size_t row = 0; row < rows; ++row) {
        const bool is_left = uniform(random) < 0.5;
        const double contrast = contrasts[random() % contrasts.size()];
        const bool is_correct = uniform(random) < 0.8;
        const double reaction = 0.2 + uniform(random);
        const double values[] = {time,
                                 time + reaction + 2.5,
                                 time + 0.6,
                                 time + 0.6 + reaction,
                                 time + 0.601,
                                 is_left ? contrast : NAN,
                                 is_left ? NAN : contrast,
                                 time + 0.61 + reaction,
                                 is_correct ? 1.5 : 0.0,
                                 row / 90 % 2 == 0 ? 0.8 : 0.2,
                                 uniform(random) < 0.05 ? NAN : time + 0.5 + reaction};
        for (std::size_t c = 0; c < std::size(values); ++c)
            std::get<std::vector<double>>(table.columns[c].values).push_back(values[c]);
        choice.push_back(is_left == is_correct ? 1 : -1);
        feedback.push_back(is_correct ? 1 : -1);
        time += reaction + 3.0;
    }
    table.columns.emplace_back();
    table.columns.back().name = "choice";
    table.columns.back().values = std::move(choice);
    table.columns.emplace_back();
    table.columns.back().name = "feedbackType";
    table.columns.back().values = std::move(feedback);
    return table;
}

double sum_of(const Column& column) {
    double sum = 0;
    for (const double value : column.as_doubles()) sum += std::isnan(value) ? 1e-3 : value;
    return sum;
}

void measure_parquet(const fs::path& folder, bool is_smoke) {
    const std::size_t rows = is_smoke ? 1'000 : 1'000'000;
    const Table table = trials_table(rows);
    for (const bool dictionary : {false, true}) {
        ParquetOptions options;
        options.dictionary = dictionary;
        if (dictionary) options.codec = "SNAPPY";
        const fs::path path = folder / "trials.pqt";
        auto start = Clock::now();
        const std::string bytes = parquet_bytes(table, options);
        const double write_seconds = seconds_since(start);
        write_file(path, bytes);
        double best = INFINITY;
        for (int round = 0; round < 5; ++round) {
            start = Clock::now();
            const ParquetTable back = read_parquet(path);
            best = std::min(best, seconds_since(start));
            if (back.table.rows != rows || back.table.columns.size() != table.columns.size())
                fail("parquet shape");
            if (round > 0) continue;
            for (std::size_t c = 0; c < table.columns.size(); ++c)
                if (sum_of(back.table.columns[c]) != sum_of(table.columns[c]))
                    fail("parquet column " + table.columns[c].name);
        }
        const double values = static_cast<double>(rows * table.columns.size());
        std::printf(
            "{\"bench\": \"read_parquet\", \"layout\": \"%s\", \"rows\": %zu, \"columns\": %zu, "
            "\"bytes\": %zu, "
            "\"seconds\": %.6f, \"values_per_s\": %.4g, \"write_values_per_s\": %.4g, \"target\": "
            "3e7}\n",
            dictionary ? "dictionary, snappy" : "plain, zstd", rows, table.columns.size(),
            bytes.size(), best, values / best, values / write_seconds);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(argc, argv,
                                         ".npy against read(2), Parquet values per second.");
    const bool is_smoke = arguments.is_smoke;
    const fs::path folder =
        fs::temp_directory_path() / ("trialbase_read_files_" + std::to_string(::getpid()));
    fs::create_directory(folder);
    measure_npy(folder, is_smoke);
    measure_parquet(folder, is_smoke);
    fs::remove_all(folder);
    return 0;
}
