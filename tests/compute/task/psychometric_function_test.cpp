#include "compute/task/psychometric_function.hpp"

#include "ingest/formats/npy.hpp"
#include "src/stats/legacy_random.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::task {

namespace {

using Model = PsychometricModel;

void expect_value_error(const std::function<void()>& call) {
    try {
        call();
        FAIL() << "accepted";
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::data);
        EXPECT_EQ(e.type(), "ValueError");
    }
}

FitConfiguration with_model(Model model) {
    FitConfiguration out;
    out.model = model;
    return out;
}

const std::vector<double> nine_levels = {-100, -25, -12.5, -6.25, 0, 6.25, 12.5, 25, 100};

/// Binomial draws from a function.
PsychometricPoints drawn(stats::LegacyRandom& random, const std::vector<double>& x, double trials,
                         const std::function<double(double)>& probability) {
    std::vector<double> n, p;
    for (const double level : x) {
        const double count = 1.0 + std::floor(2.0 * trials * random.uniform());
        double right = 0.0;
        for (int i = 0; i < static_cast<int>(count); ++i)
            right += random.uniform() < probability(level) ? 1.0 : 0.0;
        n.push_back(count);
        p.push_back(right / count);
    }
    return points_from(x, n, p);
}

std::optional<std::filesystem::path> shared_folder() {
    namespace fs = std::filesystem;
    if (const char* set = std::getenv("TRIALBASE_SHARED")) return fs::path(set);
    for (auto up = fs::current_path(); up != up.root_path(); up = up.parent_path()) {
        if (fs::is_directory(up / "shared" / "data")) return up / "shared";
    }
    const auto source = fs::path(__FILE__).parent_path() / "../../../../shared";
    if (fs::is_directory(source)) return source;
    return std::nullopt;
}

}  // namespace

// By hand: exp(-1) and erf(0), erf(1) of tables.
TEST(PsychometricFunction, HasTheFormulasOfTheSpecification) {
    const double e = 0.36787944117144233;
    const double erf1 = 0.8427007929497149;
    EXPECT_DOUBLE_EQ(
        psychometric_function(Model::weibull, std::vector{2.0, 3.0, 0.1}, std::vector{2.0})[0],
        0.9 - 0.8 * e);
    EXPECT_DOUBLE_EQ(
        psychometric_function(Model::weibull50, std::vector{2.0, 3.0, 0.1}, std::vector{2.0})[0],
        0.9 - 0.4 * e);
    const auto erf =
        psychometric_function(Model::erf_psycho, std::vector{1.0, 4.0, 0.1}, std::vector{1.0, 5.0});
    EXPECT_DOUBLE_EQ(erf[0], 0.5);
    EXPECT_DOUBLE_EQ(erf[1], 0.1 + 0.8 * (erf1 + 1.0) / 2.0);
    const auto two = psychometric_function(Model::erf_psycho_2gammas,
                                           std::vector{1.0, 4.0, 0.1, 0.2}, std::vector{1.0, 5.0});
    EXPECT_DOUBLE_EQ(two[0], 0.1 + 0.7 / 2.0);
    EXPECT_DOUBLE_EQ(two[1], 0.1 + 0.7 * (erf1 + 1.0) / 2.0);
}

TEST(PsychometricFunction, IsNanForANegativeBaseOfTheWeibull) {
    const std::vector<double> parameters = {2.0, 1.5, 0.1};
    EXPECT_TRUE(
        std::isnan(psychometric_function(Model::weibull, parameters, std::vector{-1.0})[0]));
    const auto points = points_from({-1.0}, {10.0}, {0.5});
    EXPECT_EQ(negative_log_likelihood(Model::weibull, parameters, points), 1e7);
}

TEST(PsychometricFunction, RefusesAnotherNumberOfParameters) {
    expect_value_error([] {
        (void)psychometric_function(Model::erf_psycho_2gammas, std::vector{0.0, 1.0, 0.1},
                                    std::vector{0.0});
    });
    expect_value_error([] {
        (void)negative_log_likelihood(Model::weibull, std::vector{1.0, 1.0, 0.1, 0.1},
                                      points_from({0.0}, {1.0}, {0.5}));
    });
    expect_value_error([] {
        (void)negative_log_likelihood(Model::weibull, std::vector{1.0, 1.0, 0.1},
                                      points_from({0.0}, {1.0}, {0.5}), std::vector{0.0}, {});
    });
}

