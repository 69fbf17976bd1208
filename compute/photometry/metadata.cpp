#include "compute/photometry/metadata.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tb::compute::photometry {

namespace {

constexpr double seconds_per_day = 86400.0;

bool contains(const std::vector<std::string>& list, std::string_view name) {
    return std::ranges::find(list, name) != list.end();
}

std::string shown(const std::optional<std::string>& name) {
    return name ? "'" + *name + "'" : "none";
}

std::optional<std::string> looked_up(const std::map<std::string, std::string, std::less<>>& table,
                                     const std::optional<std::string>& name) {
    if (!name) return std::nullopt;
    const auto found = table.find(*name);
    return found == table.end() ? std::nullopt : std::optional(found->second);
}

/// Collects findings.
class Findings {
  public:
    explicit Findings(std::vector<MetadataError>& errors) : errors_(errors) {}
    void add(std::string type, std::string message) {
        errors_.push_back({std::move(type), std::move(message)});
    }

  private:
    std::vector<MetadataError>& errors_;
};

void check_names(const SessionMetadata& session, const MetadataRules& rules, Findings& findings) {
    if (contains(rules.excluded_subjects, session.subject)) {
        findings.add("InvalidSubject", "subject '" + session.subject + "' is excluded");
    }
    if (!session.strain || !contains(rules.valid_strains, *session.strain)) {
        findings.add("InvalidStrain", "strain is " + shown(session.strain));
    }
    if (!session.line || !contains(rules.valid_lines, *session.line)) {
        findings.add("InvalidLine", "line is " + shown(session.line));
    }
    if (!session.neuromodulator || !contains(rules.neuromodulators, *session.neuromodulator)) {
        findings.add("InvalidNeuromodulator", "neuromodulator is " + shown(session.neuromodulator));
    }
}

void check_regions(const SessionMetadata& session, const MetadataRules& rules, Findings& findings) {
    if (session.brain_region.empty()) {
        return findings.add("MissingBrainRegion", "no brain region is listed");
    }
    for (const std::string& region : session.brain_region) {
        if (rules.target_neuromodulator.contains(bare_region(region))) continue;
        return findings.add("InvalidBrainRegion", "brain region '" + region + "' is no target");
    }
}

void check_sides(const SessionMetadata& session, const FiberSides& sides, Findings& findings) {
    if (session.hemisphere.empty()) {
        return findings.add("MissingHemisphere", "no hemisphere is listed");
    }
    for (std::size_t i = 0; i < session.brain_region.size(); ++i) {
        const std::string region(bare_region(session.brain_region[i]));
        const std::string side = i < session.hemisphere.size() ? session.hemisphere[i] : "";
        const auto found = sides.find({session.subject, region});
        const std::string inserted = found == sides.end() ? "" : found->second;
        if (!side.empty() && !inserted.empty() && side != inserted) {
            return findings.add("HemisphereMismatch",
                                fmt::format("{} is listed on side {}, its fibre is on side {}",
                                            session.brain_region[i], side, inserted));
        }
        if (inserted.empty()) {
            return findings.add(
                "MissingInsertion",
                fmt::format("no fibre table entry tells the side of '{}' in subject {}", region,
                            session.subject));
        }
        if (side.empty()) {
            return findings.add("MissingHemiSuffix",
                                "brain region '" + session.brain_region[i] + "' names no side");
        }
    }
}

void check_datasets(const SessionMetadata& session, const MetadataRules& rules,
                    Findings& findings) {
    std::vector<std::string> missing;
    for (const DatasetCategory& category : rules.dataset_categories) {
        const bool is_listed = std::ranges::any_of(category.paths, [&](const std::string& path) {
            return contains(session.datasets, path);
        });
        if (!is_listed) missing.push_back(category.category);
    }
    if (!missing.empty()) {
        findings.add("DataNotListed", fmt::format("no dataset of {}", fmt::join(missing, ", ")));
    }
}

std::string stripped_end(std::string text, std::string_view characters) {
    text.erase(text.find_last_not_of(characters) + 1);
    return text;
}

std::string stripped_start(const std::string& text, std::string_view characters) {
    const auto first = text.find_first_not_of(characters);
    return first == std::string::npos ? "" : text.substr(first);
}

QcScalar outcome(const QcScalar& value) {
    if (const bool* truth = std::get_if<bool>(&value)) return *truth ? "PASS" : "FAIL";
    if (const std::int64_t* code = std::get_if<std::int64_t>(&value)) {
        switch (*code) {
            case 0:
                return "NOT_SET";
            case 10:
                return "PASS";
            case 30:
                return "WARNING";
            case 40:
                return "FAIL";
            case 50:
                return "CRITICAL";
            default:
                return value;
        }
    }
    return value;
}

}  // namespace

std::string_view bare_region(std::string_view region) {
    return region_side(region).empty() ? region : region.substr(0, region.size() - 2);
}

std::string_view region_side(std::string_view region) {
    if (!region.ends_with("-l") && !region.ends_with("-r")) return {};
    return region.substr(region.size() - 1);
}

