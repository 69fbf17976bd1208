#include "ingest/formats/parquet.hpp"
#include "ingest/formats/parquet_format.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <unordered_map>

#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

namespace tb::formats {
namespace {

using parquet::Codec;
using parquet::Encoding;
using parquet::PageType;
using parquet::Physical;

constexpr std::size_t max_page_text = std::size_t{8} << 20U;
constexpr std::size_t max_dictionary = 32768;
constexpr int zstd_level = 1;
constexpr std::string_view writer_name = "trialbase";

template <class T>
void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
        value >>= 7U;
    }
    out.push_back(static_cast<char>(value));
}

/// Structures in the compact protocol.
class ThriftWriter {
  public:
    explicit ThriftWriter(std::string& out) : out_(out) {}

    void number(int id, std::int64_t value, int type = 5) {
        head(id, type);
        zigzag(value);
    }
    void long_number(int id, std::int64_t value) { number(id, value, 6); }
    void boolean(int id, bool value) { head(id, value ? 1 : 2); }
    void text(int id, std::string_view value) {
        head(id, 8);
        plain_text(value);
    }
    void plain_text(std::string_view value) {
        put_varint(out_, value.size());
        out_ += value;
    }
    void list(int id, std::size_t count, int element_type) {
        head(id, 9);
        if (count < 15) {
            out_.push_back(static_cast<char>((count << 4U) | static_cast<unsigned>(element_type)));
        } else {
            out_.push_back(static_cast<char>(0xF0U | static_cast<unsigned>(element_type)));
            put_varint(out_, count);
        }
    }
    void zigzag(std::int64_t value) {
        put_varint(out_,
                   (static_cast<std::uint64_t>(value) << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0));
    }
    /// A structure as a field, or (begin_element) as an element of a list; end() closes either.
    void begin(int id) {
        head(id, 12);
        begin_element();
    }
    void begin_element() {
        outer_.push_back(last_);
        last_ = 0;
    }
    void end() {
        out_.push_back('\0');
        last_ = outer_.back();
        outer_.pop_back();
    }

  private:
    void head(int id, int type) {
        out_.push_back(
            static_cast<char>(((id - last_) << 4) | type));  // our ids never jump by more than 15
        last_ = id;
    }
    std::string& out_;
    int last_ = 0;
    std::vector<int> outer_;
};

/// Run lengths and bit-packed groups mixed: runs of eight and more as runs.
void put_hybrid(std::string& out, const std::vector<std::uint32_t>& values, unsigned width) {
    const std::size_t count = values.size();
    const auto run_at = [&](std::size_t first, std::size_t most) {
        std::size_t last = first + 1;
        while (last < count && last - first < most && values[last] == values[first]) ++last;
        return last - first;
    };
    std::size_t at = 0;
    while (at < count) {
        if (const std::size_t run = run_at(at, count); run >= 8) {
            put_varint(out, run << 1U);
            for (unsigned shift = 0; shift < width; shift += 8)
                out.push_back(static_cast<char>((values[at] >> shift) & 0xFFU));
            at += run;
            continue;
        }
        std::size_t end = at;
        while (end < count && run_at(end, 8) < 8) end = std::min(end + 8, count);
        const std::size_t groups = (end - at + 7) / 8;
        put_varint(out, (groups << 1U) | 1U);
        std::uint64_t bits = 0;
        unsigned filled = 0;
        for (std::size_t i = at; i < at + groups * 8; ++i) {
            bits |= static_cast<std::uint64_t>(i < end ? values[i] : 0) << filled;
            filled += width;
            while (filled >= 8) {
                out.push_back(static_cast<char>(bits & 0xFFU));
                bits >>= 8U;
                filled -= 8;
            }
        }
        at = end;
    }
}

