#include "ingest/allen/nwb_source.hpp"

#include "trialbase/error.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::allen {

std::optional<std::string> NwbSource::text(std::string_view path, std::string_view name) const {
    const auto field = file_->field(path, name);
    if (!field) return std::nullopt;
    if (const auto one = field->text()) return one;
    std::string joined;
    for (const auto& part : field->texts()) joined += (joined.empty() ? "" : ", ") + part;
    return joined.empty() ? std::nullopt : std::optional(joined);
}

std::optional<std::int64_t> NwbSource::integer(std::string_view path, std::string_view name) const {
    const auto field = file_->field(path, name);
    return field ? field->integer() : std::nullopt;
}

std::optional<double> NwbSource::number(std::string_view path, std::string_view name) const {
    const auto field = file_->field(path, name);
    return field ? field->number() : std::nullopt;
}

void NwbSource::fail(std::string_view path, const std::string& message,
                     const std::string& type) const {
    throw Error(ErrorKind::data, fmt::format("{}: {}: {}", name_, path, message), {}, type);
}

void NwbSource::issue(std::string type, std::string_view path, std::string message) const {
    session_.issues.push_back(
        {std::move(type), fmt::format("{}:{}", session_.behavior_file, path), std::move(message)});
}

void NwbSource::attempt(std::string_view hint, const std::function<void()>& part) const {
    try {
        part();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) throw;
        session_.part_errors.push_back({error.type().empty() ? "DamagedFile" : error.type(),
                                        error.what(), std::string(hint), name_});
    }
}

NwbSource::Samples NwbSource::samples(const nwb::Series& series) const {
    Samples result{file_->values(series, 0, series.samples()), {}};
    result.time_s = file_->times(series);
    if (result.values.size() != result.time_s.size()) {
        fail(series.path,
             fmt::format("{} values, but {} times", result.values.size(), result.time_s.size()),
             "ColumnLength");
    }
    return result;
}

std::vector<std::string> NwbSource::extra_columns(
    const nwb::Table& table, const std::set<std::string, std::less<>>& known) const {
    std::vector<nlohmann::json> rows(table.rows);
    for (const auto& column : table.columns) {
        if (known.contains(column.name) || column.is_ragged() || column.shape.size() > 1 ||
            column.type.kind == hdf5::ValueKind::compound)
            continue;
        const auto read = file_->column(table, column.name);
        for (std::size_t i = 0; i < table.rows; ++i) {
            nlohmann::json value;
            if (const auto* texts = read.texts()) {
                if ((*texts)[i] != "N/A") value = (*texts)[i];
            } else if (const auto* whole = read.integers()) {
                value = (*whole)[i];
            } else if (const auto* truths = read.booleans()) {
                value = (*truths)[i] != 0;
            } else if (const auto* reals = read.reals()) {
                if (std::isfinite((*reals)[i])) value = (*reals)[i];
            }
            if (!value.is_null()) rows[i][column.name] = std::move(value);
        }
    }
    std::vector<std::string> extra;
    for (const auto& row : rows)
        extra.push_back(row.is_null()
                            ? std::string()
                            : row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return extra;
}

LazyArray NwbSource::lazy(std::string path, std::vector<std::size_t> shape,
                          std::string dtype) const {
    LazyArray array{std::move(shape), std::move(dtype), {}};
    array.read = [file = file_, path = std::move(path),
                  dtype = array.dtype](const LazyArray::Take& take) {
        file->hdf5().read_blocks(path, dtype, {},
                                 [&](const hdf5::Block& block) { take(block.bytes); });
    };
    return array;
}

}  // namespace tb::allen
