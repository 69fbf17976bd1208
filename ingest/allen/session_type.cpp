#include "ingest/allen/session_type.hpp"

#include "include/trialbase/error.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tb::allen {
namespace {

/// The parts of a name between underscores.
std::vector<std::string_view> parts(std::string_view name) {
    std::vector<std::string_view> out;
    while (true) {
        const auto end = name.find('_');
        out.push_back(name.substr(0, end));
        if (end == std::string_view::npos) return out;
        name.remove_prefix(end + 1);
    }
}

/// The letter, digit or underscore after `images_`.
std::optional<char> image_letter(std::string_view session_type) {
    constexpr std::string_view before = "images_";
    for (auto at = session_type.find(before); at != std::string_view::npos;
         at = session_type.find(before, at + 1)) {
        if (at + before.size() >= session_type.size()) break;
        const char letter = session_type[at + before.size()];
        if (std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_') return letter;
    }
    return std::nullopt;
}

bool has_omissions(const HistorySession& session) {
    if (!session.session_type->starts_with("OPHYS")) return false;
    if (session.session_type->find("habituation") == std::string::npos) return true;
    return session.flash_omit_probability.value_or(0) > 0;
}

}  // namespace

std::optional<int> session_number(std::string_view session_type) {
    constexpr std::string_view before = "OPHYS_";
    if (!session_type.starts_with(before)) return std::nullopt;
    session_type.remove_prefix(before.size());
    int number = 0;
    std::size_t digits = 0;
    while (digits < session_type.size() && digits < 9 && session_type[digits] >= '0' &&
           session_type[digits] <= '9')
        number = 10 * number + (session_type[digits++] - '0');
    if (digits == 0) return std::nullopt;
    return number;
}

std::string behavior_type(std::string_view session_type) {
    const auto has = [&](std::string_view word) {
        return session_type.find(word) != std::string_view::npos;
    };
    return has("passive") && has("OPHYS") ? "passive_viewing" : "active_behavior";
}

std::string image_set(std::string_view session_type) {
    const auto names = parts(session_type);
    if (names.size() > 2 && names[2] == "gratings") return "gratings";
    if (names.size() > 3 && names[2] == "images") return "images_" + std::string(names[3]);
    throw Error(ErrorKind::data,
                fmt::format("session type '{}': its third part is neither gratings nor images with "
                            "a set behind it",
                            session_type),
                "Expected a stage as OPHYS_1_images_A or TRAINING_1_gratings.", "SessionType");
}

std::string experiment_image_set(std::optional<std::string_view> session_type) {
    if (!session_type) return "N/A";
    constexpr std::size_t place = 15;
    return session_type->size() > place ? std::string(1, (*session_type)[place]) : "N/A";
}

bool is_passive(std::optional<int> session_number) {
    return session_number == 2 || session_number == 5;
}

std::string experience_level(std::string_view session_type,
                             std::optional<int> prior_exposures_to_image_set) {
    if (session_type.starts_with("TRAINING")) return "Training";
    const auto number = session_number(session_type);
    if (!number || *number > 6) return "None";
    if (*number <= 3) return "Familiar";
    return prior_exposures_to_image_set == 0 ? "Novel 1" : "Novel >1";
}

std::vector<PriorExposures> prior_exposures(std::span<const HistorySession> sessions) {
    std::vector<std::size_t> order(sessions.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
        return sessions[a].date_us < sessions[b].date_us;
    });
    std::map<std::pair<std::string, std::string>, int> of_type;
    std::map<std::pair<std::string, char>, int> of_images;
    std::map<std::string, int> of_omissions;
    std::vector<PriorExposures> out(sessions.size());
    for (const auto at : order) {
        const auto& session = sessions[at];
        if (!session.session_type) continue;
        out[at].to_session_type = of_type[{session.mouse_id, *session.session_type}]++;
        if (const auto letter = image_letter(*session.session_type))
            out[at].to_image_set = of_images[{session.mouse_id, *letter}]++;
        auto& omissions = of_omissions[session.mouse_id];
        out[at].to_omissions = omissions;
        if (has_omissions(session)) ++omissions;
    }
    return out;
}

}  // namespace tb::allen
