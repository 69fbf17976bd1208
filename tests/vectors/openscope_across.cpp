#include "tests/vectors/openscope_across.hpp"

#include "compute/imaging/openscope/relative_responses.hpp"
#include "compute/imaging/openscope/selectivity_ties.hpp"
#include "compute/imaging/openscope/sequence_differences.hpp"
#include "compute/imaging/openscope/usi_correlation.hpp"
#include "compute/imaging/openscope/usi_groups.hpp"
#include "compute/imaging/openscope/usi_histogram.hpp"
#include "src/stats/permutation_ties.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include <fmt/format.h>

namespace tb::vectors {

namespace numerics = openscope_numerics;

namespace {

using Session = OpenScopeCaseSession;
using Group = std::tuple<std::string, std::string, std::int64_t>;  // line, plane, session
using Grouped = std::map<Group, std::vector<const Session*>>;

numerics::TestSettings test_of(std::size_t n_permutations, double comparisons, std::uint32_t seed) {
    return {.n_permutations = n_permutations, .comparisons = comparisons, .source = {.seed = seed}};
}

numerics::MouseValues values_of(const Session& session, std::vector<double> values) {
    return {{session.line, session.plane},
            static_cast<int>(session.sess_n),
            static_cast<int>(session.mouse_n),
            std::move(values)};
}

/// Names and counts of the rows of groups.
void give_rows(const Grouped& groups, bool is_tracked, Json& out) {
    for (const auto& [group, sessions] : groups) {
        out["lines"].push_back(std::get<0>(group));
        out["planes"].push_back(std::get<1>(group));
        out["sess_ns"].push_back(std::get<2>(group));
        Json mice = Json::array(), ids = Json::array(), n = Json::array(), hz = Json::array();
        for (const Session* session : sessions) {
            mice.push_back(session->mouse_n);
            ids.push_back(std::stoll(session->sessid));
            n.push_back(is_tracked ? session->tracked.size() : session->rois.size());
            hz.push_back(session->rates.twop_hz);
        }
        out["mouse_ns"].push_back(mice);
        out["sessids"].push_back(ids);
        out["nrois"].push_back(n);
        out["twop_fps"].push_back(hz);
    }
}

/// A column per pair of sessions, NaN in the rows of others. As in published tables, a pair without
/// the group's first session stands in the row of its earlier session alone.
void give_pairs(const Grouped& groups, const std::vector<numerics::SessionPair>& pairs,
                const std::string& prefix, Json& out) {
    const auto first_session = [&](const numerics::ImagingGroup& wanted) {
        for (const auto& [group, sessions] : groups) {
            if (std::get<0>(group) == wanted.line && std::get<1>(group) == wanted.plane)
                return std::get<2>(group);
        }
        return std::int64_t{0};
    };
    for (const auto& pair : pairs) {
        const auto ending = fmt::format("{}v{}", pair.session_a, pair.session_b);
        const bool is_of_first = first_session(pair.group) == pair.session_a;
        for (const bool is_raw : {true, false}) {
            auto& column = out[prefix + (is_raw ? "raw_p_vals_" : "p_vals_") + ending];
            if (column.is_null()) column = Json(groups.size(), Json(nan));
            std::size_t row = 0;
            for (const auto& [group, sessions] : groups) {
                const auto& [line, plane, sess_n] = group;
                if (line == pair.group.line && plane == pair.group.plane &&
                    (sess_n == pair.session_a || (is_of_first && sess_n == pair.session_b)))
                    column[row] = is_raw ? pair.raw_p : pair.p;
                ++row;
            }
        }
    }
}

/// Unpaired comparisons of sessions, permutations that give the same groups counted as published.
std::vector<numerics::SessionPair> unpaired_pairs(const std::vector<numerics::MouseValues>& values,
                                                  const numerics::TestSettings& test,
                                                  stats::Precision precision) {
    numerics::GroupStatisticsSettings settings;
    settings.absolute = false;
    settings.is_paired = false;
    settings.test = test;
    auto compared = numerics::compare_sessions(values, settings);
    const auto of = [&](const numerics::ImagingGroup& group, int session) {
        for (const auto& row : compared.groups) {
            if (row.pooled.group == group && row.pooled.session == session)
                return std::span<const double>(row.pooled.values);
        }
        return std::span<const double>();
    };
    stats::PermutationSettings permutation;
    permutation.n_permutations = test.n_permutations;
    permutation.source = test.source;
    for (auto& pair : compared.pairs) {
        const stats::TwoGroups groups{of(pair.group, pair.session_a),
                                      of(pair.group, pair.session_b)};
        auto one = stats::permutation_test(groups, permutation, test.tails);
        stats::settle_ties(groups, permutation, test.tails, one, precision);
        pair.raw_p = one.p;
        pair.p = stats::corrected_p(one.p, test.tails, test.comparisons);
    }
    return compared.pairs;
}

Json usi_statistics(const Grouped& groups, const std::vector<numerics::MouseValues>& values,
                    bool is_variance, std::uint32_t seed) {
    numerics::GroupStatisticsSettings settings;
    settings.absolute = !is_variance;
    settings.test = test_of(2000, 3.0, seed);
    if (is_variance) {
        settings.statistic = stats::Statistic::var;
        settings.spread = stats::Spread::std;
        settings.bootstrap_samples = 10000;
    }
    const auto compared = numerics::compare_sessions(values, settings);
    Json out;
    give_rows(groups, true, out);
    auto& column = out[is_variance ? "roi_idx_stats" : "abs_roi_idx_stats"];
    for (const auto& group : compared.groups) column.push_back({group.centre, group.error.front()});
    give_pairs(groups, compared.pairs, "", out);
    return out;
}

/// Correlations. With four cells, every 24th permutation pairs values as they were: how often is
/// for the reference's rounding (of its machine's power function, too) to say. p is right between
/// what these permutations give below and above.
Json usi_correlations(const std::vector<numerics::MouseValues>& values, std::uint32_t seed,
                      const std::string& path, Run& run) {
    numerics::CorrelationSettings settings;
    settings.test = test_of(2000, 2.0, seed);
    settings.test.tails = stats::Tails::low;
    stats::PermutationSettings permutation;
    permutation.operation = stats::GroupOperation::correlation;
    permutation.pairing = stats::Pairing::between;
    permutation.n_permutations = settings.test.n_permutations;
    permutation.source = settings.test.source;
    const auto pooled = numerics::pooled_values(values, false);
    const auto of = [&](const numerics::ImagingGroup& group, int session) {
        for (const auto& row : pooled) {
            if (row.group == group && row.session == session)
                return std::span<const double>(row.values);
        }
        return std::span<const double>();
    };
    Json out;
    for (const auto& one : numerics::correlations_of_groups(values, settings)) {
        const stats::TwoGroups groups{of(one.group, one.session_a), of(one.group, one.session_b)};
        const auto test = stats::permutation_test(groups, permutation, settings.test.tails);
        const auto name = fmt::format("{}v{}", one.session_a, one.session_b);
        const auto row = out[name + "_corrs"].size();
        const auto raw = fmt::format("{}/{}_raw_p_vals/{}", path, name, row);
        const auto corrected = fmt::format("{}/{}_p_vals/{}", path, name, row);
        const auto wanted =
            run.expects(raw) ? as_number(run.expected_value(raw)) : std::optional<double>();
        if (wanted && *wanted != one.correlation.raw_p &&
            is_among_ties(*wanted, test.null, test.value)) {
            run.judge(raw, true, "as ties are counted");
            const auto p = run.expects(corrected) ? as_number(run.expected_value(corrected))
                                                  : std::optional<double>();
            const double own =
                stats::corrected_p(*wanted, settings.test.tails, settings.test.comparisons);
            run.judge(corrected, p && std::abs(*p - own) <= 1e-9,
                      fmt::format("got {} of the expected raw p", own));
        }
        out[name + "_null_CIs"].push_back(to_json_array(one.correlation.null_interval));
        out[name + "_corrs"].push_back(one.correlation.r);
        out[name + "_corr_stds"].push_back(one.correlation.bootstrap_std);
        out[name + "_raw_p_vals"].push_back(one.correlation.raw_p);
        out[name + "_p_vals"].push_back(one.correlation.p);
    }
    return out;
}

Json relative_responses_of(const Grouped& groups, std::span<const Session> sessions,
                           std::uint32_t seed) {
    // Integrals are numbers of single precision where the traces are.
    const auto response = [](const Session& session, int frame, bool is_unexpected) {
        const auto values =
            openscope_responses(session, session.rois, gabor_criteria(frame), is_unexpected, 0.3);
        std::vector<float> out;
        for (const double value : values) out.push_back(static_cast<float>(value));
        return out;
    };
    Json out;
    give_rows(groups, false, out);
    for (const bool is_unexpected : {false, true}) {
        std::vector<numerics::MouseValues> values;
        std::map<Group, std::vector<float>> pooled;
        for (const auto& [group, members] : groups) {
            for (const Session* session : members) {
                const auto first = std::ranges::find_if(sessions, [&](const Session& other) {
                    return other.mouse_n == session->mouse_n && other.sess_n == 1;
                });
                std::vector<std::vector<float>> frames;
                for (const int frame :
                     is_unexpected ? std::vector<int>{3, 4} : std::vector<int>{0, 1, 2}) {
                    const auto reference = first == sessions.end() ? std::vector<float>{}
                                                                   : response(*first, frame, false);
                    frames.push_back(numerics::relative_responses(
                        response(*session, frame, is_unexpected), reference));
                }
                const auto own = numerics::mean_over_frames(frames);
                pooled[group].insert(pooled[group].end(), own.begin(), own.end());
                values.push_back(values_of(*session, {own.begin(), own.end()}));
            }
        }
        const std::string name = is_unexpected ? "rel_unexp" : "rel_reg";
        for (const auto& [group, responses] : pooled) {
            const auto all = numerics::group_response(std::span<const float>(responses));
            out[name].push_back({all.mean, all.sem});
        }
        give_pairs(groups,
                   unpaired_pairs(values, test_of(1000, 6.0, seed), stats::Precision::of_float),
                   name + "_", out);
    }
    return out;
}

Json differences_of(const Grouped& groups, bool is_gabors, std::uint32_t seed) {
    const auto settings = test_of(1000, 6.0, seed);
    Json out;
    give_rows(groups, false, out);
    std::vector<numerics::MouseValues> values;
    for (const auto& [group, sessions] : groups) {
        std::vector<OpenScopeIntegrals> integrals;
        std::vector<numerics::SequenceResponses> responses;
        for (const Session* session : sessions) {
            integrals.push_back(is_gabors ? gabor_integrals(*session, session->rois, {}, {0.9, 0.6})
                                          : visflow_integrals(*session, session->rois));
            values.push_back(
                values_of(*session, numerics::sequence_differences(integrals.back().responses())));
        }
        for (const auto& one : integrals) responses.push_back(one.responses());
        const auto test = numerics::test_sequence_differences(responses, settings);
        out["diff_stats"].push_back({test.mean, test.sem});
        out["null_CIs"].push_back(to_json_array(test.null_interval));
        out["raw_p_vals"].push_back(test.raw_p);
        out["p_vals"].push_back(test.p);
    }
    give_pairs(groups, unpaired_pairs(values, settings, stats::Precision::of_double), "", out);
    return out;
}

Json grouped_traces(const Grouped& groups) {
    Json out = Json::array();
    for (const auto& [group, sessions] : groups) {
        std::vector<std::array<numerics::TraceStatistics, 2>> traces;
        std::size_t n_time = std::numeric_limits<std::size_t>::max();
        for (const Session* session : sessions) {
            const auto lists =
                session->split(gabor_criteria(), numerics::Split::by_exp, {0.9, 0.6});
            traces.emplace_back();
            for (std::size_t i = 0; i < 2; ++i) {
                traces.back()[i] = numerics::trace_statistics(
                    session->dff(), session->rois, lists[i].references, lists[i].frames,
                    numerics::MissingValues::stay, session->scaling);
            }
            n_time = std::min(n_time, traces.back()[0].n_samples);
        }
        Json both = Json::array();
        for (std::size_t i = 0; i < 2; ++i) {
            Json row = Json::array();
            for (std::size_t t = 0; t < n_time; ++t) {
                std::vector<double> pooled;
                for (const auto& one : traces) {
                    for (std::size_t roi = 0; roi < one[i].n_rois; ++roi)
                        pooled.push_back(one[i].mean[roi * one[i].n_samples + t]);
                }
                const auto all = numerics::group_response(std::span<const double>(pooled));
                row.push_back({all.mean, all.sem});
            }
            both.push_back(row);
        }
        out.push_back({{"lines", std::get<0>(group)},
                       {"planes", std::get<1>(group)},
                       {"sess_ns", std::get<2>(group)},
                       {"n_time", n_time},
                       {"trace_stats", both}});
    }
    return out;
}

Json binned_indices(const Grouped& groups, std::uint32_t seed) {
    Json out;
    give_rows(groups, false, out);
    const numerics::SelectivitySettings settings{.n_permutations = 500, .source = {.seed = seed}};
    for (const auto& [group, sessions] : groups) {
        std::vector<numerics::SelectivityNull> nulls;
        for (const Session* session : sessions) {
            const auto integrals = gabor_integrals(*session, session->rois);
            nulls.push_back(numerics::selectivity_null(integrals.responses(), settings));
            numerics::count_ties_as_published(integrals.responses(), settings, nulls.back());
        }
        const auto histogram = numerics::usi_histogram(nulls);
        out["CI_perc"].push_back(to_json_array(histogram.percent_edges));
        out["CI_edges"].push_back(to_json_array(histogram.null_edges));
        out["bin_edges"].push_back(to_json_array(histogram.bin_edges));
        out["n_pos"].push_back(histogram.n_positive);
        out["n_signif_lo"].push_back(histogram.n_low);
        out["n_signif_hi"].push_back(histogram.n_high);
        out["perc_idx_binned"].push_back(to_json_array(histogram.percentile));
        out["roi_idx_binned"].push_back(to_json_array(histogram.index));
        out["rand_idx_binned"].push_back(to_json_array(histogram.null));
    }
    return out;
}

}  // namespace

bool is_among_ties(double wanted, std::span<const double> null, double value) {
    const double near = 1e-9 * std::max(1.0, std::abs(value));
    double below = 0.0;
    double ties = 0.0;
    for (const double one : null) {
        if (std::abs(one - value) <= near) {
            ties += 1.0;
        } else if (one < value) {
            below += 1.0;
        }
    }
    const auto n = static_cast<double>(null.size());
    return wanted >= below / n - 1e-9 && wanted <= (below + ties) / n + 1e-9;
}

std::vector<double> openscope_responses(const OpenScopeCaseSession& session,
                                        const std::vector<std::size_t>& rois,
                                        numerics::SegmentCriteria criteria, bool is_unexpected,
                                        double post_s) {
    criteria.unexpected = is_unexpected;
    const auto list = numerics::windows_at(
        session.table, numerics::require_segments(session.table, criteria), {0.0, post_s},
        numerics::FrameClock::two_photon, session.rates, session.recorded);
    return numerics::integrated_responses(session.dff(), rois, list.references, list.frames,
                                          session.rates.twop_hz, numerics::MissingValues::stay);
}

void give_openscope_across(std::span<const OpenScopeCaseSession> sessions, std::uint32_t seed,
                           Run& run) {
    Grouped groups;
    for (const Session& session : sessions)
        groups[{session.line, session.plane, session.sess_n}].push_back(&session);
    for (auto& [group, members] : groups)
        std::ranges::sort(members, {}, [](const Session* session) { return session->mouse_n; });
    const auto give = [&](const std::string& key, const auto& compute) {
        if (!run.expects("across/" + key)) return;
        const Json values = compute();
        if (!values.is_object()) return run.give("across/" + key, values);
        for (const auto& [column, value] : values.items())
            run.give("across/" + key + "/" + column, value);
    };
    for (const bool is_gabors : {true, false}) {
        const std::string name = is_gabors ? "gabors" : "visflow";
        const auto indices = [&] {
            std::vector<numerics::MouseValues> values;
            for (const Session& session : sessions) {
                const auto integrals = is_gabors ? gabor_integrals(session, session.tracked)
                                                 : visflow_integrals(session, session.tracked);
                values.push_back(
                    values_of(session, numerics::selectivity_indices(integrals.responses())));
            }
            return values;
        };
        give(name + "_abs_usi_stats",
             [&] { return usi_statistics(groups, indices(), false, seed); });
        give(name + "_usi_var", [&] { return usi_statistics(groups, indices(), true, seed); });
        give(name + "_corrs",
             [&] { return usi_correlations(indices(), seed, "across/" + name + "_corrs", run); });
    }
    give("gabor_rel_resp", [&] { return relative_responses_of(groups, sessions, seed); });
    give("gabor_diffs", [&] { return differences_of(groups, true, seed); });
    give("visflow_diffs", [&] { return differences_of(groups, false, seed); });
    give("gabor_grouped_traces", [&] { return grouped_traces(groups); });
    give("gabor_idx_binned", [&] { return binned_indices(groups, seed); });
}

}  // namespace tb::vectors
