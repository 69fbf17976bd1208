#include "ingest/nwb/common_core.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::nwb {

namespace {

using nlohmann::json;

/// Tables with more rows are listed only: each row becomes a row of the database.
constexpr std::size_t most_rows = 2'000'000;
/// Elements with more values (waveforms, masks) are no values of a row.
constexpr std::size_t widest_element = 1024;

std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json value_at(const ColumnValues& column, std::size_t at) {
    if (const auto* texts = column.texts()) return (*texts)[at];
    if (const auto* whole = column.integers()) return (*whole)[at];
    if (const auto* truths = column.booleans()) return (*truths)[at] != 0;
    if (const auto* reals = column.reals())
        return std::isfinite((*reals)[at]) ? json((*reals)[at]) : json();
    return {};
}

json element_at(const ColumnValues& column, std::size_t element) {
    if (column.element_shape.empty()) return value_at(column, element);
    json values = json::array();
    for (std::size_t i = 0; i < column.width; ++i)
        values.push_back(value_at(column, element * column.width + i));
    return values;
}

/// What a row has in a column: a value, or a list where it is ragged (of lists for two levels).
json cell_of(const ColumnValues& column, std::size_t row, std::size_t level = 0) {
    if (level == column.ends.size()) return element_at(column, row);
    json list = json::array();
    const auto [begin, end] = column.part_of(level, row);
    for (auto part = begin; part < end; ++part) list.push_back(cell_of(column, part, level + 1));
    return list;
}

class CommonCore {
  public:
    CommonCore(std::shared_ptr<const NwbFile> file, const std::string& file_name)
        : file_(std::move(file)) {
        session_.file_name = file_name;
        session_.origin = file_->hdf5().name();
    }

    NwbSession read() {
        read_identity();
        read_subject();
        for (const auto& problem : file_->problems())
            session_.issues.push_back({problem.type, place(problem.path), problem.message});
        session_.n_not_understood = file_->not_understood().size();
        if (session_.n_not_understood > 0) {
            const auto& first = file_->not_understood().front();
            session_.issues.push_back(
                {"NotUnderstood", place(first.path),
                 fmt::format("{} objects are of types that nothing here reads, the first: {}",
                             session_.n_not_understood, first.why)});
        }
        for (const auto& table : file_->tables()) add_table(table);
        for (const auto& series : file_->series()) add_series(series);
        return std::move(session_);
    }

  private:
    [[nodiscard]] std::string place(const std::string& path) const {
        return session_.file_name + ":" + path;
    }

    [[noreturn]] void fail(const char* path, const std::string& message) const {
        throw Error(ErrorKind::data, fmt::format("{}: {}: {}", session_.origin, path, message), {},
                    "MissingDataset");
    }

    void read_identity() {
        const auto& info = file_->info();
        if (info.identifier.empty()) fail("/identifier", "the file has no identifier");
        session_.source = "nwb";
        session_.lab = info.lab;
        session_.nwb_version = info.nwb_version;
        session_.session_description = info.session_description;
        const auto& start = info.session_start_time;
        session_.session_start_text = start.text;
        if (start.moment.empty())
            fail("/session_start_time", start.text.empty()
                                            ? std::string("the file has no start time")
                                            : fmt::format("'{}' is no time", start.text));
        session_.date = start.local_date;
        session_.start_time = start.moment;
        // Identifiers are meant to be unique, and are not ("ADDME" of a template, a protocol's
        // name): files with one identifier are one session when mouse and start are the same, too.
        session_.own_identifier = fmt::format("{} of {}", info.identifier, start.moment);
        const auto& subject = file_->subject();
        if (subject && !subject->subject_id.empty())
            session_.own_identifier += " with " + subject->subject_id;
        json metadata = json::object();
        const auto keep = [&](const char* name, const std::string& text) {
            if (!text.empty()) metadata[name] = text;
        };
        keep("identifier", info.identifier);
        keep("session_description", info.session_description);
        keep("session_start_time", info.session_start_time.text);
        keep("institution", info.institution);
        keep("experiment_description", info.experiment_description);
        keep("session_id", info.session_id);
        for (const auto& name : info.experimenters) metadata["experimenter"].push_back(name);
        for (const auto& word : info.keywords) metadata["keywords"].push_back(word);
        metadata_ = std::move(metadata);
    }

