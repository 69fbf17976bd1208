#include "app/cli/figure_rows.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tb::app {
namespace {

using nlohmann::json;

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Samples of one row: ascending times and their values.
struct Line {
    std::vector<double> times_s;
    std::vector<double> values;
};

json number_or_null(double value) {
    return std::isfinite(value) ? json(value) : json(nullptr);
}

/// A time as it is shown: sums of a start and i / rate are not told to the last bit.
double shown_time(double time_s) {
    return std::round(time_s * 1e9) / 1e9;
}

std::optional<double> number(const json& row, const std::string& column) {
    if (column.empty()) return std::nullopt;
    const auto found = row.find(column);
    if (found == row.end() || found->is_null()) return std::nullopt;
    if (!found->is_number())
        throw Error(ErrorKind::data, fmt::format("column {} holds no numbers", column));
    return found->get<double>();
}

double needed(const json& row, const std::string& column, const std::string& ref) {
    const auto value = number(row, column);
    if (!value) throw Error(ErrorKind::data, fmt::format("array {}: {} is null", ref, column));
    return *value;
}

/// Reads arrays; the last matrix and the last times stay, for the rows that follow.
class Lines {
  public:
    Lines(const FigureArrays& arrays, const ArrayReader& store) : arrays_(arrays), store_(store) {}

    Line of(const json& row) {
        const auto ref = row[arrays_.ref].get<std::string>();
        auto line = arrays_.row.empty() ? vector(row, ref) : matrix_row(row, ref);
        if (const auto until = number(row, arrays_.until_s)) {
            for (std::size_t i = 0; i < line.values.size(); ++i) {
                if (line.times_s[i] > *until) line.values[i] = missing;
            }
        }
        subtract_baseline(row, line);
        return line;
    }

  private:
    struct Kept {
        std::string ref;
        std::vector<std::size_t> shape;
        std::vector<double> numbers;
    };

    const Kept& kept(Kept& place, const std::string& ref) const {
        if (place.ref != ref || ref.empty()) {
            const auto array = store_.read(ref);
            place = {ref, array.shape, array.numbers()};
        }
        return place;
    }

    /// The samples [begin, end) that lie in the window of the row.
    static std::pair<std::size_t, std::size_t> window(const std::vector<double>& times_s,
                                                      std::optional<double> from,
                                                      std::optional<double> to) {
        const auto begin = from ? std::ranges::lower_bound(times_s, *from) : times_s.begin();
        const auto end = to ? std::lower_bound(begin, times_s.end(), *to) : times_s.end();
        return {static_cast<std::size_t>(begin - times_s.begin()),
                static_cast<std::size_t>(end - times_s.begin())};
    }

    Line vector(const json& row, const std::string& ref) {
        const auto from = number(row, arrays_.from_s);
        const auto to = number(row, arrays_.to_s);
        Line line;
        if (!arrays_.times_ref.empty()) {
            const auto& times = kept(times_, row[arrays_.times_ref].get<std::string>()).numbers;
            if (!std::ranges::is_sorted(times))
                throw Error(ErrorKind::data,
                            fmt::format("array {}: its times are not ascending", ref));
            const auto [begin, end] = window(times, from, to);
            line.times_s.assign(times.begin() + static_cast<std::ptrdiff_t>(begin),
                                times.begin() + static_cast<std::ptrdiff_t>(end));
            line.values = store_.read_rows(ref, begin, end).numbers();
        } else {
            const double start_s = needed(row, arrays_.start_s, ref);
            const double rate_hz = positive_rate(row, ref);
            // Rows beyond the array's end are not there: it is read to its end.
            const auto sample = [&](std::optional<double> time_s, double otherwise) {
                const double at =
                    time_s ? std::ceil((*time_s - start_s) * rate_hz - 1e-6) : otherwise;
                return static_cast<std::size_t>(std::clamp(at, 0.0, 1e15));
            };
            const auto& whole = kept(values_, ref).numbers;
            const auto end = std::min(sample(to, 1e15), whole.size());
            const auto begin = std::min(sample(from, 0.0), end);
            line.values.assign(whole.begin() + static_cast<std::ptrdiff_t>(begin),
                               whole.begin() + static_cast<std::ptrdiff_t>(end));
            line.times_s = even_times(start_s + static_cast<double>(begin) / rate_hz, rate_hz,
                                      line.values.size());
        }
        if (line.times_s.size() != line.values.size())
            throw Error(ErrorKind::data,
                        fmt::format("array {} has not as many values as times", ref));
        return line;
    }

