#include "compute/photometry/catalog.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

namespace tb::compute::photometry {

namespace {

/// Fills the rows of each subject whose list is empty with the one list that all others have.
void fill_list(std::span<CatalogSession> sessions, auto member) {
    using List = std::remove_cvref_t<decltype(sessions.front().*member)>;
    struct Known {
        List list;
        bool is_one = true;
    };
    std::map<std::string_view, Known> known;
    for (const CatalogSession& session : sessions) {
        const List& list = session.*member;
        if (list.empty()) continue;
        const auto [at, is_new] = known.try_emplace(session.subject, Known{.list = list});
        if (!is_new && at->second.list != list) at->second.is_one = false;
    }
    for (CatalogSession& session : sessions) {
        if (!(session.*member).empty()) continue;
        const auto found = known.find(session.subject);
        if (found != known.end() && found->second.is_one) session.*member = found->second.list;
    }
}

bool is_any_of(const std::vector<std::string>& list, std::string_view name) {
    return std::ranges::find(list, name) != list.end();
}

/// One condition of a filter: its name, and whether a session meets it.
struct Condition {
    std::string name;
    std::function<bool(const GroupSession&)> is_met;
};

std::vector<Condition> conditions_of(std::span<const GroupSession> sessions,
                                     const SessionFilter& filter) {
    std::vector<Condition> conditions;
    if (filter.session_types) {
        conditions.push_back({"session_types", [&](const GroupSession& session) {
                                  return is_any_of(*filter.session_types, session.session_type);
                              }});
    }
    if (filter.exclude_subjects) {
        conditions.push_back({"exclude_subjects", [&](const GroupSession& session) {
                                  return !is_any_of(*filter.exclude_subjects, session.subject);
                              }});
    }
    if (filter.exclude_sessions) {
        conditions.push_back({"exclude_sessions", [&](const GroupSession& session) {
                                  return !is_any_of(*filter.exclude_sessions, session.eid);
                              }});
    }
    if (filter.qc_blockers) {
        conditions.push_back({"qc_blockers", [&](const GroupSession& session) {
                                  return std::ranges::none_of(
                                      session.logged_errors, [&](const std::string& type) {
                                          return is_any_of(*filter.qc_blockers, type);
                                      });
                              }});
    }
    if (filter.targets) {
        conditions.push_back({"targets", [&](const GroupSession& session) {
                                  return std::ranges::any_of(
                                      session.target_nm, [&](const auto& target) {
                                          return target && is_any_of(*filter.targets, *target);
                                      });
                              }});
    }
    if (filter.min_performance) {
        conditions.push_back({"min_performance", [&](const GroupSession& session) {
                                  const MinPerformance& least = *filter.min_performance;
                                  std::optional<double> wanted = least.overall;
                                  const auto of_type = least.by_type.find(session.session_type);
                                  if (of_type != least.by_type.end()) wanted = of_type->second;
                                  return !wanted ||
                                         session.fraction_correct >= *wanted;  // NaN fails
                              }});
    }
    if (filter.required_contrasts) {
        conditions.push_back({"required_contrasts", [&](const GroupSession& session) {
                                  return session.contrasts &&
                                         std::set<double>(session.contrasts->begin(),
                                                          session.contrasts->end()) ==
                                             *filter.required_contrasts;
                              }});
    }
    if (filter.lab) {
        conditions.push_back(
            {"lab", [&](const GroupSession& session) { return session.lab == *filter.lab; }});
    }
    if (filter.first_session_from) {
        std::map<std::string, std::int64_t, std::less<>> first;
        for (const GroupSession& session : sessions) {
            const auto [at, is_new] = first.try_emplace(session.subject, session.date);
            if (!is_new) at->second = std::min(at->second, session.date);
        }
        conditions.push_back({"first_session_from", [&filter, first](const GroupSession& session) {
                                  return first.find(session.subject)->second >=
                                         *filter.first_session_from;
                              }});
    }
    return conditions;
}

bool has_equal_lists(const GroupSession& session) {
    return session.brain_region.size() == session.hemisphere.size() &&
           session.brain_region.size() == session.target_nm.size();
}

}  // namespace

void fill_from_subject(std::span<CatalogSession> sessions) {
    if (sessions.empty()) return;
    fill_list(sessions, &CatalogSession::brain_region);
    fill_list(sessions, &CatalogSession::hemisphere);
}

void fill_from_fibers(std::span<CatalogSession> sessions, std::span<const Fiber> fibers) {
    const FiberSides sides = fiber_sides(fibers);
    for (CatalogSession& session : sessions) {
        if (session.brain_region.empty()) {
            std::vector<std::string> regions;
            std::vector<std::optional<std::string>> fiber_hemispheres;
            for (const Fiber& fiber : fibers) {
                if (fiber.subject != session.subject) continue;
                regions.push_back(fiber.targeted_region);
                fiber_hemispheres.emplace_back(fiber_side(fiber.x_ml_um));
            }
            if (!regions.empty()) {
                // Several fibres in one region: which signal is whose side cannot be told.
                const bool is_one_region =
                    std::ranges::all_of(regions, [&](const auto& r) { return r == regions[0]; });
                if (regions.size() > 1 && is_one_region) {
                    std::ranges::fill(fiber_hemispheres, "");
                }
                session.brain_region = std::move(regions);
                session.hemisphere = std::move(fiber_hemispheres);
            }
        }
        for (std::size_t i = 0; i < session.hemisphere.size(); ++i) {
            std::optional<std::string>& side = session.hemisphere[i];
            if (!side) side = "";
            if (!side->empty() || i >= session.brain_region.size()) continue;
            const auto found =
                sides.find({session.subject, std::string(bare_region(session.brain_region[i]))});
            if (found != sides.end()) side = found->second;
        }
    }
}

void rename_regions(std::span<CatalogSession> sessions, const MetadataRules& rules) {
    for (CatalogSession& session : sessions) {
        for (std::string& region : session.brain_region) {
            const std::string_view bare = bare_region(region);
            const auto found = rules.region_renames.find(bare);
            if (found != rules.region_renames.end()) {
                region = found->second + region.substr(bare.size());
            }
        }
    }
}

void derive_targets(std::span<CatalogSession> sessions, const MetadataRules& rules) {
    for (CatalogSession& session : sessions) {
        session.target_nm.clear();
        session.neuromodulator.reset();
        for (const std::string& region : session.brain_region) {
            const auto found = rules.target_neuromodulator.find(bare_region(region));
            if (found == rules.target_neuromodulator.end()) {
                session.target_nm.emplace_back();
                continue;
            }
            session.target_nm.emplace_back(found->first + "-" + found->second);
            if (session.target_nm.size() == 1) session.neuromodulator = found->second;
        }
    }
}

void repair_catalog(std::span<CatalogSession> sessions, std::span<const Fiber> fibers,
                    const MetadataRules& rules) {
    fill_from_subject(sessions);
    fill_from_fibers(sessions, fibers);
    rename_regions(sessions, rules);
    derive_targets(sessions, rules);
}

std::vector<DayNumber> day_numbers(std::span<const std::string> subjects,
                                   std::span<const std::int64_t> dates) {
    std::map<std::string_view, std::set<std::int64_t>> of_subject;
    for (std::size_t i = 0; i < subjects.size(); ++i) of_subject[subjects[i]].insert(dates[i]);
    std::vector<DayNumber> numbers;
    numbers.reserve(subjects.size());
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        const std::set<std::int64_t>& all = of_subject.find(subjects[i])->second;
        numbers.push_back({.day_n = dates[i] - *all.begin(),
                           .session_n = std::distance(all.begin(), all.find(dates[i])) + 1});
    }
    return numbers;
}

