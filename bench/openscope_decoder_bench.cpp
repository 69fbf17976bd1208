// How long do the decoders of one OpenScope session take: 100 splits of 340 trials of 300 cells x
// 14 frames, four classes, on two cores? One JSON line per measurement:
//   {"bench":"openscope_decoder","what":"splits_100","s":...,"processor_s":...,"target_s":20,
//    "is_right":true}
// Answers are checked by what an optimum is: at the coefficients of one split, computed here from
// the values as they are, no part of the penalised loss' gradient differs from 0, and classes that
// can be told are told. --smoke: few splits of few cells. Exit status 1 when an answer is wrong.
#include "bench/bench_arguments.hpp"
#include "compute/imaging/openscope/decoder.hpp"
#include "compute/imaging/openscope/decoder_folds.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <random>
#include <vector>

namespace {

namespace openscope = tb::compute::imaging::openscope;

struct Session {
    std::size_t n_frames;
    std::size_t n_rois;
    std::vector<double> values;
    std::vector<std::size_t> classes;

    [[nodiscard]] openscope::DecoderTrials trials() const {
        return {values, n_frames, n_rois, classes, 4};
    }
};

/// Each cell prefers one of four orientations a little; activity is skewed as dF/F is.
Session make_session(std::size_t n_trials, std::size_t n_frames, std::size_t n_rois) {
    std::mt19937_64 random(905);
    std::normal_distribution<double> normal;
    std::exponential_distribution<double> burst(1.0);
    Session session{n_frames, n_rois, {}, {}};
    for (std::size_t i = 0; i < n_trials; ++i) {
        const std::size_t k = i % 4;
        session.classes.push_back(k);
        for (std::size_t f = 0; f < n_frames; ++f) {
            for (std::size_t r = 0; r < n_rois; ++r) {
                const double preferred = r % 4 == k ? 0.3 : 0.0;
                session.values.push_back(0.2 * normal(random) + 0.5 * burst(random) + preferred);
            }
        }
    }
    return session;
}

/// Greatest part of the gradient of sum weight loss + |coefficients|^2 / 2, plainly.
double greatest_gradient(const Session& session, const openscope::DecoderFold& fold,
                         const openscope::DecodedFold& decoded) {
    const std::size_t p = session.n_frames * session.n_rois;
    std::vector<double> counts(4, 0.0);
    for (const std::size_t trial : fold.train) counts[session.classes[trial]] += 1.0;
    std::vector<double> gradient = decoded.coefficients;
    std::vector<double> by_intercept(4, 0.0);
    std::vector<double> x(p);
    for (const std::size_t trial : fold.train) {
        double logits[4];
        std::copy(decoded.intercept.begin(), decoded.intercept.end(), logits);
        for (std::size_t j = 0; j < p; ++j) {
            const std::size_t roi = j % session.n_rois;
            x[j] = (session.values[trial * p + j] - decoded.center[roi]) / decoded.scale[roi];
            for (std::size_t k = 0; k < 4; ++k) logits[k] += x[j] * decoded.coefficients[j * 4 + k];
        }
        const double most = *std::max_element(logits, logits + 4);
        double sum = 0.0;
        for (double& logit : logits) sum += logit = std::exp(logit - most);
        const std::size_t own = session.classes[trial];
        const double weight = static_cast<double>(fold.train.size()) / (4.0 * counts[own]);
        for (std::size_t k = 0; k < 4; ++k) {
            const double residual = weight * (logits[k] / sum - (k == own ? 1.0 : 0.0));
            by_intercept[k] += residual;
            for (std::size_t j = 0; j < p; ++j) gradient[j * 4 + k] += residual * x[j];
        }
    }
    double most = 0.0;
    for (const double part : gradient) most = std::max(most, std::abs(part));
    for (const double part : by_intercept) most = std::max(most, std::abs(part));
    return most;
}

/// By the clock, and of the processor (all threads), which other work on the machine leaves alone.
struct Seconds {
    double elapsed = 0.0;
    double processor = 0.0;
};

bool report(const char* what, Seconds seconds, double target_s, bool is_right) {
    std::printf(
        "{\"bench\":\"openscope_decoder\",\"what\":\"%s\",\"s\":%.3f,"
        "\"processor_s\":%.3f,\"target_s\":%.0f,"
        "\"is_right\":%s}\n",
        what, seconds.elapsed, seconds.processor, target_s, is_right ? "true" : "false");
    return is_right;
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(argc, argv,
                                         "Decoders of one OpenScope session, two threads.");
    const Session session =
        arguments.is_smoke ? make_session(48, 3, 20) : make_session(340, 14, 300);
    const std::size_t n_splits = arguments.is_smoke ? 4 : 100;
    const auto folds = openscope::decoder_folds(session.classes, 4, {.n_splits = n_splits});
    const auto seconds_of = [](const auto& work) {
        const auto start = std::chrono::steady_clock::now();
        const std::clock_t processor = std::clock();
        work();
        return Seconds{
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
            static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC};
    };

    std::vector<openscope::DecodedFold> decoded;
    const Seconds seconds =
        seconds_of([&] { decoded = openscope::decode(session.trials(), folds, {.n_threads = 2}); });
    double accuracy = 0.0;
    bool is_right = decoded.size() == n_splits;
    for (const auto& fold : decoded) {
        is_right &= fold.is_converged;
        accuracy += fold.test_scores.balanced_accuracy / static_cast<double>(n_splits);
    }
    is_right &= accuracy > 0.5;
    const auto first = openscope::decode(session.trials(), std::span(folds).first(1),
                                         {.keeps_coefficients = true});
    is_right &= first[0].test_probability == decoded[0].test_probability;
    is_right &= greatest_gradient(session, folds[0], first[0]) < 1e-5;
    bool all_right =
        report(arguments.is_smoke ? "splits_4_small" : "splits_100", seconds, 20.0, is_right);

    std::vector<std::vector<openscope::DecoderScores>> course;
    const Seconds course_seconds = seconds_of([&] {
        course = openscope::decoding_time_course(session.trials(), folds, {.n_threads = 2});
    });
    is_right = course.size() == session.n_frames;
    for (const auto& scores : course) {
        double mean = 0.0;
        for (const auto& score : scores)
            mean += score.balanced_accuracy / static_cast<double>(n_splits);
        is_right &= mean > 0.25;
    }
    all_right &= report(arguments.is_smoke ? "time_course_small" : "time_course_14_frames",
                        course_seconds, 0.0, is_right);
    return all_right ? 0 : 1;
}