    Line matrix_row(const json& row, const std::string& ref) {
        const auto& matrix = kept(values_, ref);
        const double wanted = needed(row, arrays_.row, ref);
        if (matrix.shape.size() != 2 || wanted < 0 ||
            wanted >= static_cast<double>(matrix.shape[0]))
            throw Error(ErrorKind::data,
                        fmt::format("array {} ({}) has no row {}", ref,
                                    fmt::join(matrix.shape, " x "), wanted),
                        "What it was made of has changed since: run trialbase populate.");
        const auto width = static_cast<std::ptrdiff_t>(matrix.shape[1]);
        const auto first = matrix.numbers.begin() + static_cast<std::ptrdiff_t>(wanted) * width;
        Line line;
        line.values.assign(first, first + width);
        line.times_s = arrays_.times_ref.empty()
                           ? even_times(needed(row, arrays_.start_s, ref), positive_rate(row, ref),
                                        line.values.size())
                           : kept(times_, row[arrays_.times_ref].get<std::string>()).numbers;
        if (line.times_s.size() != line.values.size())
            throw Error(ErrorKind::data,
                        fmt::format("array {} has not as many columns as times", ref));
        return line;
    }

    double positive_rate(const json& row, const std::string& ref) const {
        const double rate_hz = needed(row, arrays_.rate_hz, ref);
        if (!(rate_hz > 0))
            throw Error(ErrorKind::data,
                        fmt::format("array {}: {} is not above 0", ref, arrays_.rate_hz));
        return rate_hz;
    }

    static std::vector<double> even_times(double start_s, double rate_hz, std::size_t n) {
        std::vector<double> times_s(n);
        for (std::size_t i = 0; i < n; ++i) times_s[i] = start_s + static_cast<double>(i) / rate_hz;
        return times_s;
    }

    /// Takes off the mean of what is not missing in the baseline's window; without any, all becomes
    /// missing.
    void subtract_baseline(const json& row, Line& line) const {
        const auto from = number(row, arrays_.baseline_from_s);
        const auto to = number(row, arrays_.baseline_to_s);
        if (!from || !to) return;
        // Offsets are whole samples: their last bits do not decide what lies in the window.
        const auto [begin, end] = window(line.times_s, *from - 1e-9, *to - 1e-9);
        double sum = 0.0;
        std::size_t n = 0;
        for (std::size_t i = begin; i < end; ++i) {
            if (std::isnan(line.values[i])) continue;
            sum += line.values[i];
            ++n;
        }
        const double baseline = n == 0 ? missing : sum / static_cast<double>(n);
        for (auto& value : line.values) value -= baseline;
    }

    const FigureArrays& arrays_;
    const ArrayReader& store_;
    Kept values_;
    Kept times_;
};

/// The least and the greatest of each stretch of samples, in the order of their times.
Line thinned(Line line, std::size_t at_most) {
    const auto n = line.values.size();
    if (n <= at_most) return line;
    const auto stretches = at_most / 2;
    Line fewer;
    for (std::size_t stretch = 0; stretch < stretches; ++stretch) {
        const auto begin = stretch * n / stretches, end = (stretch + 1) * n / stretches;
        std::optional<std::size_t> least, greatest;
        for (auto i = begin; i < end; ++i) {
            if (std::isnan(line.values[i])) continue;
            if (!least || line.values[i] < line.values[*least]) least = i;
            if (!greatest || line.values[i] > line.values[*greatest]) greatest = i;
        }
        // A stretch without any value stays a gap.
        const auto first = least ? std::min(*least, *greatest) : begin;
        const auto last = least ? std::max(*least, *greatest) : begin;
        for (const auto i : {first, last}) {
            if (i == last && first == last && !fewer.times_s.empty() &&
                fewer.times_s.back() == line.times_s[i])
                continue;
            fewer.times_s.push_back(line.times_s[i]);
            fewer.values.push_back(line.values[i]);
        }
    }
    return fewer;
}

/// Mean and spread of one sample, as they grow (Welford).
struct Moments {
    int n = 0;
    double mean = 0.0;
    double squares = 0.0;  ///< sum of squared distances from the mean