std::optional<std::string> neuromodulator_of(const std::optional<std::string>& strain,
                                             const std::optional<std::string>& line,
                                             const MetadataRules& rules) {
    const auto by_strain = looked_up(rules.strain_neuromodulator, strain);
    return by_strain ? by_strain : looked_up(rules.line_neuromodulator, line);
}

std::string_view fiber_side(double x_ml_um) {
    return x_ml_um > 0.0 ? "l" : x_ml_um < 0.0 ? "r" : "";
}

FiberSides fiber_sides(std::span<const Fiber> fibers) {
    FiberSides sides;
    for (const Fiber& fiber : fibers) {
        const std::string side(fiber_side(fiber.x_ml_um));
        const auto [at, is_new] = sides.try_emplace({fiber.subject, fiber.targeted_region}, side);
        if (!is_new && at->second != side) at->second.clear();
    }
    return sides;
}

Position fiber_tip(const Position& entry, double depth_um, double theta_deg, double phi_deg) {
    const double theta = theta_deg * std::numbers::pi / 180.0;
    const double phi = phi_deg * std::numbers::pi / 180.0;
    return {.x = entry.x - depth_um * std::sin(theta) * std::cos(phi),
            .y = entry.y - depth_um * std::sin(theta) * std::sin(phi),
            .z = entry.z - depth_um * std::cos(theta)};
}

SessionType session_type_of(std::string_view task_protocol, const MetadataRules& rules) {
    const auto invalid = [&](std::string_view why) {
        return SessionType{
            .type = std::nullopt,
            .error = MetadataError{"InvalidSessionType",
                                   fmt::format("protocol '{}' {}", task_protocol, why)}};
    };
    std::vector<std::string> hits;
    for (const SessionTypeRule& rule : rules.session_types) {
        if (task_protocol.find(rule.protocol_text) != std::string_view::npos) {
            hits.push_back(rule.session_type);
        }
    }
    if (hits.empty()) return invalid("names no session type");
    for (const std::string& flag : rules.protocol_red_flags) {
        if (task_protocol.find(flag) != std::string_view::npos) return invalid("contains " + flag);
    }
    if (hits.size() > 1) {
        return invalid(fmt::format("names several session types: {}", fmt::join(hits, ", ")));
    }
    return {.type = hits.front(), .error = std::nullopt};
}

DerivedMetadata validate_metadata(const SessionMetadata& session, const FiberSides& sides,
                                  const MetadataRules& rules) {
    DerivedMetadata derived;
    Findings findings(derived.errors);
    check_names(session, rules, findings);
    check_regions(session, rules, findings);
    check_sides(session, sides, findings);
    check_datasets(session, rules, findings);

    SessionType type = session_type_of(session.task_protocol, rules);
    derived.session_type = std::move(type.type);
    if (type.error) derived.errors.push_back(std::move(*type.error));

    std::vector<std::string> invalid;
    for (const std::string& region : session.brain_region) {
        const std::string bare(bare_region(region));
        if (bare.empty()) {
            derived.target_nm.emplace_back();
            continue;
        }
        const std::string nm = session.neuromodulator.value_or("None");
        const std::string label = bare + "-" + nm;
        const auto of_target = rules.target_neuromodulator.find(bare);
        if (of_target == rules.target_neuromodulator.end() || of_target->second != nm) {
            invalid.push_back(label);
        }
        derived.target_nm.emplace_back(label);
    }
    if (!invalid.empty()) {
        findings.add("InvalidTargetNM",
                     fmt::format("no valid target: {}", fmt::join(invalid, ", ")));
    }

    if (!session.start_s || !session.end_s) {
        findings.add("InvalidSessionLength", "the session has no start or no end");
    } else if (std::floor(*session.start_s / seconds_per_day) !=
               std::floor(*session.end_s / seconds_per_day)) {
        findings.add("InvalidSessionLength", "the session starts and ends on different dates");
    } else {
        derived.session_length_s = *session.end_s - *session.start_s;
    }
    return derived;
}

QcEntries normalise_extended_qc(const QcScalar& session_qc, const QcEntries& entries) {
    QcEntries out;
    const auto put = [&](const std::string& key, QcValue value) {
        const auto found =
            std::ranges::find(out, key, [](const auto& entry) { return entry.first; });
        if (found != out.end()) {
            found->second = std::move(value);
        } else {
            out.emplace_back(key, std::move(value));
        }
    };
    const auto put_scalar = [&](const std::string& key, QcScalar value) {
        put(key, {.scalar = std::move(value), .is_list = false, .list = {}});
    };
    put_scalar("qc_session", session_qc);
    for (const auto& [name, value] : entries) {
        std::string key = name.ends_with("_qc") ? stripped_end(name, "_qc") : name;
        if (!key.starts_with('_')) key.insert(0, "_");
        key.insert(0, "qc");
        if (!value.is_list) {
            put_scalar(key, outcome(value.scalar));
            continue;
        }
        if (value.list.empty()) {
            throw Error(ErrorKind::data, "extended quality control '" + name + "' is an empty list",
                        {}, "ValueError");
        }
        put(stripped_start(key, "qc_"),
            {.scalar = {}, .is_list = true, .list = {value.list.begin() + 1, value.list.end()}});
        put_scalar(key, outcome(value.list.front()));
    }
    return out;
}

}  // namespace tb::compute::photometry
