#include "ingest/openscope/find_files.hpp"

#include "ingest/openscope/project_tables.hpp"
#include "ingest/openscope/tracking_file.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

namespace tb::openscope {
namespace {

namespace fs = std::filesystem;

/// The number that a text begins with, and how long it is.
std::optional<std::pair<std::int64_t, std::size_t>> leading_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0) return std::nullopt;
    return std::pair{value, static_cast<std::size_t>(end - text.data())};
}

bool is_session_table(const fs::path& file) {
    try {
        return kind_of_table(file) != nullptr;
    } catch (const Error&) {
        return false;  // no table of ours, whatever it is
    }
}

void add_file(const fs::path& file, FoundFiles& found) {
    if (auto name = session_file_name(file)) {
        found.sessions.push_back(std::move(*name));
    } else if (file.extension() == ".csv" && is_session_table(file)) {
        found.tables.push_back(file);
    } else if (is_tracking_file_name(file)) {
        found.trackings.push_back(file);
    }
}

}  // namespace

std::optional<SessionFileName> session_file_name(const fs::path& file) {
    const auto name = file.filename().string();
    std::string_view text = name;
    constexpr std::string_view subject = "sub-", session = "ses-", ending = ".nwb";
    if (!text.starts_with(subject) || !text.ends_with(ending)) return std::nullopt;
    text.remove_suffix(ending.size());
    text.remove_prefix(subject.size());
    const auto mouse = leading_number(text);
    if (!mouse || mouse->second >= text.size() || text[mouse->second] != '_') return std::nullopt;
    text.remove_prefix(mouse->second);
    const auto at = text.find(session);
    if (at == std::string_view::npos) return std::nullopt;
    const auto rest = text.substr(at + session.size());
    const auto id = leading_number(rest);
    if (!id) return std::nullopt;
    SessionFileName result;
    result.file = file;
    result.mouseid = mouse->first;
    constexpr std::size_t length = 15;
    if (rest.size() >= length && rest[id->second] == 'T' && iso_moment(rest.substr(0, length))) {
        result.timestamp = rest.substr(0, length);
    } else {
        result.sessid = id->first;
    }
    const auto has = [&](std::string_view word) {
        return rest.find(word) != std::string_view::npos;
    };
    result.has_behavior = has("behavior");
    result.has_ophys = has("ophys");
    result.has_images = has("image");
    result.has_stacks = has("obj-raw");
    return result;
}

FoundFiles find_files(const fs::path& path) {
    std::error_code ignored;
    FoundFiles found;
    if (fs::is_directory(path, ignored)) {
        std::vector<fs::path> files;
        for (const auto& entry : fs::recursive_directory_iterator(path))
            if (entry.is_regular_file()) files.push_back(entry.path());
        std::ranges::sort(files);
        for (const auto& file : files) add_file(file, found);
        return found;
    }
    if (!fs::exists(path, ignored))
        throw Error(ErrorKind::not_found, fmt::format("{} does not exist", path.string()));
    add_file(path, found);
    if (found.sessions.empty() && found.tables.empty() && found.trackings.empty())
        throw Error(
            ErrorKind::usage,
            fmt::format("{} is no table, tracking file or session file of this experiment",
                        path.string()),
            "Session files are called sub-<mouse>_ses-<session>_behavior+ophys.nwb, tracking "
            "files mouse_<id>__session_<id>__nway_matched_rois.json; tables have a column "
            "sessid or allen_session_id.");
    return found;
}

const SessionFileName& choose_file(const std::vector<SessionFileName>& files, bool wants_images) {
    const SessionFileName* best = nullptr;
    const auto rank = [&](const SessionFileName& one) {
        return std::tuple(one.has_stacks, one.has_images != wants_images, !one.sessid.has_value(),
                          one.file.filename().string(), one.file.string());
    };
    for (const auto& one : files) {
        if (!one.has_behavior || !one.has_ophys) continue;
        if (best == nullptr || rank(one) < rank(*best)) best = &one;
    }
    if (best == nullptr)
        throw Error(ErrorKind::data,
                    fmt::format("{}: no file of the session has behaviour and imaging in its name",
                                files.empty() ? std::string() : files.front().file.string()),
                    "Fetch sub-<mouse>_ses-<session>_behavior+ophys.nwb.", "DataKind");
    return *best;
}

}  // namespace tb::openscope