    void add(double value) {
        ++n;
        const double distance = value - mean;
        mean += distance / n;
        squares += distance * (value - mean);
    }
    [[nodiscard]] double sem() const { return n < 2 ? missing : std::sqrt(squares / (n - 1) / n); }
};

/// The columns of a row that stay when its array is taken apart.
json what_stays(const FigureArrays& arrays, const json& row) {
    auto stays = row;
    for (const auto* name : {&arrays.ref, &arrays.row, &arrays.times_ref, &arrays.start_s,
                             &arrays.rate_hz, &arrays.from_s, &arrays.to_s, &arrays.until_s,
                             &arrays.baseline_from_s, &arrays.baseline_to_s})
        stays.erase(*name);
    for (const auto& name : arrays.mean_over) stays.erase(name);
    return stays;
}

void add_samples(json& out, const FigureArrays& arrays, const json& stays, const Line& line) {
    for (std::size_t i = 0; i < line.values.size(); ++i) {
        auto row = stays;
        row[arrays.time_s] = number_or_null(shown_time(line.times_s[i]));
        row[arrays.value] = number_or_null(line.values[i]);
        out.push_back(std::move(row));
    }
}

/// Lines of the same columns, averaged time by time.
class Means {
  public:
    void add(const json& stays, const Line& line) {
        const auto key = stays.dump();
        auto [found, is_new] = at_.try_emplace(key, groups_.size());
        if (is_new) groups_.push_back({stays, {}});
        auto& moments = groups_[found->second].second;
        for (std::size_t i = 0; i < line.values.size(); ++i) {
            auto& sample = moments[shown_time(line.times_s[i])];
            if (!std::isnan(line.values[i])) sample.add(line.values[i]);
        }
    }
    [[nodiscard]] json rows(const FigureArrays& arrays) const {
        json out = json::array();
        for (const auto& [stays, moments] : groups_) {
            for (const auto& [time_s, sample] : moments) {
                auto row = stays;
                row[arrays.time_s] = time_s;
                row[arrays.value] = sample.n == 0 ? json(nullptr) : json(sample.mean);
                row[arrays.sem] = number_or_null(sample.sem());
                row[arrays.n] = sample.n;
                out.push_back(std::move(row));
            }
        }
        return out;
    }

  private:
    std::map<std::string, std::size_t> at_;
    std::vector<std::pair<json, std::map<double, Moments>>> groups_;
};

}  // namespace

json expand_arrays(const FigureArrays& arrays, const json& rows, const ArrayReader& store) {
    Lines lines(arrays, store);
    Means means;
    json out = json::array();
    for (const auto& row : rows) {
        auto stays = what_stays(arrays, row);
        if (row[arrays.ref].is_null()) {
            for (const auto* name : {&arrays.time_s, &arrays.value, &arrays.sem, &arrays.n}) {
                if (!name->empty()) stays[*name] = nullptr;
            }
            out.push_back(std::move(stays));
            continue;
        }
        auto line = lines.of(row);
        if (arrays.mean_over.empty()) {
            add_samples(out, arrays, stays, thinned(std::move(line), arrays.at_most));
        } else {
            means.add(stays, line);
        }
    }
    for (auto& mean : means.rows(arrays)) out.push_back(std::move(mean));
    return out;
}

}  // namespace tb::app