TEST(PsychometricFunction, RefusesAnUnknownModel) {
    expect_value_error([] { (void)model_named("logistic"); });
    for (const auto model :
         {Model::weibull, Model::weibull50, Model::erf_psycho, Model::erf_psycho_2gammas}) {
        EXPECT_EQ(model_named(to_string(model)), model);
    }
}

TEST(PsychometricLikelihood, IsTheBinomialOneWithoutCoefficients) {
    // P = 0.5 at the bias: 10 trials cost 10 ln 2 whatever p is; the level without p costs nothing.
    const auto points = points_from({0.0, 5.0}, {10.0, 7.0}, {0.3, nan});
    EXPECT_DOUBLE_EQ(negative_log_likelihood(Model::erf_psycho, std::vector{0.0, 4.0, 0.0}, points),
                     10.0 * 0.6931471805599453);
}

TEST(PsychometricLikelihood, ClipsProbabilitiesOfZeroAndOne) {
    // At x = 1000 P is exactly 1: all of 2 trials leftward cost 2 ln(1 / 2.22e-16).
    const auto points = points_from({1000.0}, {2.0}, {0.0});
    EXPECT_DOUBLE_EQ(negative_log_likelihood(Model::erf_psycho, std::vector{0.0, 4.0, 0.0}, points),
                     -2.0 * std::log(2.220446049250313e-16));
}

TEST(PsychometricLikelihood, CostsTenMillionOutsideOfTheBoundsWhichAreInside) {
    const auto points = points_from({0.0}, {10.0}, {0.5});
    const std::vector<double> min = {-1.0, 1.0, 0.0};
    const std::vector<double> max = {1.0, 2.0, 0.5};
    const auto cost = [&](std::vector<double> parameters) {
        return negative_log_likelihood(Model::erf_psycho, parameters, points, min, max);
    };
    EXPECT_LT(cost(min), 1e7);
    EXPECT_LT(cost(max), 1e7);
    EXPECT_EQ(cost({1.0 + 1e-12, 1.0, 0.0}), 1e7);
    EXPECT_EQ(cost({0.0, 0.999, 0.0}), 1e7);
    EXPECT_EQ(cost({0.0, 1.0, nan}), 1e7);
}

TEST(FitConfigurations, HoldTheNumbersOfTheSpecification) {
    const auto points = points_from({-100.0, 0.0, 50.0, 10.0}, {1, 1, 1, 1}, {0, nan, 1, 1});
    auto box = fit_box(fit_configuration("default"), points);
    EXPECT_EQ(box.start,
              (std::vector{-10.0, 3.0, 0.05, 0.05}));  // unweighted, levels without p too
    EXPECT_EQ(box.min, (std::vector{-100.0, 0.0, 0.0, 0.0}));
    EXPECT_EQ(box.max, (std::vector{50.0, 10.0, 0.4, 0.4}));
    box = fit_box(fit_configuration("status"), points);
    EXPECT_EQ(box.start, (std::vector{-10.0, 20.0, 0.05, 0.05}));
    EXPECT_EQ(box.max, (std::vector{50.0, 100.0, 1.0, 1.0}));
    box = fit_box(fit_configuration("plotting"), points);
    EXPECT_EQ(box.start, (std::vector{0.0, 40.0, 0.1, 0.1}));
    EXPECT_EQ(box.min, (std::vector{-50.0, 10.0, 0.0, 0.0}));
    EXPECT_EQ(box.max, (std::vector{50.0, 50.0, 0.2, 0.2}));
    box = fit_box(fit_configuration("paper"), points);
    EXPECT_EQ(box.start, (std::vector{0.0, 20.0, 0.05, 0.05}));
    EXPECT_EQ(box.min, (std::vector{-100.0, 5.0, 0.0, 0.0}));
    EXPECT_EQ(box.max, (std::vector{50.0, 40.0, 1.0, 1.0}));
    EXPECT_EQ(fit_configuration("paper_pooled").grouping, PointGrouping::whole_percent);
    expect_value_error([] { (void)fit_configuration("figures"); });
}