std::vector<StageCounts> stage_counts(std::span<const StageSession> sessions) {
    std::map<std::string, std::vector<const StageSession*>> of_subject;
    for (const StageSession& session : sessions) of_subject[session.subject].push_back(&session);
    std::vector<StageCounts> counts;
    for (const auto& [subject, list] : of_subject) {
        const auto count = [&list = list](std::string_view type, double before) {
            return static_cast<std::size_t>(std::ranges::count_if(list, [&](const auto* session) {
                return session->session_type == type && session->session_n < before;
            }));
        };
        const auto first = [&list = list](std::string_view type) {
            std::optional<double> least;
            for (const StageSession* session : list) {
                if (session->session_type != type) continue;
                least = std::min(least.value_or(session->session_n), session->session_n);
            }
            return least;
        };
        constexpr double ever = std::numeric_limits<double>::infinity();
        StageCounts row{.subject = subject,
                        .n_training = count("training", ever),
                        .n_biased = count("biased", ever),
                        .n_ephys = count("ephys", ever),
                        .sessions_to_biased = std::nullopt,
                        .biased_sessions_to_ephys = std::nullopt};
        if (const auto biased = first("biased"))
            row.sessions_to_biased = count("training", *biased);
        if (const auto ephys = first("ephys"))
            row.biased_sessions_to_ephys = count("biased", *ephys);
        counts.push_back(std::move(row));
    }
    return counts;
}

