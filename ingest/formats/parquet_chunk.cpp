#include "ingest/formats/parquet_chunk.hpp"

#include "ingest/formats/parquet_pack.hpp"
#include "ingest/formats/thrift_writer.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <variant>
#include <vector>

#include <zlib.h>

namespace tb::formats::parquet {

namespace {

constexpr std::size_t max_page_text = std::size_t{8} << 20U;
constexpr std::size_t max_dictionary = 32768;

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

}  // namespace

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

Chunk write_chunk(std::string& out, const Column& column, const Storage& storage, Codec codec,
                  const ParquetOptions& options, std::size_t first_row, std::size_t end_row) {
    return ChunkWriter(out, column, storage, codec, options).write(first_row, end_row);
}

}  // namespace tb::formats::parquet
