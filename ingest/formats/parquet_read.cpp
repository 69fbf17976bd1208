#include "ingest/formats/parquet.hpp"
#include "ingest/formats/parquet_column.hpp"
#include "trialbase/error.hpp"

#include <algorithm>

namespace tb::formats {
namespace {

/// Numbers of the leaves that are asked for, in the file's order.
std::vector<std::size_t> chosen_leaves(const std::vector<parquet::Leaf>& leaves,
                                       const std::vector<std::string>& columns,
                                       std::string_view name) {
    std::vector<std::size_t> chosen;
    std::vector<bool> found(columns.size(), false);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        bool wanted = columns.empty();
        for (std::size_t c = 0; c < columns.size(); ++c) {
            if (leaves[i].name == columns[c] || leaves[i].name.starts_with(columns[c] + '.')) {
                found[c] = true;
                wanted = true;
            }
        }
        if (wanted) chosen.push_back(i);
    }
    for (std::size_t c = 0; c < columns.size(); ++c)
        if (!found[c])
            throw Error(ErrorKind::data, std::string(name) + ": no column " + columns[c]);
    return chosen;
}

}  // namespace

ParquetTable parse_parquet(std::span<const std::byte> bytes, std::string_view name,
                           const std::vector<std::string>& columns, std::size_t most_rows) {
    const parquet::Source source{bytes, name};
    parquet::Allowance allowance(source);
    parquet::Footer footer = parquet::read_footer(source, allowance);
    const std::vector<parquet::Leaf> leaves = parquet::schema_leaves(footer, source, allowance);
    if (leaves.empty()) source.fail(footer.begin, "the table has no columns");

    std::int64_t rows = 0;
    for (const parquet::RowGroup& group : footer.groups) {
        if (group.chunks.size() != leaves.size())
            source.fail(group.offset, "a row group has " + std::to_string(group.chunks.size()) +
                                          " columns of " + std::to_string(leaves.size()));
        if (__builtin_add_overflow(rows, group.rows, &rows))
            source.fail(group.offset, "too many rows");
    }
    if (footer.rows == 0) footer.rows = rows;  // parquet-rs before 1.0 left it away
    if (rows != footer.rows)
        source.fail(footer.begin, "the row groups hold " + std::to_string(rows) +
                                      " rows, the file claims " + std::to_string(footer.rows));
    if (static_cast<std::uint64_t>(rows) > most_rows)
        source.fail(footer.begin, "a table of " + std::to_string(rows) +
                                      " rows, expected at most " + std::to_string(most_rows));

    ParquetTable result;
    result.table.rows = static_cast<std::size_t>(rows);
    for (const std::size_t index : chosen_leaves(leaves, columns, name)) {
        const parquet::Leaf& leaf = leaves[index];
        result.table.columns.push_back(
            parquet::read_column(source, footer, leaf, index, allowance));
        result.codecs.push_back(parquet::codec_name(
            footer.groups.empty() ? 0 : footer.groups.front().chunks[index].codec));
        result.physical_types.emplace_back(parquet::physical_name(*leaf.element.type));
    }
    result.metadata = std::move(footer.metadata);
    result.created_by = std::move(footer.created_by);
    return result;
}

ParquetTable read_parquet(const std::filesystem::path& file,
                          const std::vector<std::string>& columns) {
    const ByteBuffer bytes = read_file(file);
    return parse_parquet(bytes, file.string(), columns);
}

}  // namespace tb::formats
