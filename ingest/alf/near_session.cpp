#include "ingest/alf/near_session.hpp"

#include "ingest/alf/member.hpp"
#include "ingest/alf/names.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tb::alf {
namespace {

std::vector<std::string> components_of(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        const auto end = std::min(path.find('/'), path.size());
        if (end > 0) parts.emplace_back(path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return parts;
}

std::size_t count_digits(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; }));
}

/// Something that somebody may have meant as a date.
bool is_nearly_date(std::string_view text) {
    return count_digits(text) >= 4 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
           });
}

}  // namespace

std::string nearly_session_folder(std::string_view file) {
    auto folder = file.substr(0, file.rfind('/') == std::string_view::npos ? 0 : file.rfind('/'));
    const auto last = [&] { return folder.substr(folder.rfind('/') + 1); };
    const auto up = [&] {
        const auto slash = folder.rfind('/');
        folder = slash == std::string_view::npos ? std::string_view() : folder.substr(0, slash);
    };
    if (last().size() > 2 && last().starts_with('#') && last().ends_with('#')) up();
    if (last().starts_with("task_")) up();
    if (last() == "alf" || is_raw_collection(last())) up();
    return std::string(folder);
}

std::string why_no_session(std::string_view folder) {
    const auto parts = components_of(folder);
    const std::string expected = "expected subject/yyyy-mm-dd/number";
    if (const auto inside = split_session_path(folder); inside && inside->end < folder.size()) {
        return "it lies inside the session " + std::string(folder.substr(0, inside->end)) +
               "; give that folder";
    }
    if (parts.size() >= 3) {
        const auto& date = parts[parts.size() - 2];
        const auto& number = parts[parts.size() - 1];
        if (!is_real_date(date)) {
            const bool is_form =
                date.size() == 10 && date[4] == '-' && date[7] == '-' && count_digits(date) == 8;
            if (is_form) return "'" + date + "' is no date of the calendar";
            if (is_nearly_date(date)) {
                return "'" + date + "' is not a date written yyyy-mm-dd; " + expected;
            }
        } else if (!canonical_number(number)) {
            return "'" + number + "' is no session number; " + expected;
        }
    }
    return "its path does not end with subject/date/number; " + expected;
}

std::optional<Error> contradiction(const SessionSource& session, const std::string& lab_of_path,
                                   const DiscoveryOptions& options) {
    const auto number = canonical_number(session.number).value_or(session.number);
    const auto asked_number = canonical_number(options.number).value_or(options.number);
    const std::vector<std::pair<std::string, std::pair<std::string, std::string>>> both{
        {"lab", {options.lab, lab_of_path}},
        {"subject", {options.subject, session.subject}},
        {"date", {options.date, session.date}},
        {"number", {asked_number, number}}};
    for (const auto& [what, names] : both) {
        const auto& [asked, stated] = names;
        if (asked.empty() || stated.empty() || asked == stated) continue;
        return Error(ErrorKind::conflict,
                     session.origin + ": the path says " + what + " '" + stated +
                         "', the option --" + what + " '" + asked + "'",
                     "Leave the option away, or move the tree.", "Contradiction");
    }
    return std::nullopt;
}

}  // namespace tb::alf
