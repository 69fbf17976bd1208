// trialbase array: one array of the store, for people and for other programs.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/output_file.hpp"
#include "app/cli/print.hpp"
#include "app/cli/session_name.hpp"
#include "src/base/uuid.hpp"
#include "src/store/array_text.hpp"
#include "src/store/store_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <tuple>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

struct ArrayArguments {
    std::string which;
    std::string rows;
    std::string time;
    std::string output;
};

/// The row of store.array that a reference or an array's key names.
struct NamedArray {
    std::string array_id, ref, dataset, dtype, unit, checksum, filter, about, created_at;
    std::vector<std::size_t> shape;
    std::optional<double> sampling_rate_hz;
    std::int64_t n_bytes = 0, stored_bytes = 0;
};

struct SessionArray {
    std::string table, array_id, dataset, ref, shape, dtype, unit, about;
    std::optional<double> sampling_rate_hz;
};

/// All arrays of a session. @throws as session_key
std::vector<SessionArray> arrays_of(db::Session& session, const std::string& name) {
    const auto rows = session.exec(
        {"arrays of a session",
         "select table_name, array_id::text, dataset, ref, array_to_string(shape, ' x ') as shape, "
         "dtype, coalesce(unit, '') as unit, coalesce(about, '') as about, sampling_rate_hz "
         "from analysis.session_array($1::uuid) order by table_name, ref"},
        db::Params().text(session_key(session, name)));
    std::vector<SessionArray> found;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        found.push_back({rows.get<std::string>(i, "table_name"),
                         rows.get<std::string>(i, "array_id"), rows.get<std::string>(i, "dataset"),
                         rows.get<std::string>(i, "ref"), rows.get<std::string>(i, "shape"),
                         rows.get<std::string>(i, "dtype"), rows.get<std::string>(i, "unit"),
                         rows.get<std::string>(i, "about"),
                         rows.optional<double>(i, "sampling_rate_hz")});
    }
    return found;
}

