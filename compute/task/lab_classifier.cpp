#include "compute/task/lab_classifier.hpp"

#include "src/stats/confusion.hpp"
#include "src/stats/multinomial_regression.hpp"
#include "src/stats/naive_bayes.hpp"
#include "src/stats/random_forest.hpp"
#include "src/stats/split_random.hpp"
#include "src/stats/test_result.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/format.h>

namespace tb::compute::task {

namespace {

/// Subjects by institution, of those with enough.
struct Classes {
    std::vector<std::string> institutions;
    std::vector<std::vector<const ClassifiedSubject*>> subjects;
};

Classes classes_of(std::span<const ClassifiedSubject> subjects, std::size_t n_each) {
    std::map<std::string, std::vector<const ClassifiedSubject*>> groups;
    for (const ClassifiedSubject& subject : subjects) {
        if (subject.metrics.size() != subjects.front().metrics.size()) {
            throw value_error(fmt::format("subjects with {} and {} metrics: expected as many",
                                          subjects.front().metrics.size(), subject.metrics.size()));
        }
        groups[subject.institution].push_back(&subject);
    }
    Classes out;
    for (auto& [institution, of_institution] : groups) {
        if (of_institution.size() < n_each) continue;
        out.institutions.push_back(institution);
        out.subjects.push_back(std::move(of_institution));
    }
    return out;
}

/// Brings `n` of the values, drawn without replacement, to the front.
template <class T>
void draw_to_front(std::vector<T>& values, std::size_t n, stats::SplitRandom& random) {
    for (std::size_t i = 0; i < n && i < values.size(); ++i) {
        const auto left = static_cast<std::uint32_t>(values.size() - i);
        std::swap(values[i], values[i + random.below(left)]);
    }
}

std::vector<std::size_t> told(const stats::DesignMatrix& x, std::span<const std::size_t> truth,
                              const LabClassifierOptions& options, std::uint64_t seed) {
    if (options.decoder == LabDecoder::bayes) return stats::naive_bayes_leave_one_out(x, truth);
    if (options.decoder == LabDecoder::logistic)
        return stats::multinomial_regression_leave_one_out(x, truth);
    return stats::random_forest_leave_one_out(
        x, truth, {.n_trees = options.n_trees, .n_tried = 0, .seed = seed});
}

struct Draw {
    double accuracy = 0.0;
    double shuffled_accuracy = 0.0;
    std::vector<std::size_t> confusion;
};

Draw draw_of(const Classes& classes, std::size_t number, const LabClassifierOptions& options) {
    stats::SplitRandom random(options.seed, number);
    stats::DesignMatrix x;
    std::vector<std::size_t> truth;
    for (std::size_t c = 0; c < classes.subjects.size(); ++c) {
        std::vector<const ClassifiedSubject*> drawn = classes.subjects[c];
        draw_to_front(drawn, options.n_per_institution, random);
        for (std::size_t i = 0; i < options.n_per_institution; ++i) {
            x.values.insert(x.values.end(), drawn[i]->metrics.begin(), drawn[i]->metrics.end());
            truth.push_back(c);
        }
    }
    x.names.resize(classes.subjects.front().front()->metrics.size(), "metric");
    std::vector<std::size_t> shuffled = truth;
    draw_to_front(shuffled, shuffled.size(), random);
    const std::vector<std::size_t> predicted = told(x, truth, options, random.next());
    return {stats::accuracy(truth, predicted),
            stats::accuracy(shuffled, told(x, shuffled, options, random.next())),
            stats::confusion_counts(truth, predicted, classes.subjects.size())};
}

double standard_deviation(std::span<const double> values) {
    if (values.size() < 2) return nan;
    return std::sqrt(stats::sum_of_squares(values) / static_cast<double>(values.size() - 1));
}

/// Subjects that have all metrics.
std::vector<ClassifiedSubject> subjects_of(const FetchedRows& rows, std::size_t n_metrics) {
    std::vector<ClassifiedSubject> out;
    const auto ids = rows.texts("subject_id");
    for (std::size_t begin = 0; begin < rows.size();) {
        std::size_t end = begin;
        ClassifiedSubject subject{.institution = rows.texts("institution_short")[begin],
                                  .metrics = {}};
        for (; end < rows.size() && ids[end] == ids[begin]; ++end) {
            subject.metrics.push_back(rows.numbers("value")[end]);
        }
        if (subject.metrics.size() == n_metrics) out.push_back(std::move(subject));
        begin = end;
    }
    return out;
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& params = inputs["params"];
    if (params.empty()) throw Error(ErrorKind::data, "no parameter row for " + inputs.key);
    const auto whole = [&](const char* name) {
        return static_cast<std::size_t>(params.integers(name)[0]);
    };
    const LabClassifierOptions options{.decoder = lab_decoder_of(params.texts("decoder")[0]),
                                       .n_draws = whole("n_draws"),
                                       .n_per_institution = whole("n_per_institution"),
                                       .n_trees = whole("n_trees"),
                                       .seed = whole("seed")};
    const LabClassification found =
        classify_labs(subjects_of(inputs["values"], whole("n_metrics")), options);
    if (found.accuracy.empty()) {
        return output.nothing_to_compute(
            fmt::format("fewer than two institutions have {} subjects with all metrics",
                        options.n_per_institution));
    }
    const std::size_t n = found.institutions.size();
    // A half of the least step keeps rounding out of it.
    const double chance =
        1.0 / static_cast<double>(n) + 0.5 / static_cast<double>(n * options.n_per_institution);
    const auto n_above =
        std::ranges::count_if(found.accuracy, [&](double one) { return one > chance; });
    output.master()
        .set("n_subjects", found.n_subjects)
        .set("n_institutions", n)
        .set("mean_accuracy", stats::mean_of(found.accuracy))
        .set("sd_accuracy", standard_deviation(found.accuracy))
        .set("mean_shuffled_accuracy", stats::mean_of(found.shuffled_accuracy))
        .set("sd_shuffled_accuracy", standard_deviation(found.shuffled_accuracy))
        .set("fraction_above_chance",
             static_cast<double>(n_above) / static_cast<double>(found.accuracy.size()));
    for (std::size_t draw = 0; draw < found.accuracy.size(); ++draw) {
        output.part("lab_classifier_draw")
            .set("draw", draw + 1)
            .set("accuracy", found.accuracy[draw])
            .set("shuffled_accuracy", found.shuffled_accuracy[draw]);
    }
    const auto n_told_each = static_cast<double>(options.n_draws * options.n_per_institution);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            const std::size_t n_told = found.confusion[i * n + j];
            output.part("lab_classifier_confusion")
                .set("institution_short", found.institutions[i])
                .set("told_institution_short", found.institutions[j])
                .set("n_told", n_told)
                .set("fraction_told", static_cast<double>(n_told) / n_told_each);
        }
    }
}

}  // namespace