    void read_subject() {
        const auto& subject = file_->subject();
        if (subject) {
            json known = json::object();
            const auto keep = [&](const char* name, const std::string& text) {
                if (!text.empty()) known[name] = text;
            };
            keep("subject_id", subject->subject_id);
            keep("species", subject->species);
            keep("sex", subject->sex);
            keep("genotype", subject->genotype);
            keep("strain", subject->strain);
            keep("age", subject->age);
            keep("weight", subject->weight);
            keep("description", subject->description);
            if (!known.empty()) metadata_["subject"] = std::move(known);
            session_.sex = subject->sex;
            session_.species = subject->species;
            session_.genotype = subject->genotype;
            session_.strain = subject->strain;
        }
        if (subject && !subject->subject_id.empty()) {
            session_.subject = subject->subject_id;
        } else {
            session_.subject = "unnamed, of " + session_.own_identifier;
            session_.issues.push_back(
                {"MissingDataset", place("/general/subject"),
                 "the file names no subject: the session has one of its own"});
        }
        session_.metadata = dump(metadata_);
    }

    /// A part that can be read, or a part error. @return why not; empty when all is well
    template <class Read>
    std::string attempt(const Read& read) {
        try {
            read();
            return {};
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::data) throw;
            session_.part_errors.push_back({error.type().empty() ? "DamagedFile" : error.type(),
                                            error.what(), "The rest of the file is loaded.",
                                            session_.origin});
            return error.what();
        }
    }

    void add_table(const Table& table) {
        NwbTable out{
            table.path, table.name, table.neurodata_type, table.description, table.rows, {}, false,
            {},         {}};
        json columns = json::object();
        for (const auto& column : table.columns) columns[column.name] = column.description;
        out.columns = dump(columns);
        const bool is_events = table.column("timestamp") != nullptr;
        if (table.column("start_time") == nullptr && !is_events) {
            out.reason = "neither intervals nor events";
        } else if (table.rows > most_rows) {
            out.reason = fmt::format("more than {} rows", most_rows);
        } else {
            out.reason = attempt([&] { read_rows(table, is_events, out); });
            out.is_loaded = out.reason.empty();
            if (!out.is_loaded) out.rows.clear();
        }
        session_.tables.push_back(std::move(out));
    }

    void read_rows(const Table& table, bool is_events, NwbTable& out) {
        const auto times_of = [&](const char* name) {
            if (table.column(name) == nullptr) return std::vector<double>(table.rows, nan);
            const auto column = file_->column(table, name);
            auto times = column.numbers();
            if (times.size() != table.rows)
                throw Error(ErrorKind::data,
                            fmt::format("{}: {}/{}: {} times for {} rows", session_.origin,
                                        table.path, name, times.size(), table.rows),
                            {}, "ColumnLength");
            return times;
        };
        const auto starts = times_of(is_events ? "timestamp" : "start_time");
        const auto stops = times_of("stop_time");
        std::vector<json> rows(table.rows, json::object());
        for (const auto& column : table.columns) {
            if (column.name == "start_time" || column.name == "stop_time" ||
                column.name == "timestamp" || column.type.kind == hdf5::ValueKind::other ||
                column.type.kind == hdf5::ValueKind::compound)
                continue;
            (void)attempt([&] {
                const auto values = file_->column(table, column.name);
                if (values.width > widest_element) return;
                for (std::size_t i = 0; i < table.rows; ++i)
                    rows[i][column.name] = cell_of(values, i);
            });
        }
        out.rows.reserve(table.rows);
        for (std::size_t i = 0; i < table.rows; ++i)
            out.rows.push_back({std::isfinite(starts[i]) ? starts[i] : nan,
                                std::isfinite(stops[i]) ? stops[i] : nan, dump(rows[i])});
    }