TEST(FitConfigurations, RefuseBoundsThatMakeNoBox) {
    const auto points = points_from({-1.0, 1.0}, {5.0, 5.0}, {0.0, 1.0});
    auto crossed = fit_configuration("plotting");
    crossed.min[1] = 60.0;
    expect_value_error([&] { (void)fit_box(crossed, points); });
    auto too_short = fit_configuration("plotting");
    too_short.start.pop_back();
    expect_value_error([&] { (void)fit_psychometric(points, too_short); });
    auto holed = fit_configuration("plotting");
    holed.max[2] = nan;
    expect_value_error([&] { (void)fit_psychometric_by_simplex(points, holed); });
}

TEST(PsychometricFit, RecoversAFunctionFromItsOwnProbabilities) {
    const std::vector<double> truth = {-7.0, 18.0, 0.08, 0.12};
    const auto p = psychometric_function(Model::erf_psycho_2gammas, truth, nine_levels);
    const auto points = points_from(nine_levels, std::vector<double>(9, 100.0), p);
    for (const char* name : {"status", "plotting", "paper"}) {
        const auto fit = fit_psychometric(points, fit_configuration(name));
        for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(fit.parameters[i], truth[i], 1e-4) << name;
        EXPECT_NEAR(fit.r_squared, 1.0, 1e-9);
        EXPECT_EQ(fit.n_trials, 900.0);
        EXPECT_EQ(fit.lapse_low(), fit.parameters[2]);
        EXPECT_EQ(fit.lapse_high(), fit.parameters[3]);
    }
}

TEST(PsychometricFit, RecoversWeibulls) {
    const std::vector<double> x = {0.01, 0.05, 0.0625, 0.125, 0.25, 0.5, 1.0};
    const std::vector<double> truth = {0.11, 1.8, 0.07};
    for (const auto model : {Model::weibull, Model::weibull50}) {
        const auto p = psychometric_function(model, truth, x);
        const auto fit =
            fit_psychometric(points_from(x, std::vector<double>(7, 50.0), p), with_model(model));
        for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(fit.parameters[i], truth[i], 1e-4);
    }
}

TEST(PsychometricFit, IsNeverWorseThanSixtyRestartsOfTheSimplex) {
    const std::uint32_t seed = 20190401;
    stats::LegacyRandom random(seed);
    const std::vector<std::vector<double>> sets = {
        nine_levels, {-100, -50, 50, 100}, {-100, 100}, {0}, {-100, -50, -25, 0, 25, 50, 100}};
    for (int cohort = 0; cohort < 40; ++cohort) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", cohort " + std::to_string(cohort));
        const double bias = 80.0 * random.uniform() - 40.0;
        const double threshold = std::exp(5.0 * random.uniform() - 0.5);
        const double low = 0.3 * random.uniform();
        const double high = 0.3 * random.uniform();
        const double trials = std::exp(5.0 * random.uniform());
        const auto& levels = sets[static_cast<std::size_t>(random.uniform() * 5.0)];
        const auto points = drawn(random, levels, trials, [&](double x) {
            switch (cohort % 4) {
                case 1:
                    return x > 0.0 ? 1.0 : x < 0.0 ? 0.0 : 0.5;  // perfect
                case 2:
                    return 1.0;  // all to the right
                default:
                    return low +
                           (1.0 - low - high) * (std::erf((x - bias) / threshold) + 1.0) / 2.0;
            }
        });
        for (const char* name : {"default", "status", "plotting", "paper"}) {
            SCOPED_TRACE(name);
            auto configuration = fit_configuration(name);
            configuration.runs = 60;
            const auto ours = fit_psychometric(points, configuration);
            const auto reference = fit_psychometric_by_simplex(points, configuration, 1);
            if (std::isnan(reference.log_likelihood)) {
                EXPECT_TRUE(std::isnan(ours.log_likelihood));
                continue;
            }
            EXPECT_GE(ours.log_likelihood, reference.log_likelihood - 1e-3);
            const auto box = fit_box(configuration, points);
            EXPECT_EQ(-negative_log_likelihood(configuration.model, ours.parameters, points,
                                               box.min, box.max),
                      ours.log_likelihood);
        }
    }
}

