#include "tests/ingest/alf/support.hpp"

#include "ingest/formats/npy.hpp"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <stdexcept>

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

namespace tb::alf::testing {

namespace fs = std::filesystem;

std::optional<fs::path> shared_data(const std::string& below) {
    std::vector<fs::path> roots;
    if (const char* named = std::getenv("TRIALBASE_SHARED")) roots.emplace_back(named);
    // tests/ingest/alf/support.cpp: the source folder is four up from this file.
    roots.push_back(fs::absolute(fs::path(__FILE__)).parent_path() / "../../../../shared");
    for (auto up = fs::current_path(); up.has_relative_path(); up = up.parent_path()) {
        roots.push_back(up / "shared");
    }
    for (const auto& root : roots) {
        std::error_code code;
        if (fs::exists(root / below, code)) return (root / below).lexically_normal();
    }
    return std::nullopt;
}

TemporaryFolder::TemporaryFolder() {
    static std::atomic<int> count{0};
    path_ = fs::temp_directory_path() /
            ("trialbase_alf_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    fs::remove_all(path_);
    fs::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code code;
    fs::remove_all(path_, code);
}

void TemporaryFolder::write(const std::string& file, std::string_view content) const {
    const auto target = path_ / file;
    fs::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << content;
}

std::string tar_bytes(const Entries& entries, const std::string& filter) {
    std::string bytes;
    archive* out = archive_write_new();
    archive_write_set_format_pax_restricted(out);
    archive_write_set_bytes_per_block(out, 512);
    archive_write_set_bytes_in_last_block(out, 1);
    if (!filter.empty() && archive_write_add_filter_by_name(out, filter.c_str()) != ARCHIVE_OK) {
        throw std::runtime_error("no filter " + filter);
    }
    const auto append = [](archive*, void* target, const void* data, std::size_t size) {
        static_cast<std::string*>(target)->append(static_cast<const char*>(data), size);
        return static_cast<la_ssize_t>(size);
    };
    archive_write_open(out, &bytes, nullptr, append, nullptr);
    for (const auto& [name, content] : entries) {
        archive_entry* entry = archive_entry_new();
        const auto arrow = name.find(" -> ");
        archive_entry_copy_pathname(entry, name.substr(0, arrow).c_str());
        archive_entry_set_filetype(entry, AE_IFREG);
        if (arrow != std::string::npos) {
            archive_entry_set_filetype(entry, AE_IFLNK);
            archive_entry_copy_symlink(entry, name.substr(arrow + 4).c_str());
        }
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
        archive_write_header(out, entry);
        archive_write_data(out, content.data(), content.size());
        archive_entry_free(entry);
    }
    archive_write_close(out);
    archive_write_free(out);
    return bytes;
}

Entries session_files(std::size_t trials, const std::string& collection) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> intervals;
    std::vector<double> stim_on, response, feedback, left, right, probability, reward;
    std::vector<std::int64_t> choice, feedback_type;
    for (std::size_t i = 0; i < trials; ++i) {
        const auto start = 10.0 * static_cast<double>(i);
        intervals.insert(intervals.end(), {start, start + 9.0});
        stim_on.push_back(start + 1.0);
        response.push_back(start + 2.0);
        feedback.push_back(start + 2.5);
        const bool is_left = i % 2 == 0;
        left.push_back(is_left ? 0.5 : nan);
        right.push_back(is_left ? nan : 0.25);
        probability.push_back(0.5);
        choice.push_back(i % 3 == 2 ? 0 : (is_left ? 1 : -1));
        feedback_type.push_back(i % 3 == 2 ? -1 : 1);
        reward.push_back(i % 3 == 2 ? 0.0 : 1.5);
    }
    const auto doubles = [](const std::vector<double>& values) {
        return formats::npy_bytes(std::span(values), {values.size()});
    };
    const auto integers = [](const std::vector<std::int64_t>& values) {
        return formats::npy_bytes(std::span(values), {values.size()});
    };
    const auto name = [&](const char* attribute) {
        return collection + "_ibl_trials." + attribute + ".npy";
    };
    return {
        {name("choice"), integers(choice)},
        {name("contrastLeft"), doubles(left)},
        {name("contrastRight"), doubles(right)},
        {name("feedbackType"), integers(feedback_type)},
        {name("feedback_times"), doubles(feedback)},
        {name("intervals"), formats::npy_bytes(std::span<const double>(intervals), {trials, 2})},
        {name("probabilityLeft"), doubles(probability)},
        {name("response_times"), doubles(response)},
        {name("rewardVolume"), doubles(reward)},
        {name("stimOn_times"), doubles(stim_on)}};
}

std::vector<std::map<std::string, std::string>> read_rows(const fs::path& file) {
    std::ifstream in(file);
    std::vector<std::string> header;
    std::vector<std::map<std::string, std::string>> rows;
    for (std::string line; std::getline(in, line);) {
        if (line.ends_with('\r')) line.pop_back();
        std::vector<std::string> fields(1);
        bool quoted = false;
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (line[i] == '"' && quoted && line.substr(i + 1, 1) == "\"") {
                fields.back() += line[++i];
            } else if (line[i] == '"') {
                quoted = !quoted;
            } else if (line[i] == ',' && !quoted) {
                fields.emplace_back();
            } else {
                fields.back() += line[i];
            }
        }
        if (header.empty()) {
            header = fields;
            continue;
        }
        std::map<std::string, std::string> row;
        for (std::size_t i = 0; i < header.size() && i < fields.size(); ++i) {
            row[header[i]] = fields[i];
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace tb::alf::testing