/// The key of the array that `session#dataset` names, the dataset by its whole name or its end.
std::optional<std::string> array_of_session(db::Session& session, const std::string& which) {
    const auto mark = which.rfind('#');
    const auto name = which.substr(0, mark);
    const auto dataset = mark == which.npos ? std::string() : which.substr(mark + 1);
    const auto known =
        session.exec({"session of an array", "select 1 from analysis.find_sessions($1) limit 1"},
                     db::Params().text(name));
    if (known.rows() == 0) return std::nullopt;
    const auto all = arrays_of(session, name);
    std::vector<const SessionArray*> same, ending;
    for (const auto& one : all) {
        if (one.dataset == dataset) same.push_back(&one);
        if (("/" + one.dataset).ends_with("/" + dataset)) ending.push_back(&one);
    }
    const auto& chosen = same.empty() ? ending : same;
    if (chosen.size() == 1) return chosen.front()->array_id;
    std::vector<std::string> names;
    if (chosen.empty()) {
        for (const auto& one : all) names.push_back(one.dataset);
    } else {
        for (const auto* one : chosen)
            names.push_back(fmt::format("{} ({})", one->ref, one->table));
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (names.size() > 12) names.resize(12), names.emplace_back("...");
    throw Error(dataset.empty() ? ErrorKind::usage : ErrorKind::not_found,
                all.empty()       ? fmt::format("session {} has no arrays", name)
                : dataset.empty() ? fmt::format("which array of session {}?", name)
                : chosen.empty()  ? fmt::format("session {} has no array {}", name, dataset)
                                  : fmt::format("several arrays are named {}", which),
                all.empty()
                    ? ""
                    : fmt::format("Write session#array; there are: {}.", fmt::join(names, ", ")));
}

NamedArray find(db::Session& session, const std::string& which) {
    const bool is_key = Uuid::parse(which).has_value();
    const auto mark = which.rfind('#');
    const auto look = [&](const std::string& key) {
        return session.exec(
            {"array",
             "select array_id, ref, dataset, shape::text, dtype, sampling_rate_hz, "
             "coalesce(unit, '') as unit, checksum, n_bytes, stored_bytes, filter, "
             "coalesce(about, '') as about, created_at::text "
             "from store.array where array_id = $1::uuid or (file = $2 and dataset = $3)"},
            db::Params()
                .text(key.empty() ? std::nullopt : std::optional(key))
                .text(which.substr(0, mark))
                .text(mark == which.npos ? "" : which.substr(mark + 1)));
    };
    auto rows = look(is_key ? which : "");
    if (rows.rows() == 0) {
        if (const auto key = array_of_session(session, which)) rows = look(*key);
    }
    if (rows.rows() == 0) {
        throw Error(
            ErrorKind::not_found, fmt::format("no array is named {}", which),
            "Name it as session#array (trialbase array list SESSION), by its array_id, or as "
            "file#dataset: columns of store.array.");
    }
    NamedArray found;
    found.array_id = rows.get<std::string>(0, "array_id");
    found.ref = rows.get<std::string>(0, "ref");
    found.dataset = rows.get<std::string>(0, "dataset");
    found.dtype = rows.get<std::string>(0, "dtype");
    found.sampling_rate_hz = rows.optional<double>(0, "sampling_rate_hz");
    found.unit = rows.get<std::string>(0, "unit");
    found.checksum = rows.get<std::string>(0, "checksum");
    found.filter = rows.get<std::string>(0, "filter");
    found.about = rows.get<std::string>(0, "about");
    found.created_at = rows.get<std::string>(0, "created_at");
    found.n_bytes = rows.get<std::int64_t>(0, "n_bytes");
    found.stored_bytes = rows.get<std::int64_t>(0, "stored_bytes");
    const auto shape = rows.get<std::string>(0, "shape");  // {1,2}
    for (std::size_t at = 1; at + 1 < shape.size();) {
        const auto end = std::min(shape.find(',', at), shape.size() - 1);
        found.shape.push_back(std::stoull(shape.substr(at, end - at)));
        at = end + 1;
    }
    return found;
}

/// When the rows of an array were, as store.time_axis tells it: an array with the time of each, or
/// a start and a rate.
struct TimeAxis {
    std::string times_ref;
    std::optional<double> start_s, sampling_rate_hz;
};

/// Empty for an array without times.
std::optional<TimeAxis> time_axis_of(db::Session& session, const NamedArray& array) {
    const auto rows = session.exec(
        {"times of an array",
         "select coalesce(times.ref, '') as times_ref, axis.start_s, axis.sampling_rate_hz "
         "from store.time_axis($1::uuid) as axis "
         "left join store.array as times on times.array_id = axis.times_array_id"},
        db::Params().text(array.array_id));
    if (rows.rows() == 0) return std::nullopt;
    return TimeAxis{rows.get<std::string>(0, "times_ref"), rows.optional<double>(0, "start_s"),
                    rows.optional<double>(0, "sampling_rate_hz")};
}

using Range = std::pair<std::optional<double>, std::optional<double>>;

/// `a:b`, either end may be left out. @throws tb::Error (usage)
Range range_of(const std::string& text) {
    const auto colon = text.find(':');
    const auto number = [&](std::string_view part) -> std::optional<double> {
        if (part.empty()) return std::nullopt;
        double value = 0;
        const auto result = std::from_chars(part.data(), part.data() + part.size(), value);
        if (result.ec != std::errc() || result.ptr != part.data() + part.size() ||
            !std::isfinite(value))
            throw Error(ErrorKind::usage, fmt::format("'{}' is no range", text),
                        "Write it as 100:200.");
        return value;
    };
    if (colon == text.npos)
        throw Error(ErrorKind::usage, fmt::format("'{}' is no range", text),
                    "Write it as 100:200.");
    return {number(std::string_view(text).substr(0, colon)),
            number(std::string_view(text).substr(colon + 1))};
}

/// The rows whose times lie in a range, its end left out. @throws tb::Error (usage) for an array
/// without times, (data) for times that do not ascend
std::pair<double, double> rows_at(db::Session& session, const store::StoreReader& reader,
                                  const NamedArray& array, const Range& range) {
    const auto axis = time_axis_of(session, array);
    const auto& [from, to] = range;
    const auto n = static_cast<double>(array.shape.empty() ? 1 : array.shape[0]);
    if (!axis)
        throw Error(ErrorKind::usage, fmt::format("nothing tells the times of array {}", array.ref),
                    "Ask for rows.");
    if (!axis->times_ref.empty()) {
        const auto times = reader.read(axis->times_ref).numbers();
        if (!std::ranges::is_sorted(times))
            throw Error(ErrorKind::data,
                        fmt::format("the times of array {} do not ascend", array.ref),
                        fmt::format("Ask for rows; its times are {}.", axis->times_ref));
        const auto at = [&](double time_s) {
            return static_cast<double>(std::ranges::lower_bound(times, time_s) - times.begin());
        };
        return {from ? at(*from) : 0.0, to ? at(*to) : n};
    }
    const auto at = [&](double time_s) {
        return std::ceil((time_s - axis->start_s.value_or(0)) * *axis->sampling_rate_hz - 1e-6);
    };
    return {from ? at(*from) : 0.0, to ? at(*to) : n};
}

/// The rows that --rows or --time ask for, cut to those that there are.
std::pair<std::size_t, std::size_t> rows_of(db::Session& session, const store::StoreReader& reader,
                                            const NamedArray& array,
                                            const ArrayArguments& arguments) {
    const auto n = array.shape.empty() ? 1 : array.shape[0];
    double first = 0;
    auto last = static_cast<double>(n);
    if (!arguments.rows.empty()) {
        const auto [from, to] = range_of(arguments.rows);
        if (from) first = *from < 0 ? static_cast<double>(n) + *from : *from;
        if (to) last = *to < 0 ? static_cast<double>(n) + *to : *to;
        if (first != std::floor(first) || last != std::floor(last))
            throw Error(ErrorKind::usage, "rows are whole numbers");
    } else if (!arguments.time.empty()) {
        std::tie(first, last) = rows_at(session, reader, array, range_of(arguments.time));
    }
    first = std::clamp(first, 0.0, static_cast<double>(n));
    last = std::clamp(last, first, static_cast<double>(n));
    return {static_cast<std::size_t>(first), static_cast<std::size_t>(last)};
}

std::string short_name(const NamedArray& array) {
    return array.dataset.substr(array.dataset.rfind('/') + 1);
}

nlohmann::json values_json(const Array& array, std::size_t most) {
    auto values = nlohmann::json::array();
    const auto numbers = array.numbers();
    for (std::size_t i = 0; i < std::min(most, numbers.size()); ++i) {
        if (std::isnan(numbers[i])) {
            values.push_back(nullptr);
        } else if (array.dtype().starts_with("float")) {
            values.push_back(numbers[i]);
        } else {
            values.push_back(static_cast<std::int64_t>(numbers[i]));
        }
    }
    return values;
}

/// The first values, and no more of the file than it takes.
Array first_values(const store::StoreReader& reader, const NamedArray& array) {
    const auto rows = array.shape.empty() ? 1 : array.shape[0];
    std::size_t row = 1;
    for (std::size_t d = 1; d < array.shape.size(); ++d) row *= array.shape[d];
    return reader.read_rows(array.ref, 0, std::min<std::size_t>(rows, row >= 10 ? 1 : 10));
}

int run_list(const Context& context, const ArrayArguments& arguments) {
    auto session = context.connect("array list");
    const auto arrays = arrays_of(session, arguments.which);
    if (context.json) {
        auto out = nlohmann::json::array();
        for (const auto& one : arrays) {
            out.push_back({{"table", one.table},
                           {"array_id", one.array_id},
                           {"dataset", one.dataset},
                           {"ref", one.ref},
                           {"shape", one.shape},
                           {"dtype", one.dtype},
                           {"unit", one.unit},
                           {"about", one.about},
                           {"sampling_rate_hz", nullptr}});
            if (one.sampling_rate_hz) out.back()["sampling_rate_hz"] = *one.sampling_rate_hz;
        }
        std::printf("%s\n", out.dump(2).c_str());
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : arrays) {
        rows.push_back({one.dataset, one.shape,
                        one.sampling_rate_hz ? fmt::format("{:g}", *one.sampling_rate_hz) : "",
                        one.unit, one.table, one.about});
    }
    if (rows.empty()) {
        std::printf("session %s has no arrays\n", printable(arguments.which).c_str());
    } else {
        std::printf("%s", text_table({"array", "shape", "Hz", "unit", "table", "about"}, rows,
                                     terminal_width())
                              .c_str());
    }
    return 0;
}

int run_show(const Context& context, const ArrayArguments& arguments) {
    auto session = context.connect("array show");
    const auto array = find(session, arguments.which);
    const store::StoreReader reader(context.readable_store(session));
    const auto facts = reader.facts(array.ref);
    const auto first = first_values(reader, array);
    const auto axis = time_axis_of(session, array);
    constexpr std::size_t shown = 10;
    if (context.json) {
        nlohmann::json out{{"array_id", array.array_id},
                           {"ref", array.ref},
                           {"shape", array.shape},
                           {"dtype", array.dtype},
                           {"unit", array.unit},
                           {"about", array.about},
                           {"filter", array.filter},
                           {"checksum", array.checksum},
                           {"n_bytes", array.n_bytes},
                           {"stored_bytes", array.stored_bytes},
                           {"chunk", facts.chunk},
                           {"created_at", array.created_at},
                           {"first", values_json(first, shown)}};
        out["sampling_rate_hz"] = nullptr;
        if (array.sampling_rate_hz) out["sampling_rate_hz"] = *array.sampling_rate_hz;
        out["times_ref"] = axis && !axis->times_ref.empty() ? nlohmann::json(axis->times_ref)
                                                            : nlohmann::json(nullptr);
        out["start_s"] =
            axis && axis->start_s ? nlohmann::json(*axis->start_s) : nlohmann::json(nullptr);
        std::printf("%s\n", out.dump(2).c_str());
        return 0;
    }
    std::vector<std::string> values;
    for (std::size_t i = 0; i < std::min(shown, first.size()); ++i) {
        const auto text = store::value_text(first, i);
        values.push_back(text.empty() ? "missing" : text);
    }
    const auto dots =
        first.size() > shown || (!array.shape.empty() && first.shape[0] < array.shape[0]);
    std::printf("ref       %s\narray_id  %s\n", printable(array.ref).c_str(),
                array.array_id.c_str());
    if (!array.about.empty()) std::printf("about     %s\n", printable(array.about).c_str());
    std::printf("shape     %s, %s\n",
                array.shape.empty() ? "a single number"
                                    : fmt::format("{}", fmt::join(array.shape, " x ")).c_str(),
                array.dtype.c_str());
    if (array.sampling_rate_hz)
        std::printf("rate      %s Hz, %s\n", fmt::format("{:g}", *array.sampling_rate_hz).c_str(),
                    duration_text(static_cast<double>(array.shape.empty() ? 1 : array.shape[0]) /
                                  *array.sampling_rate_hz)
                        .c_str());
    if (axis && !axis->times_ref.empty())
        std::printf("times     %s\n", printable(axis->times_ref).c_str());
    if (axis && axis->start_s)
        std::printf("start     %s s\n", fmt::format("{:.9g}", *axis->start_s).c_str());
    std::printf("unit      %s\n", array.unit.empty() ? "none" : printable(array.unit).c_str());
    std::printf(
        "stored    %s of %s bytes, %s\n", with_commas(array.stored_bytes).c_str(),
        with_commas(array.n_bytes).c_str(),
        facts.chunk.empty()
            ? "in one piece"
            : fmt::format("{}, chunks of {}", array.filter, fmt::join(facts.chunk, " x ")).c_str());
    std::printf("values    %s%s\n", fmt::format("{}", fmt::join(values, ", ")).c_str(),
                dots ? ", ..." : "");
    return 0;
}

int run_slice(const Context& context, const ArrayArguments& arguments) {
    auto session = context.connect("array slice");
    const auto array = find(session, arguments.which);
    const store::StoreReader reader(context.readable_store(session));
    const auto [first, last] = rows_of(session, reader, array, arguments);
    const auto slice = reader.read_rows(array.ref, first, last);
    if (context.json) {
        std::printf("%s\n", nlohmann::json{{"ref", array.ref},
                                           {"first_row", first},
                                           {"shape", slice.shape},
                                           {"values", values_json(slice, slice.size())}}
                                .dump()
                                .c_str());
    } else {
        const auto text = store::csv_text(slice, short_name(array));
        std::fwrite(text.data(), 1, text.size(), stdout);
    }
    return 0;
}

int run_export(const Context& context, const ArrayArguments& arguments) {
    const bool is_npy = arguments.output.ends_with(".npy");
    if (!is_npy && !arguments.output.ends_with(".csv"))
        throw Error(ErrorKind::usage,
                    fmt::format("{} ends neither in .npy nor in .csv", arguments.output));
    auto session = context.connect("array export");
    const auto array = find(session, arguments.which);
    const store::StoreReader reader(context.readable_store(session));
    const auto [first, last] = rows_of(session, reader, array, arguments);
    const auto slice = reader.read_rows(array.ref, first, last);
    const auto bytes = is_npy ? store::npy_bytes(slice) : store::csv_text(slice, short_name(array));
    OutputFile file(arguments.output);
    file.write(bytes);
    file.commit();
    if (context.json) {
        std::printf("%s\n", nlohmann::json{{"ref", array.ref},
                                           {"file", arguments.output},
                                           {"shape", slice.shape},
                                           {"bytes", bytes.size()}}
                                .dump(2)
                                .c_str());
    } else if (!context.quiet) {
        std::printf("%s: %s, %s bytes\n", arguments.output.c_str(),
                    fmt::format("{}", fmt::join(slice.shape, " x ")).c_str(),
                    with_commas(static_cast<std::int64_t>(bytes.size())).c_str());
    }
    return 0;
}

}  // namespace

