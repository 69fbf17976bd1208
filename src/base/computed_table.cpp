#include "trialbase/computed_table.hpp"

#include "src/base/uuid.hpp"
#include "trialbase/error.hpp"

#include <algorithm>

namespace tb {

bool FetchedRows::has(std::string_view name) const noexcept {
    return columns_ != nullptr && std::ranges::any_of(*columns_, [&](const FetchedColumn& column) {
               return column.name == name;
           });
}

const FetchedColumn& FetchedRows::column(std::string_view name) const {
    if (columns_ != nullptr) {
        for (const FetchedColumn& column : *columns_) {
            if (column.name == name) return column;
        }
    }
    throw Error(ErrorKind::internal, "the fetch gives no column " + std::string(name));
}

std::span<const double> FetchedRows::numbers(std::string_view name) const {
    const FetchedColumn& found = column(name);
    if (found.kind == FetchedColumn::Kind::text) {
        throw Error(ErrorKind::internal, "fetched column " + found.name + " is text, not a number");
    }
    return std::span(found.numbers).subspan(begin_, size());
}

std::span<const std::int64_t> FetchedRows::integers(std::string_view name) const {
    const FetchedColumn& found = column(name);
    if (found.kind != FetchedColumn::Kind::integer) {
        throw Error(ErrorKind::internal, "fetched column " + found.name + " is not an integer");
    }
    return std::span(found.integers).subspan(begin_, size());
}

std::span<const std::string> FetchedRows::texts(std::string_view name) const {
    const FetchedColumn& found = column(name);
    if (found.kind != FetchedColumn::Kind::text) {
        throw Error(ErrorKind::internal, "fetched column " + found.name + " is a number, not text");
    }
    return std::span(found.texts).subspan(begin_, size());
}

bool FetchedRows::is_null(std::string_view name, std::size_t row) const {
    if (row >= size()) {
        throw Error(ErrorKind::internal, "row " + std::to_string(row) + " of fetched column " +
                                             std::string(name) + " is beyond the key's " +
                                             std::to_string(size()) + " rows");
    }
    return column(name).nulls.at(begin_ + row);
}

const FetchedRows& Inputs::operator[](std::string_view fetch) const {
    const auto found = fetched.find(fetch);
    if (found == fetched.end()) {
        throw Error(ErrorKind::internal,
                    "the computed table declares no fetch " + std::string(fetch));
    }
    return found->second;
}

Array Inputs::array(std::string_view fetch, std::string_view column, std::size_t row) const {
    const FetchedRows& rows = (*this)[fetch];
    if (rows.is_null(column, row)) {
        throw Error(ErrorKind::internal, "fetch " + std::string(fetch) + ": column " +
                                             std::string(column) + " names no array");
    }
    if (arrays == nullptr) {
        throw Error(ErrorKind::internal, "no reader of arrays was given for " + key);
    }
    return arrays->read(rows.texts(column)[row]);
}

Row& Row::set(std::string_view column, Value value) {
    for (auto& [name, stored] : values_) {
        if (name == column) {
            stored = std::move(value);
            return *this;
        }
    }
    values_.emplace_back(column, std::move(value));
    return *this;
}

Row& Output::master() {
    if (settled_reason) {
        throw Error(ErrorKind::internal, "a key with nothing to compute has no master row");
    }
    if (!master_row) master_row.emplace();
    return *master_row;
}

Row& Output::part(std::string_view table) {
    const auto found = part_rows.find(table);
    std::vector<Row>& rows =
        found != part_rows.end() ? found->second : part_rows[std::string(table)];
    return rows.emplace_back();
}

std::string Output::array(std::string_view name, Array values, ArrayMeta meta) {
    if (name.empty()) throw Error(ErrorKind::internal, "an array to be stored needs a name");
    for (const OutputArray& other : arrays) {
        if (other.name == name) {
            throw Error(ErrorKind::internal, "two arrays of one key are named " + other.name);
        }
    }
    return arrays
        .emplace_back(OutputArray{.array_id = new_run_id().to_string(),
                                  .name = std::string(name),
                                  .values = std::move(values),
                                  .meta = std::move(meta)})
        .array_id;
}

void Output::nothing_to_compute(std::string reason) {
    if (master_row || !part_rows.empty() || !arrays.empty()) {
        throw Error(ErrorKind::internal, "a key with rows cannot have nothing to compute");
    }
    settled_reason = std::move(reason);
}

}  // namespace tb