std::string packed(Codec codec, const std::string& raw) {
    std::string out;
    switch (codec) {
        case Codec::snappy:
            snappy::Compress(raw.data(), raw.size(), &out);
            return out;
        case Codec::gzip: {
            z_stream stream{};
            if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8,
                             Z_DEFAULT_STRATEGY) != Z_OK)
                throw Error(ErrorKind::internal, "zlib cannot start");
            out.resize(deflateBound(&stream, raw.size()));
            // zlib does not write through next_in.
            stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(raw.data()));
            stream.avail_in = static_cast<uInt>(raw.size());
            stream.next_out = reinterpret_cast<Bytef*>(out.data());
            stream.avail_out = static_cast<uInt>(out.size());
            const int status = deflate(&stream, Z_FINISH);
            out.erase(stream.total_out);
            deflateEnd(&stream);
            if (status != Z_STREAM_END) throw Error(ErrorKind::internal, "zlib cannot pack a page");
            return out;
        }
        case Codec::zstd: {
            out.resize(ZSTD_compressBound(raw.size()));
            const std::size_t size =
                ZSTD_compress(out.data(), out.size(), raw.data(), raw.size(), zstd_level);
            if (ZSTD_isError(size) != 0)
                throw Error(ErrorKind::internal, "zstd cannot pack a page");
            out.resize(size);
            return out;
        }
        default:
            return raw;
    }
}

/// How a column of ours is stored.
struct Storage {
    Physical type = Physical::real64;
    int converted = -1;  // number of the old annotation, which all readers know
    bool is_list = false;
    bool is_local_time = false;  // microseconds of a clock without zone: only the new annotation
};

Storage storage_of(const Column& column) {
    const std::string& stored = column.stored_type;
    Storage storage;
    if (std::holds_alternative<std::vector<std::int64_t>>(column.values)) {
        storage.type =
            stored == "INT32" || stored.starts_with("INT32 ") ? Physical::int32 : Physical::int64;
        const bool is_narrow = storage.type == Physical::int32;
        if (is_narrow && stored.ends_with(" DATE")) storage.converted = 6;
        if (!is_narrow && stored.ends_with(" TIMESTAMP_MILLIS")) storage.converted = 9;
        if (!is_narrow && stored.ends_with(" TIMESTAMP_MICROS")) storage.converted = 10;
        if (!is_narrow && stored.ends_with(" LOCAL_TIMESTAMP_MICROS")) storage.is_local_time = true;
    } else if (std::holds_alternative<std::vector<bool>>(column.values)) {
        storage.type = Physical::boolean;
    } else if (std::holds_alternative<std::vector<std::string>>(column.values)) {
        storage.type = Physical::byte_array;
        if (stored != "BYTE_ARRAY") storage.converted = 0;
    } else if (std::holds_alternative<std::vector<std::vector<double>>>(column.values)) {
        storage.is_list = true;
    }
    return storage;
}

/// Where a column chunk came to lie.
struct Chunk {
    std::size_t begin = 0;
    std::size_t dictionary = 0;
    bool has_dictionary = false;
    std::size_t data = 0;
    std::size_t raw_size = 0;
    std::size_t values = 0;
};

/// Writes one column's part of a row group.
class ChunkWriter {
  public:
    ChunkWriter(std::string& out, const Column& column, const Storage& storage, Codec codec,
                const ParquetOptions& options)
        : out_(out), column_(column), storage_(storage), codec_(codec), options_(options) {}

    Chunk write(std::size_t first_row, std::size_t end_row) {
        chunk_.begin = out_.size();
        std::string dictionary;
        std::size_t entries = 0;
        if (options_.dictionary && find_dictionary(first_row, end_row, dictionary, entries)) {
            chunk_.dictionary = out_.size();
            chunk_.has_dictionary = true;
            put_page(PageType::dictionary, {}, dictionary, entries, entries, 0, Encoding::plain);
        }
        chunk_.data = out_.size();
        std::size_t row = first_row;
        do {
            row = write_page(row, end_row);
        } while (row < end_row);
        return chunk_;
    }

  private:
    [[nodiscard]] bool is_present(std::size_t row) const {
        if (column_.is_missing(row)) return false;
        const auto* reals = std::get_if<std::vector<double>>(&column_.values);
        return reals == nullptr || !std::isnan((*reals)[row]);
    }

