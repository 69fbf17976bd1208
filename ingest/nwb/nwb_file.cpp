#include "ingest/nwb/nwb_file.hpp"

#include "ingest/nwb/catalogue.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include <fmt/format.h>

namespace tb::nwb {

struct NwbFile::Impl {
    explicit Impl(hdf5::UntrustedFile opened)
        : file(std::move(opened)), catalogue(catalogue_of(file)) {}

    hdf5::UntrustedFile file;
    Catalogue catalogue;

    [[noreturn]] void fail(std::string_view path, const std::string& message,
                           const std::string& type) const {
        throw Error(ErrorKind::data, fmt::format("{}: {}: {}", file.name(), path, message), {},
                    type);
    }

    template <class T>
    [[nodiscard]] const T* find(const std::vector<T>& all, std::string_view path) const noexcept {
        const auto* node = file.tree().resolve(path);
        const std::string_view whole = node == nullptr ? path : std::string_view(node->path);
        const auto found = std::lower_bound(
            all.begin(), all.end(), whole,
            [](const T& one, std::string_view wanted) { return one.path < wanted; });
        return found != all.end() && found->path == whole ? &*found : nullptr;
    }

    [[nodiscard]] const Column& require_column(const Table& table, std::string_view name) const {
        const auto* column = table.column(name);
        if (column == nullptr)
            fail(table.path, fmt::format("the table has no column {}", name), "MissingDataset");
        return *column;
    }

    /// The ends that an index column holds: numbers, or regions of what it indexes (early MatNWB),
    /// which must follow each other without a gap.
    [[nodiscard]] std::vector<std::int64_t> read_ends(const std::string& path) const {
        const auto* node = file.tree().at(path);
        if (node == nullptr || node->type.kind != hdf5::ValueKind::region)
            return file.read_integers(path);
        std::vector<std::int64_t> ends;
        std::int64_t before = 0;
        for (const auto& region : file.read_references(path)) {
            const auto box = region.substr(std::min(region.rfind('['), region.size()));
            std::int64_t first = 0, last = 0;
            int length = 0;
            const bool is_read =
                std::sscanf(box.c_str(), "[%ld:%ld]%n", &first, &last, &length) == 2 &&
                static_cast<std::size_t>(length) == box.size();
            if (!is_read || first != before)
                fail(path,
                     fmt::format("row {} is the region '{}', which does not begin at {}",
                                 ends.size(), region, before),
                     "RaggedIndex");
            ends.push_back(before = last);
        }
        return ends;
    }

    /// Ends of every level, checked against the next one.
    [[nodiscard]] std::vector<std::vector<std::size_t>> ends_of(const Table& table,
                                                                const Column& column) const {
        std::vector<std::vector<std::size_t>> all;
        auto rows = table.rows;
        for (std::size_t level = 0; level < column.index_paths.size(); ++level) {
            const auto& path = column.index_paths[level];
            const auto ends = read_ends(path);
            const bool is_last = level + 1 == column.index_paths.size();
            const auto* next =
                file.tree().at(is_last ? column.path : column.index_paths[level + 1]);
            const auto below = next == nullptr ? 0 : next->rows();
            if (level == 0 && ends.size() != rows)
                fail(path,
                     fmt::format("{} rows, but the table {} has {}", ends.size(), table.path, rows),
                     "ColumnLength");
            std::int64_t before = 0;
            std::vector<std::size_t> checked;
            checked.reserve(ends.size());
            for (std::size_t i = 0; i < ends.size(); ++i) {
                if (ends[i] < before)
                    fail(path,
                         fmt::format("row {} ends at {}, before the row above it ({})", i, ends[i],
                                     before),
                         "RaggedIndex");
                if (static_cast<std::size_t>(ends[i]) > below)
                    fail(path,
                         fmt::format("row {} ends at {}, beyond the {} values of {}", i, ends[i],
                                     below, is_last ? column.path : column.index_paths[level + 1]),
                         "RaggedIndex");
                before = ends[i];
                checked.push_back(static_cast<std::size_t>(ends[i]));
            }
            rows = below;
            all.push_back(std::move(checked));
        }
        return all;
    }