    void add_series(const Series& series) {
        const bool is_text = series.type.kind == hdf5::ValueKind::text;
        const bool is_bare = series.data_path.empty() && series.times == Times::timestamps;
        if (is_text || is_bare) {
            add_events(series, is_text);
            return;
        }
        NwbSeries out;
        out.path = series.path;
        out.name = series.name;
        out.neurodata_type = series.neurodata_type;
        out.description = series.description;
        out.unit = series.unit;
        out.shape = series.shape;
        out.conversion = series.conversion;
        out.offset = series.offset;
        if (series.times == Times::rate) {
            out.rate_hz = series.rate_hz;
            out.start_s = series.starting_time_s;
        }
        if (!series.external_files.empty()) {
            out.reason = "its frames are in another file";
        } else if (series.data_path.empty()) {
            out.reason = "no data";
        } else if (!series.type.is_number()) {
            out.reason = fmt::format("values of type {}", series.type.name);
        } else if (const auto* node = file_->hdf5().tree().at(series.data_path);
                   node != nullptr && !node->refusal.empty()) {
            out.reason = node->refusal;
        } else {
            out.data =
                lazy(series.data_path, series.shape, std::string(hdf5::array_dtype(series.type)));
            if (series.times == Times::timestamps && series.n_times == series.samples())
                out.times = lazy(series.timestamps_path, {series.n_times}, "float64");
        }
        session_.series.push_back(std::move(out));
    }

    void add_events(const Series& series, bool is_text) {
        NwbTable out{series.path,
                     series.name,
                     series.neurodata_type,
                     series.description,
                     series.samples(),
                     dump({{"data", series.unit}}),
                     false,
                     {},
                     {}};
        if (out.n_rows > most_rows) {
            out.reason = fmt::format("more than {} rows", most_rows);
        } else {
            out.reason = attempt([&] {
                const auto times = file_->times(series);
                std::vector<std::string> texts;
                if (is_text) texts = file_->hdf5().read_texts(series.data_path);
                if (is_text && texts.size() != times.size())
                    throw Error(ErrorKind::data,
                                fmt::format("{}: {}: {} texts, but {} times", session_.origin,
                                            series.path, texts.size(), times.size()),
                                {}, "ColumnLength");
                for (std::size_t i = 0; i < times.size(); ++i)
                    out.rows.push_back({std::isfinite(times[i]) ? times[i] : nan, nan,
                                        is_text ? dump({{"data", texts[i]}}) : "{}"});
            });
            out.is_loaded = out.reason.empty();
            if (!out.is_loaded) out.rows.clear();
        }
        session_.tables.push_back(std::move(out));
    }

    [[nodiscard]] LazyArray lazy(std::string path, std::vector<std::size_t> shape,
                                 std::string dtype) const {
        LazyArray array{std::move(shape), std::move(dtype), {}};
        array.read = [file = file_, path = std::move(path),
                      dtype = array.dtype](const LazyArray::Take& take) {
            file->hdf5().read_blocks(path, dtype, {},
                                     [&](const hdf5::Block& block) { take(block.bytes); });
        };
        return array;
    }

    std::shared_ptr<const NwbFile> file_;
    NwbSession session_;
    json metadata_;
};

}  // namespace

NwbSession common_core(std::shared_ptr<const NwbFile> file, const std::string& file_name) {
    return CommonCore(std::move(file), file_name).read();
}

NwbSession read_common_core(const std::filesystem::path& file) {
    return common_core(std::make_shared<const NwbFile>(NwbFile::open(file)),
                       file.filename().string());
}

}  // namespace tb::nwb