void add_array_command(CLI::App& app, Context& context) {
    auto* command =
        app.add_subcommand("array", "arrays of the store: signals, peri-event matrices");
    command->require_subcommand(1);
    const auto add = [&](const char* name, const char* about, const char* example, bool has_range,
                         bool has_output, int (*run)(const Context&, const ArrayArguments&)) {
        auto* one = command->add_subcommand(name, about);
        one->footer(example);
        auto arguments = std::make_shared<ArrayArguments>();
        one->add_option(std::string(name) == "list" ? "session" : "ref", arguments->which,
                        std::string(name) == "list"
                            ? "key or its first digits, or lab/subject/date/number"
                            : "session#array, array_id, or file#dataset as in store.array.ref")
            ->required();
        if (has_range) {
            auto* rows =
                one->add_option("--rows", arguments->rows,
                                "rows a to b - 1 along the first axis, as a:b; from 0, negative "
                                "ones from the end");
            one->add_option("--time", arguments->time,
                            "seconds a to b, b left out, as a:b, on the clock of its times (array "
                            "show tells "
                            "them); from its first row where no table tells a start")
                ->excludes(rows);
        }
        if (has_output)
            one->add_option("-o,--output", arguments->output, "file to write, .npy or .csv")
                ->required();
        one->callback([&context, arguments, run] {
            context.run = [&context, arguments, run] { return run(context, *arguments); };
        });
    };
    add("list", "the arrays of a session",
        "Example:\n  trialbase array list cortexlab/KS014/2019-12-07/001", false, false, run_list);
    add("show", "what it is, and its first values",
        "Example:\n  trialbase array show cortexlab/KS014/2019-12-07/001#wheel/position", false,
        false, run_show);
    add("slice", "some of its rows as CSV",
        "Examples:\n  trialbase array slice cortexlab/KS014/2019-12-07/001#wheel/position --time "
        "60:120\n"
        "  trialbase array slice 0190f3c2-6b7e-7d10-8a4b-2c6f1e0d9a55 --rows 10:11",
        true, false, run_slice);
    add("export", "to a file that numpy, R or a spreadsheet reads",
        "Example:\n  trialbase array export 0190f3c2-6b7e-7d10-8a4b-2c6f1e0d9a55 -o signal.npy",
        true, true, run_export);
}

}  // namespace tb::app