    /// The bytes of one value as PLAIN has them.
    void put_value(std::string& out, std::size_t row) const {
        if (const auto* reals = std::get_if<std::vector<double>>(&column_.values)) {
            put(out, (*reals)[row]);
        } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column_.values)) {
            const std::int64_t value = (*integers)[row];
            if (storage_.type == Physical::int64) {
                put(out, value);
            } else {
                if (value < std::numeric_limits<std::int32_t>::min() ||
                    value > std::numeric_limits<std::int32_t>::max())
                    throw Error(ErrorKind::data,
                                "column " + column_.name + " row " + std::to_string(row) + ": " +
                                    std::to_string(value) + " does not fit an INT32");
                put(out, static_cast<std::int32_t>(value));
            }
        } else if (const auto* texts = std::get_if<std::vector<std::string>>(&column_.values)) {
            const std::string& text = (*texts)[row];
            if (text.size() > std::numeric_limits<std::int32_t>::max())
                throw Error(ErrorKind::data, "column " + column_.name + " row " +
                                                 std::to_string(row) +
                                                 ": the text is longer than 2 GiB");
            put(out, static_cast<std::uint32_t>(text.size()));
            out += text;
        }
    }

    bool find_dictionary(std::size_t first_row, std::size_t end_row, std::string& dictionary,
                         std::size_t& entries) {
        if (storage_.type == Physical::boolean || storage_.is_list) return false;
        std::unordered_map<std::string, std::uint32_t> known;
        indices_.clear();
        std::string value;
        for (std::size_t row = first_row; row < end_row; ++row) {
            if (!is_present(row)) continue;
            value.clear();
            put_value(value, row);
            const auto [place, is_new] =
                known.try_emplace(value, static_cast<std::uint32_t>(known.size()));
            if (is_new) {
                if (known.size() > max_dictionary) return false;
                dictionary += value;
            }
            indices_.push_back(place->second);
        }
        entries = known.size();
        uses_dictionary_ = true;
        return true;
    }

    /// One data page from `row` on; returns the row behind it.
    std::size_t write_page(std::size_t row, std::size_t end_row) {
        const std::size_t limit =
            std::min(end_row, row + std::max<std::size_t>(options_.rows_per_page, 1));
        std::vector<std::uint32_t> definition;
        std::vector<std::uint32_t> repetition;
        std::string values;
        std::vector<std::uint32_t> indices;
        std::size_t rows = 0;
        std::size_t missing = 0;
        unsigned bit = 0;
        for (; row < limit && values.size() < max_page_text; ++row, ++rows) {
            if (storage_.is_list) {
                const auto& list = std::get<std::vector<std::vector<double>>>(column_.values)[row];
                if (column_.is_missing(row) || list.empty()) {
                    repetition.push_back(0);
                    definition.push_back(column_.is_missing(row) ? 0 : 1);
                    ++missing;
                } else {
                    for (std::size_t i = 0; i < list.size(); ++i) {
                        repetition.push_back(i == 0 ? 0 : 1);
                        definition.push_back(std::isnan(list[i]) ? 2 : 3);
                        if (std::isnan(list[i])) {
                            ++missing;
                        } else {
                            put(values, list[i]);
                        }
                    }
                }
                continue;
            }
            const bool present = is_present(row);
            definition.push_back(present ? 1 : 0);
            if (!present) {
                ++missing;
            } else if (uses_dictionary_) {
                indices.push_back(indices_[next_index_++]);
            } else if (const auto* booleans = std::get_if<std::vector<bool>>(&column_.values)) {
                if (bit == 0) values.push_back('\0');
                if ((*booleans)[row])
                    values.back() =
                        static_cast<char>(static_cast<unsigned char>(values.back()) | (1U << bit));
                bit = (bit + 1) % 8;
            } else {
                put_value(values, row);
            }
        }
        Encoding encoding = Encoding::plain;
        if (uses_dictionary_) {
            encoding = Encoding::rle_dictionary;
            std::uint32_t most = 0;
            for (const std::uint32_t index : indices) most = std::max(most, index);
            const unsigned width = std::max(1U, static_cast<unsigned>(std::bit_width(most)));
            values.push_back(static_cast<char>(width));
            put_hybrid(values, indices, width);
        }
        std::string definition_bytes;
        std::string repetition_bytes;
        put_hybrid(definition_bytes, definition, storage_.is_list ? 2 : 1);
        if (storage_.is_list) put_hybrid(repetition_bytes, repetition, 1);
        chunk_.values += definition.size();
        if (options_.data_page_v2) {
            repetition_size_ = repetition_bytes.size();
            definition_size_ = definition_bytes.size();
            put_page(PageType::data_v2, repetition_bytes + definition_bytes, values,
                     definition.size(), rows, missing, encoding);
        } else {
            std::string raw;
            if (storage_.is_list) {
                put(raw, static_cast<std::uint32_t>(repetition_bytes.size()));
                raw += repetition_bytes;
            }
            put(raw, static_cast<std::uint32_t>(definition_bytes.size()));
            raw += definition_bytes;
            raw += values;
            put_page(PageType::data, {}, raw, definition.size(), rows, missing, encoding);
        }
        return row;
    }

    void put_page(PageType type, const std::string& levels, const std::string& raw,
                  std::size_t values, std::size_t rows, std::size_t missing, Encoding encoding) {
        const std::string body = levels + packed(codec_, raw);
        if (body.size() > std::numeric_limits<std::int32_t>::max() ||
            raw.size() > std::numeric_limits<std::int32_t>::max())
            throw Error(ErrorKind::data,
                        "column " + column_.name + ": a page would be larger than 2 GiB");
        const auto number = [](std::size_t value) { return static_cast<std::int64_t>(value); };
        std::string header;
        ThriftWriter thrift(header);
        thrift.begin_element();
        thrift.number(1, static_cast<int>(type));
        thrift.number(2, number(raw.size() + levels.size()));
        thrift.number(3, number(body.size()));
        if (options_.checksums) {
            const uLong sum = crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size());
            thrift.number(4, static_cast<std::int32_t>(static_cast<std::uint32_t>(sum)));
        }
        if (type == PageType::data) {
            thrift.begin(5);
            thrift.number(1, number(values));
            thrift.number(2, static_cast<int>(encoding));
            thrift.number(3, static_cast<int>(Encoding::rle));
            thrift.number(4, static_cast<int>(Encoding::rle));
        } else if (type == PageType::dictionary) {
            thrift.begin(7);
            thrift.number(1, number(values));
            thrift.number(2, static_cast<int>(encoding));
        } else {
            thrift.begin(8);
            thrift.number(1, number(values));
            thrift.number(2, number(missing));
            thrift.number(3, number(rows));
            thrift.number(4, static_cast<int>(encoding));
            thrift.number(5, number(definition_size_));
            thrift.number(6, number(repetition_size_));
            thrift.boolean(7, codec_ != Codec::uncompressed);
        }
        thrift.end();
        thrift.end();
        out_ += header;
        out_ += body;
        chunk_.raw_size += header.size() + levels.size() + raw.size();
    }

    std::string& out_;
    const Column& column_;
    const Storage& storage_;
    Codec codec_;
    const ParquetOptions& options_;
    Chunk chunk_;
    bool uses_dictionary_ = false;
    std::vector<std::uint32_t> indices_;  // of the present values
    std::size_t next_index_ = 0;
    std::size_t definition_size_ = 0;
    std::size_t repetition_size_ = 0;
};

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
            throw Error(ErrorKind::internal, "row groups of a Parquet file differ in column " +
                                                 shape.columns[c].name);
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
            auto chunk = ChunkWriter(out, table.columns[c], impl.storages[c], impl.codec,
                                     impl.options)
                             .write(row, end);
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