// The only level on the slope, and a slope far narrower than the gaps: a grid alone misses this
// one.
TEST(PsychometricFit, FindsAStepAtALevel) {
    const auto points = points_from(nine_levels, {218, 328, 568, 249, 340, 468, 99, 160, 412},
                                    {0.06, 0.06, 0.06, 0.06, 0.7, 0.95, 0.95, 0.95, 0.95});
    const auto fit = fit_psychometric(points, fit_configuration("status"));
    EXPECT_NEAR(fit.predicted[4], 0.7, 1e-4);
    EXPECT_NEAR(fit.lapse_low(), 0.06, 1e-4);
    EXPECT_NEAR(fit.lapse_high(), 0.05, 1e-4);
}

// Blocks with the left side at 80 % of churchlandlab/CSHL_008/2019-04-10/001 (data/ibl_dec2019):
// two valleys that lie aslant to each other, the deeper one without an upper lapse. The numbers are
// those of 300 restarts of the simplex.
TEST(PsychometricFit, FindsTheDeeperOfTwoValleysThatAGridMerges) {
    const std::vector<double> rightward = {2, 3, 6, 13, 11, 6, 5, 7, 7};
    const std::vector<double> responses = {38, 32, 37, 33, 24, 7, 7, 9, 7};
    std::vector<double> p;
    for (std::size_t i = 0; i < 9; ++i) p.push_back(rightward[i] / responses[i]);
    const auto fit = fit_psychometric(points_from(nine_levels, {39, 35, 37, 35, 26, 7, 7, 9, 7}, p),
                                      fit_configuration("paper"));
    EXPECT_NEAR(fit.log_likelihood, -91.0769401, 1e-6);
    EXPECT_NEAR(fit.bias(), 3.0303, 1e-3);
    EXPECT_NEAR(fit.threshold(), 25.147, 2e-3);
    EXPECT_NEAR(fit.lapse_low(), 0.0465, 1e-4);
    EXPECT_EQ(fit.lapse_high(), 0.0);
}

TEST(PsychometricFit, GivesTheSameAnswerTwice) {
    stats::LegacyRandom random(5);
    const auto points =
        drawn(random, nine_levels, 8.0, [](double x) { return x > 3.0 ? 0.8 : 0.3; });
    const auto first = fit_psychometric(points, fit_configuration("status"));
    const auto second = fit_psychometric(points, fit_configuration("status"));
    EXPECT_EQ(first.parameters, second.parameters);
}

TEST(PsychometricFit, LeavesOutLevelsWithoutAFraction) {
    auto points = points_from({-100, -25, 0, 12.5, 25, 100}, {50, 50, 50, 3, 50, 50},
                              {0.1, 0.2, 0.5, nan, 0.8, 0.9});
    const auto with = fit_psychometric(points, fit_configuration("plotting"));
    points = points_from({-100, -25, 0, 25, 100}, {50, 50, 50, 50, 50}, {0.1, 0.2, 0.5, 0.8, 0.9});
    const auto without = fit_psychometric(points, fit_configuration("plotting"));
    EXPECT_EQ(with.parameters, without.parameters);
    EXPECT_EQ(with.predicted.size(), 6U);
    EXPECT_EQ(with.r_squared, without.r_squared);
    EXPECT_EQ(with.n_trials, 253.0);
}

TEST(PsychometricFit, IsMissingWhenThereIsNothingToFit) {
    for (const auto& points : {points_from({}, {}, {}), points_from({1.0}, {4.0}, {nan})}) {
        const auto fit = fit_psychometric(points, fit_configuration("status"));
        ASSERT_EQ(fit.parameters.size(), 4U);
        EXPECT_TRUE(std::isnan(fit.bias()));
        EXPECT_TRUE(std::isnan(fit.log_likelihood));
        EXPECT_TRUE(std::isnan(fit.r_squared));
    }
    EXPECT_EQ(fit_psychometric(points_from({}, {}, {}), fit_configuration("status")).n_trials, 0.0);
}

TEST(PsychometricFit, IsMissingForASingleLevel) {
    const auto single = points_from({25.0}, {60.0}, {0.4});
    for (const auto name : fit_configuration_names()) {
        const auto fit = fit_psychometric(single, fit_configuration(name));
        EXPECT_TRUE(std::isnan(fit.parameters[0])) << name;
        EXPECT_TRUE(std::isnan(fit.log_likelihood)) << name;
        EXPECT_TRUE(std::isnan(fit.predicted.at(0))) << name;
    }
}

