#include "ingest/formats/parquet.hpp"
#include "ingest/formats/parquet_chunk.hpp"
#include "ingest/formats/parquet_format.hpp"
#include "ingest/formats/thrift_writer.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tb::formats {
namespace {

using parquet::Chunk;
using parquet::Codec;
using parquet::Encoding;
using parquet::put;
using parquet::Storage;
using parquet::storage_of;
using parquet::ThriftWriter;

constexpr std::string_view writer_name = "trialbase";

void put_schema(ThriftWriter& thrift, const Table& table, const std::vector<Storage>& storages) {
    std::size_t elements = 1;
    for (const Storage& storage : storages) elements += storage.is_list ? 3 : 1;
    thrift.list(2, elements, 12);
    thrift.begin_element();
    thrift.text(4, "schema");
    thrift.number(5, static_cast<std::int64_t>(storages.size()));
    thrift.end();
    for (std::size_t c = 0; c < storages.size(); ++c) {
        const Storage& storage = storages[c];
        std::string_view name = table.columns[c].name;
        if (storage.is_list) {  // optional group name (LIST) { repeated group list { optional
                                // double element } }
            thrift.begin_element();
            thrift.number(3, 1);
            thrift.text(4, name);
            thrift.number(5, 1);
            thrift.number(6, 3);
            thrift.end();
            thrift.begin_element();
            thrift.number(3, 2);
            thrift.text(4, "list");
            thrift.number(5, 1);
            thrift.end();
            name = "element";
        }
        thrift.begin_element();
        thrift.number(1, static_cast<int>(storage.type));
        thrift.number(3, 1);
        thrift.text(4, name);
        if (storage.converted >= 0) thrift.number(6, storage.converted);
        if (storage.is_local_time) {  // LogicalType.TIMESTAMP { isAdjustedToUTC, unit MICROS }
            thrift.begin(10);
            thrift.begin(8);
            thrift.boolean(1, false);
            thrift.begin(2);
            thrift.begin(2);
            thrift.end();
            thrift.end();
            thrift.end();
            thrift.end();
        }
        thrift.end();
    }
}

}  // namespace

struct ParquetWriter::Impl {
    ParquetOptions options;
    std::function<void(std::string_view)> write;
    Codec codec = Codec::uncompressed;
    std::vector<Storage> storages;
    struct Group {
        std::vector<Chunk> chunks;
        std::size_t end = 0;
        std::size_t rows = 0;
    };
    std::vector<Group> groups;
    Table shape;  // names and types of the first table, without rows
    std::size_t rows = 0;
    std::size_t written = 0;

    void send(std::string_view bytes) {
        write(bytes);
        written += bytes.size();
    }
    void check(const Table& table);
    void put_group(ThriftWriter& thrift, const Group& group) const;
};

ParquetWriter::ParquetWriter(ParquetOptions options, std::function<void(std::string_view)> write)
    : impl_(std::make_unique<Impl>()) {
    impl_->options = std::move(options);
    impl_->write = std::move(write);
    const auto& codec = impl_->options.codec;
    if (codec == "SNAPPY") {
        impl_->codec = Codec::snappy;
    } else if (codec == "GZIP") {
        impl_->codec = Codec::gzip;
    } else if (codec == "ZSTD") {
        impl_->codec = Codec::zstd;
    } else if (codec != "UNCOMPRESSED") {
        throw Error(ErrorKind::internal, "parquet codec " + codec + " is not supported");
    }
    impl_->send("PAR1");
}

ParquetWriter::~ParquetWriter() = default;

void ParquetWriter::Impl::check(const Table& table) {
    const bool is_first = shape.columns.empty();
    if (!is_first && table.columns.size() != storages.size())
        throw Error(ErrorKind::internal, "row groups of a Parquet file differ in their columns");
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
        const Column& column = table.columns[c];
        if (column.size() != table.rows ||
            (!column.missing.empty() && column.missing.size() != table.rows))
            throw Error(ErrorKind::internal,
                        "column " + column.name + " has " + std::to_string(column.size()) +
                            " values in a table of " + std::to_string(table.rows) + " rows");
        const auto storage = storage_of(column);
        if (is_first) {
            storages.push_back(storage);
            shape.columns.push_back({column.name, {}, {}, column.stored_type});
        } else if (storage.type != storages[c].type || column.name != shape.columns[c].name) {
            throw Error(ErrorKind::internal,
                        "row groups of a Parquet file differ in column " + shape.columns[c].name);
        }
    }
}

