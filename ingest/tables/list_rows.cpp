#include "ingest/tables/list_rows.hpp"

#include "ingest/alf/names.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <ranges>
#include <vector>

#include <fmt/format.h>

namespace tb::tables {
namespace {

constexpr const char* row_hint =
    "The row is left out; mend the table, or have it made again, and load it once more.";

}  // namespace

std::string session_path(const std::string& subject, const std::string& date, std::int64_t number) {
    return fmt::format("{}/{}/{:03}", subject, date, number);
}

std::string md5_text(std::string text) {
    std::erase(text, '-');
    for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return text.size() == 32 && std::ranges::all_of(text, is_hex) ? text : std::string();
}

std::string moment_text(std::string text) {
    if (text.size() < 10 || !alf::is_real_date(std::string_view(text).substr(0, 10))) return {};
    if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
    if (text.size() == 10) text += "T00:00";
    if (text.size() < 16 || text[10] != 'T') return {};
    return text;
}

bool RowReader::read(const std::function<void()>& body) {
    try {
        body();
        return true;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) throw;
        tell(error.type().empty() ? "BadValue" : error.type(), error.what(), row_hint);
        return false;
    }
}

Error RowReader::fault(const std::string& type, const std::string& message) const {
    return {ErrorKind::data, message, row_hint, type};
}

void RowReader::tell(const std::string& type, const std::string& message, const std::string& hint) {
    problems_.add({full_path(cells_.file()), row_ + 1, name_, type,
                   fmt::format("{}: {}", row_name(row_), message), hint});
}

void RowReader::require_session(const ListedSession& session) const {
    if (session.subject.empty()) throw fault("MissingSubject", "it has no subject");
    if (session.date.empty()) throw fault("MissingDate", "it has no date");
    if (session.number &&
        (*session.number < 0 || *session.number > std::numeric_limits<std::int32_t>::max()))
        throw fault("BadValue", fmt::format("{} is no number of a session", *session.number));
    // Such names would be read as several folders.
    for (const auto& name : {session.subject, session.lab})
        if (name.find('/') != std::string::npos)
            throw fault("BadValue", fmt::format("'{}' is no name", name));
}

bool split_dataset_path(const std::string& path, ListedDataset& dataset) {
    std::vector<std::string> folders;
    for (const auto part : std::views::split(path, '/'))
        folders.emplace_back(part.begin(), part.end());
    if (std::ranges::any_of(
            folders, [](const auto& one) { return one.empty() || one == "." || one == ".."; }))
        return false;
    dataset.name = std::move(folders.back());
    folders.pop_back();
    for (const auto& folder : folders) {
        if (folder.size() > 2 && folder.front() == '#' && folder.back() == '#') {
            dataset.revision = folder.substr(1, folder.size() - 2);
            continue;
        }
        if (!dataset.collection.empty()) dataset.collection += '/';
        dataset.collection += folder;
    }
    if (const auto parts = alf::filename_parts(dataset.name)) {
        dataset.dataset_type = parts->object + "." + parts->attribute;
        if (!parts->timescale.empty()) dataset.dataset_type += "_" + parts->timescale;
        dataset.extension = parts->extension;
    } else if (const auto dot = dataset.name.rfind('.'); dot != std::string::npos && dot > 0) {
        dataset.extension = dataset.name.substr(dot + 1);
    }
    return true;
}

}  // namespace tb::tables