TEST(PsychometricFit, NeedsFourLevelsForThePaper) {
    const auto three = points_from({-100, 0, 100}, {9, 9, 9}, {0.1, 0.5, 0.9});
    EXPECT_TRUE(std::isnan(fit_psychometric(three, fit_configuration("paper")).bias()));
    EXPECT_FALSE(std::isnan(fit_psychometric(three, fit_configuration("status")).bias()));
}

TEST(PsychometricFit, GivesTheStartWhereNoParametersHaveALikelihood) {
    const auto points = points_from({-100.0, 100.0}, {5.0, 5.0}, {0.0, 1.0});
    const auto fit = fit_psychometric(points, with_model(Model::weibull));
    EXPECT_EQ(fit.log_likelihood, -1e7);
}

TEST(RSquared, IsTheShareOfUnweightedVariance) {
    EXPECT_DOUBLE_EQ(r_squared(std::vector{0.0, 0.5, 1.0}, std::vector{0.1, 0.5, 0.9}),
                     1.0 - 0.02 / 0.5);
    EXPECT_EQ(r_squared(std::vector{0.0, 1.0}, std::vector{1.0, 0.0}), 0.0);  // never below 0
    EXPECT_EQ(r_squared(std::vector{0.5, 0.5}, std::vector{0.5, 0.5}), 1.0);
    EXPECT_EQ(r_squared(std::vector{0.5, 0.5}, std::vector{0.5, 0.6}), 0.0);
    EXPECT_DOUBLE_EQ(r_squared(std::vector{0.0, nan, 1.0}, std::vector{0.0, 0.3, 1.0}), 1.0);
    EXPECT_TRUE(std::isnan(r_squared(std::vector<double>{}, std::vector<double>{})));
}

// The fits that the IBL published in 2019, from the arrays of the sessions that they were made from
// (shared data, SOURCES.md "Published fits"; tolerances as suggested there).
TEST(PsychometricFit, ReproducesThePublishedFitsOf2019) {
    const auto shared = shared_folder();
    if (!shared || !std::filesystem::exists(*shared / "data/ibl_dec2019/published_fits.csv")) {
        GTEST_SKIP() << "the shared data folder is not here (set TRIALBASE_SHARED)";
    }
    std::ifstream file(*shared / "data/ibl_dec2019/published_fits.csv");
    std::string line;
    std::getline(file, line);
    int reproduced = 0;
    while (std::getline(file, line)) {
        std::vector<std::string> cells;
        std::istringstream row(line);
        for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
        ASSERT_GE(cells.size(), 9U);
        const auto subject =
            *shared / "data/ibl_dec2019_one_tree" / cells[0] / "Subjects" / cells[1];
        std::vector<double> contrast, choice;
        bool is_here = true;
        std::istringstream sessions(cells[2]);
        for (std::string session; sessions >> session;) {
            const auto alf = subject / session / "alf";
            if (!std::filesystem::is_directory(alf)) {
                is_here = false;
                break;
            }
            const auto read = [&](const std::string& what) {
                return formats::read_npy(alf / ("_ibl_trials." + what + ".npy")).as_doubles();
            };
            const auto left = read("contrastLeft");
            const auto right = read("contrastRight");
            const auto chosen = read("choice");
            for (std::size_t i = 0; i < chosen.size(); ++i) {
                contrast.push_back((std::isnan(right[i]) ? 0.0 : right[i]) -
                                   (std::isnan(left[i]) ? 0.0 : left[i]));
                choice.push_back(chosen[i]);
            }
        }
        if (!is_here) continue;
        SCOPED_TRACE(cells[1]);
        const auto configuration = fit_configuration("paper_pooled");
        const auto fit =
            fit_psychometric(points_of(contrast, choice, configuration.grouping), configuration);
        EXPECT_NEAR(fit.bias(), std::stod(cells[5]), 2e-3);
        EXPECT_NEAR(fit.threshold(), std::stod(cells[6]), 2e-3);
        EXPECT_NEAR(fit.lapse_low(), std::stod(cells[7]), 1e-4);
        EXPECT_NEAR(fit.lapse_high(), std::stod(cells[8]), 1e-4);
        ++reproduced;
    }
    EXPECT_GE(reproduced, 6);
}

}  // namespace tb::compute::task