void ParquetWriter::add(const Table& table) {
    auto& impl = *impl_;
    impl.check(table);
    const std::size_t group_rows = impl.options.rows_per_group == 0
                                       ? std::max<std::size_t>(table.rows, 1)
                                       : impl.options.rows_per_group;
    for (std::size_t row = 0; row < table.rows; row += group_rows) {
        const std::size_t end = std::min(table.rows, row + group_rows);
        impl.groups.emplace_back();
        for (std::size_t c = 0; c < impl.storages.size(); ++c) {
            std::string out;
            auto chunk = parquet::write_chunk(out, table.columns[c], impl.storages[c], impl.codec,
                                              impl.options, row, end);
            chunk.begin += impl.written;
            chunk.data += impl.written;
            if (chunk.has_dictionary) chunk.dictionary += impl.written;
            impl.groups.back().chunks.push_back(chunk);
            impl.send(out);
        }
        impl.groups.back().end = impl.written;
        impl.groups.back().rows = end - row;
    }
    impl.rows += table.rows;
}

void ParquetWriter::Impl::put_group(ThriftWriter& thrift, const Group& group) const {
    const auto number = [](std::size_t value) { return static_cast<std::int64_t>(value); };
    const auto& chunks = group.chunks;
    std::size_t raw_size = 0;
    thrift.begin_element();
    thrift.list(1, chunks.size(), 12);
    for (std::size_t c = 0; c < chunks.size(); ++c) {
        const Chunk& chunk = chunks[c];
        const std::size_t chunk_end = c + 1 < chunks.size() ? chunks[c + 1].begin : group.end;
        raw_size += chunk.raw_size;
        thrift.begin_element();
        thrift.long_number(2, number(chunk.begin));
        thrift.begin(3);
        thrift.number(1, static_cast<int>(storages[c].type));
        thrift.list(2, chunk.has_dictionary ? 3 : 2, 5);
        thrift.zigzag(static_cast<int>(Encoding::plain));
        thrift.zigzag(static_cast<int>(Encoding::rle));
        if (chunk.has_dictionary) thrift.zigzag(static_cast<int>(Encoding::rle_dictionary));
        thrift.list(3, storages[c].is_list ? 3 : 1, 8);
        thrift.plain_text(shape.columns[c].name);
        if (storages[c].is_list) {
            thrift.plain_text("list");
            thrift.plain_text("element");
        }
        thrift.number(4, static_cast<int>(codec));
        thrift.long_number(5, number(chunk.values));
        thrift.long_number(6, number(chunk.raw_size));
        thrift.long_number(7, number(chunk_end - chunk.begin));
        thrift.long_number(9, number(chunk.data));
        if (chunk.has_dictionary) thrift.long_number(11, number(chunk.dictionary));
        thrift.end();
        thrift.end();
    }
    thrift.long_number(2, number(raw_size));
    thrift.long_number(3, number(group.rows));
    thrift.end();
}

void ParquetWriter::finish() {
    auto& impl = *impl_;
    std::string out;
    ThriftWriter thrift(out);
    thrift.begin_element();
    thrift.number(1, impl.options.data_page_v2 ? 2 : 1);
    put_schema(thrift, impl.shape, impl.storages);
    thrift.long_number(3, static_cast<std::int64_t>(impl.rows));
    thrift.list(4, impl.groups.size(), 12);
    for (const auto& group : impl.groups) impl.put_group(thrift, group);
    if (!impl.options.metadata.empty()) {
        thrift.list(5, impl.options.metadata.size(), 12);
        for (const auto& [key, value] : impl.options.metadata) {
            thrift.begin_element();
            thrift.text(1, key);
            thrift.text(2, value);
            thrift.end();
        }
    }
    thrift.text(6, writer_name);
    thrift.end();
    put(out, static_cast<std::uint32_t>(out.size()));
    out += "PAR1";
    impl.send(out);
}

std::string parquet_bytes(const Table& table, const ParquetOptions& options) {
    std::string out;
    ParquetWriter writer(options, [&](std::string_view bytes) { out += bytes; });
    writer.add(table);
    writer.finish();
    return out;
}

}  // namespace tb::formats