    [[nodiscard]] ColumnValues column(const Table& table, std::string_view name,
                                      std::string_view member) const {
        const auto& column = require_column(table, name);
        ColumnValues result;
        result.ends = ends_of(table, column);
        if (column.shape.size() > 1)
            result.element_shape.assign(column.shape.begin() + 1, column.shape.end());
        for (const auto length : result.element_shape) result.width *= length;
        result.n_elements = column.shape.empty() ? 1 : column.shape.front();
        if (const auto* node = file.tree().at(column.path)) result.n_elements = node->rows();
        if (!column.is_ragged() && result.n_elements != table.rows)
            fail(column.path,
                 fmt::format("column {} has {} rows, the table {}", column.name, result.n_elements,
                             table.rows),
                 "ColumnLength");
        result.values = read_values(file, column.path, column.type, {}, member);
        return result;
    }

    /// Rows [begin, end) of the data, checked.
    [[nodiscard]] hdf5::Slice samples(const Series& series, std::size_t begin,
                                      std::size_t end) const {
        if (series.data_path.empty()) fail(series.path, "the series has no data", "MissingDataset");
        if (begin > end || end > series.samples())
            fail(series.path, fmt::format("samples {} to {} of {}", begin, end, series.samples()),
                 "SliceRange");
        return hdf5::rows_slice(series.shape, begin, end);
    }