LabDecoder lab_decoder_of(std::string_view word) {
    if (word == "forest") return LabDecoder::forest;
    if (word == "bayes") return LabDecoder::bayes;
    if (word == "logistic") return LabDecoder::logistic;
    throw value_error("decoder '" + std::string(word) + "': expected forest, bayes or logistic");
}

LabClassification classify_labs(std::span<const ClassifiedSubject> subjects,
                                const LabClassifierOptions& options) {
    const Classes classes = classes_of(subjects, options.n_per_institution);
    LabClassification out;
    if (classes.institutions.size() < 2) return out;
    out.institutions = classes.institutions;
    for (const auto& of_institution : classes.subjects) out.n_subjects += of_institution.size();

    std::vector<Draw> draws(options.n_draws);
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr failure;
    const auto work = [&] {
        try {
            for (std::size_t i = next++; i < draws.size(); i = next++) {
                draws[i] = draw_of(classes, i, options);
            }
        } catch (...) {
            const std::lock_guard lock(mutex);
            failure = std::current_exception();
            next = draws.size();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) {
            threads.emplace_back(work);
        }
        work();
    }
    if (failure) std::rethrow_exception(failure);

    out.confusion.assign(out.institutions.size() * out.institutions.size(), 0);
    for (const Draw& draw : draws) {
        out.accuracy.push_back(draw.accuracy);
        out.shuffled_accuracy.push_back(draw.shuffled_accuracy);
        for (std::size_t k = 0; k < draw.confusion.size(); ++k) {
            out.confusion[k] += draw.confusion[k];
        }
    }
    return out;
}

ComputedTable lab_classifier_table() {
    return {.name = "task.lab_classifier",
            .code_version = 1,
            .fetches = {{"values", compute_sql_text("task/lab_classifier_values.sql")},
                        {"params", compute_sql_text("task/lab_classifier_params.sql")}},
            .compute = compute,
            .keys_per_transaction = 1};
}

}  // namespace tb::compute::task