std::vector<bool> passing_sessions(std::span<const GroupSession> sessions,
                                   const SessionFilter& filter) {
    const std::vector<Condition> conditions = conditions_of(sessions, filter);
    std::vector<bool> is_passing;
    is_passing.reserve(sessions.size());
    for (const GroupSession& session : sessions) {
        is_passing.push_back(
            has_equal_lists(session) &&
            std::ranges::all_of(conditions, [&](const Condition& c) { return c.is_met(session); }));
    }
    return is_passing;
}

std::vector<FilterReport> removed_by_condition(std::span<const GroupSession> sessions,
                                               const SessionFilter& filter) {
    std::vector<FilterReport> report;
    for (const Condition& condition : conditions_of(sessions, filter)) {
        const auto removed = std::ranges::count_if(
            sessions, [&](const GroupSession& session) { return !condition.is_met(session); });
        report.push_back({condition.name, static_cast<std::size_t>(removed)});
    }
    return report;
}

std::vector<GroupRecording> recordings_of(std::span<const GroupSession> sessions,
                                          const std::vector<bool>& is_passing,
                                          const SessionFilter& filter) {
    std::vector<GroupRecording> recordings;
    for (std::size_t s = 0; s < sessions.size(); ++s) {
        if (!is_passing[s]) continue;
        const auto& targets = sessions[s].target_nm;
        for (std::size_t i = 0; i < targets.size(); ++i) {
            if (filter.targets && !(targets[i] && is_any_of(*filter.targets, *targets[i])))
                continue;
            recordings.push_back({.eid = sessions[s].eid, .target_nm = targets[i], .fiber_idx = i});
        }
    }
    return recordings;
}

DuplicateResolution resolve_duplicates(std::span<const GroupSession> sessions,
                                       std::span<const std::string> disqualifiers) {
    std::map<std::pair<std::string_view, std::int64_t>, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        groups[{sessions[i].subject, sessions[i].day_n}].push_back(i);
    }
    const auto is_good = [&](std::size_t row) {
        return std::ranges::none_of(sessions[row].logged_errors, [&](const std::string& type) {
            return std::ranges::find(disqualifiers, type) != disqualifiers.end();
        });
    };
    DuplicateResolution result;
    for (const auto& [key, rows] : groups) {
        const auto first_good = std::ranges::find_if(rows, is_good);
        result.kept.push_back(first_good == rows.end() ? rows.front() : *first_good);
        if (rows.size() > 1 && std::ranges::count_if(rows, is_good) > 1) {
            result.true_duplicates.push_back(rows.front());
        }
    }
    return result;
}

RecordingProjection recording_projection(double n_ready, double n_total, double wanted,
                                         double per_day) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double inf = std::numeric_limits<double>::infinity();
    RecordingProjection out;
    out.yield_rate = n_total == 0.0 ? nan : n_ready / n_total;
    out.shortfall = std::max(0.0, wanted - n_ready);
    if (out.shortfall == 0.0) {
        out.effective_sessions_needed = 0.0;
    } else if (out.yield_rate == 0.0) {
        out.effective_sessions_needed = inf;
    } else {
        out.effective_sessions_needed = std::ceil(out.shortfall / out.yield_rate);  // NaN stays
    }
    out.recording_days_needed = std::ceil(out.effective_sessions_needed / per_day);
    return out;
}

}  // namespace tb::compute::photometry
