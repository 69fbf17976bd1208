#include "ingest/allen/mouse.hpp"

#include <array>
#include <charconv>

namespace tb::allen {
namespace {

struct Project {
    std::string_view code;
    int num_targeted_structures;
    int num_depths_per_area;
};
constexpr std::array projects{
    Project{"VisualBehavior", 1, 1}, Project{"VisualBehaviorTask1B", 1, 1},
    Project{"VisualBehaviorMultiscope", 2, 4}, Project{"VisualBehaviorMultiscope4areasx2d", 4, 2}};

const Project* find_project(std::string_view code) {
    for (const auto& project : projects) {
        if (project.code == code) return &project;
    }
    return nullptr;
}

}  // namespace

std::optional<std::string> cre_line(std::string_view full_genotype) {
    const auto end = full_genotype.find(';');
    if (end == std::string_view::npos) return std::nullopt;
    std::string line(full_genotype.substr(0, end));
    constexpr std::string_view wild_type = "/wt";
    for (auto at = line.find(wild_type); at != std::string::npos; at = line.find(wild_type))
        line.erase(at, wild_type.size());
    return line;
}

std::optional<std::string> indicator(std::string_view reporter_line) {
    const auto has = [&](std::string_view name) {
        return reporter_line.find(name) != std::string_view::npos;
    };
    if (has("GCaMP6f") || has("GC6f")) return "GCaMP6f";
    if (has("GCaMP6s")) return "GCaMP6s";
    return std::nullopt;
}

std::optional<int> age_in_days(std::string_view age) {
    if (!age.starts_with('P')) return std::nullopt;
    age.remove_prefix(1);
    if (age.ends_with('D')) age.remove_suffix(1);
    int days = 0;
    const auto [end, fault] = std::from_chars(age.data(), age.data() + age.size(), days);
    if (fault != std::errc{} || end != age.data() + age.size() || days < 0) return std::nullopt;
    return days;
}

std::string age_text(std::optional<int> days) {
    return days ? "P" + std::to_string(*days) + "D" : "null";
}

std::optional<int> num_targeted_structures(std::string_view project_code) {
    const auto* project = find_project(project_code);
    return project != nullptr ? std::optional(project->num_targeted_structures) : std::nullopt;
}

std::optional<int> num_depths_per_area(std::string_view project_code) {
    const auto* project = find_project(project_code);
    return project != nullptr ? std::optional(project->num_depths_per_area) : std::nullopt;
}

}  // namespace tb::allen