    [[nodiscard]] std::vector<double> channel_factors(const Series& series) const {
        if (!series.has_channel_conversion) return {};
        const auto path = hdf5::joined(series.path, "channel_conversion");
        auto factors = file.read_reals(path);
        if (factors.size() != series.channels())
            fail(path, fmt::format("{} factors for {} channels", factors.size(), series.channels()),
                 "ColumnLength");
        return factors;
    }
};

NwbFile::NwbFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NwbFile::NwbFile(NwbFile&&) noexcept = default;
NwbFile& NwbFile::operator=(NwbFile&&) noexcept = default;
NwbFile::~NwbFile() = default;

NwbFile NwbFile::open(const std::filesystem::path& file, hdf5::Limits limits) {
    return NwbFile(std::make_unique<Impl>(hdf5::UntrustedFile::open(file, limits)));
}
NwbFile NwbFile::open(int descriptor, const std::string& name, hdf5::Limits limits) {
    return NwbFile(std::make_unique<Impl>(hdf5::UntrustedFile::open(descriptor, name, limits)));
}

const FileInfo& NwbFile::info() const noexcept {
    return impl_->catalogue.info;
}
const std::optional<Subject>& NwbFile::subject() const noexcept {
    return impl_->catalogue.subject;
}
const std::vector<Table>& NwbFile::tables() const noexcept {
    return impl_->catalogue.tables;
}
const std::vector<Series>& NwbFile::series() const noexcept {
    return impl_->catalogue.series;
}
const std::vector<Image>& NwbFile::images() const noexcept {
    return impl_->catalogue.images;
}
const std::vector<Object>& NwbFile::objects() const noexcept {
    return impl_->catalogue.objects;
}
const std::vector<NotUnderstood>& NwbFile::not_understood() const noexcept {
    return impl_->catalogue.not_understood;
}
std::vector<Problem> NwbFile::problems() const {
    auto all = impl_->catalogue.problems;
    for (const auto& one : impl_->catalogue.tables)
        all.insert(all.end(), one.problems.begin(), one.problems.end());
    for (const auto& one : impl_->catalogue.series)
        all.insert(all.end(), one.problems.begin(), one.problems.end());
    return all;
}

const Table* NwbFile::table(std::string_view path) const noexcept {
    return impl_->find(impl_->catalogue.tables, path);
}
const Series* NwbFile::series(std::string_view path) const noexcept {
    return impl_->find(impl_->catalogue.series, path);
}
const Table& NwbFile::require_table(std::string_view path) const {
    const auto* found = table(path);
    if (found == nullptr) impl_->fail(path, "no table lies there", "MissingDataset");
    return *found;
}
const Series& NwbFile::require_series(std::string_view path) const {
    const auto* found = series(path);
    if (found == nullptr) impl_->fail(path, "no series lies there", "MissingDataset");
    return *found;
}

std::vector<Field> NwbFile::fields(std::string_view path) const {
    const auto* node = impl_->file.tree().resolve(path);
    return node == nullptr ? std::vector<Field>() : read_fields(impl_->file, *node);
}
std::optional<Field> NwbFile::field(std::string_view path, std::string_view name) const {
    for (auto& one : fields(path)) {
        if (one.name == name) return std::move(one);
    }
    return std::nullopt;
}

ColumnValues NwbFile::column(const Table& table, std::string_view name) const {
    return impl_->column(table, name, {});
}
ColumnValues NwbFile::column_member(const Table& table, std::string_view name,
                                    std::string_view member) const {
    return impl_->column(table, name, member);
}
std::vector<std::int64_t> NwbFile::ids(const Table& table) const {
    if (!table.id_path.empty()) return impl_->file.read_integers(table.id_path);
    std::vector<std::int64_t> ids(table.rows);
    std::iota(ids.begin(), ids.end(), 0);
    return ids;
}

Array NwbFile::data(const Series& series, std::size_t begin, std::size_t end) const {
    return impl_->file.read(series.data_path, impl_->samples(series, begin, end));
}
Array NwbFile::data(const Series& series) const {
    return data(series, 0, series.samples());
}
void NwbFile::stream(const Series& series, std::size_t begin, std::size_t end,
                     std::string_view dtype,
                     const std::function<void(const hdf5::Block&)>& take) const {
    impl_->file.read_blocks(series.data_path, dtype, impl_->samples(series, begin, end), take);
}

std::vector<double> NwbFile::values(const Series& series, std::size_t begin,
                                    std::size_t end) const {
    auto values = impl_->file.read_reals(series.data_path, impl_->samples(series, begin, end));
    const auto factors = impl_->channel_factors(series);
    const auto per_channel =
        factors.empty() ? 1 : std::max<std::size_t>(series.sample_size() / factors.size(), 1);
    for (std::size_t i = 0; i < values.size(); ++i) {
        auto factor = series.conversion;
        if (!factors.empty()) factor *= factors[i / per_channel % factors.size()];
        values[i] = values[i] * factor + series.offset;
    }
    return values;
}

std::vector<double> NwbFile::times(const Series& series, std::size_t begin, std::size_t end) const {
    const auto n = series.times == Times::timestamps ? series.n_times : series.samples();
    if (begin > end || end > n)
        impl_->fail(series.path, fmt::format("times {} to {} of {}", begin, end, n), "SliceRange");
    if (series.times == Times::timestamps) {
        const auto* node = impl_->file.tree().at(series.timestamps_path);
        return impl_->file.read_reals(
            series.timestamps_path,
            hdf5::rows_slice(node == nullptr ? std::vector<std::size_t>{} : node->shape, begin,
                             end));
    }
    if (series.times == Times::none)
        impl_->fail(series.path, "neither timestamps nor a starting time with a rate",
                    "MissingDataset");
    std::vector<double> times(end - begin);
    for (std::size_t i = 0; i < times.size(); ++i)
        times[i] = series.starting_time_s + static_cast<double>(begin + i) / series.rate_hz;
    return times;
}
std::vector<double> NwbFile::times(const Series& series) const {
    return times(series, 0, series.times == Times::timestamps ? series.n_times : series.samples());
}

std::vector<std::size_t> NwbFile::region_rows(const Series& series, const Region& region) const {
    if (region.path.empty())
        impl_->fail(series.path, "the series names no rows of a table", "MissingDataset");
    const auto rows = impl_->file.read_integers(region.path);
    const bool is_per_row = series.shape.size() == 1 && rows.size() == series.shape[0];
    if (rows.size() != series.channels() && !is_per_row)
        impl_->fail(series.path,
                    fmt::format("{} columns of data, but its region names {} rows",
                                series.channels(), rows.size()),
                    "FrameCount");
    const auto& table = require_table(region.table);
    std::vector<std::size_t> checked;
    for (const auto row : rows) {
        if (row < 0 || static_cast<std::size_t>(row) >= table.rows)
            impl_->fail(region.path,
                        fmt::format("row {} of {}, which has {}", row, table.path, table.rows),
                        "SliceRange");
        checked.push_back(static_cast<std::size_t>(row));
    }
    return checked;
}

const hdf5::UntrustedFile& NwbFile::hdf5() const noexcept {
    return impl_->file;
}

}  // namespace tb::nwb
