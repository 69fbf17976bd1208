#include "ingest/formats/parquet_column.hpp"

#include "ingest/formats/parquet_encoding.hpp"
#include "ingest/formats/parquet_values.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include <zlib.h>

namespace tb::formats::parquet {
namespace {

template <class T>
T missing_value() {
    if constexpr (std::is_same_v<T, double>) {
        return nan;
    } else {
        return T{};
    }
}

/// Reads the pages of one column and gives each to `take`.
template <class T>
class ColumnReader {
  public:
    ColumnReader(const Source& source, const Footer& footer, const Leaf& leaf, std::size_t index,
                 Allowance& allowance)
        : source_(source),
          footer_(footer),
          leaf_(leaf),
          index_(index),
          allowance_(allowance),
          decoder_(leaf.element, allowance) {}

    /// A column of single values.
    void read_values(std::vector<T>& values, std::vector<bool>& missing) {
        const auto rows = static_cast<std::size_t>(footer_.rows);
        allowance_.charge(rows, sizeof(T) + 1, footer_.begin, "column " + leaf_.name);
        values.reserve(rows);
        for_each_page(
            [&](const PageHeader& page, std::span<const std::byte> bytes, const Where& where) {
                const std::size_t base = values.size();
                const std::size_t present = leaf_.max_definition == 0 ? page.values : full_levels_;
                decoder_.append(bytes, present, page.encoding, values, where);
                if (present == page.values) return;
                spread(values, base, page.values, present);
                if constexpr (!std::is_same_v<T, double>) {
                    missing.resize(base, false);
                    for (std::size_t i = 0; i < page.values; ++i)
                        missing.push_back(definition_[i] != leaf_.max_definition);
                }
            });
        if (!missing.empty()) missing.resize(values.size(), false);
    }

    /// A column of lists. Element is double for numbers, NaN where an element is null, and an
    /// optional for text.
    template <class Element>
    void read_lists(std::vector<std::vector<Element>>& lists, std::vector<bool>& missing) {
        const auto rows = static_cast<std::size_t>(footer_.rows);
        allowance_.charge(rows, sizeof(std::vector<Element>) + 1, footer_.begin,
                          "column " + leaf_.name);
        lists.reserve(rows);
        std::vector<T> elements;
        for_each_page([&](const PageHeader& page, std::span<const std::byte> bytes,
                          const Where& where) {
            elements.clear();
            if (elements.capacity() < full_levels_)
                allowance_.charge(full_levels_, sizeof(T), where.page, "a page");
            decoder_.append(bytes, full_levels_, page.encoding, elements, where);
            std::size_t next = 0;
            for (std::size_t i = 0; i < page.values; ++i) {
                if (repetition_[i] == 0) {
                    if (lists.size() == rows) where.fail("more lists than rows");
                    lists.emplace_back();
                    missing.push_back(definition_[i] + 1U < leaf_.list_definition);
                } else if (lists.empty()) {
                    where.fail("the first list of a column continues an earlier one");
                }
                if (definition_[i] < leaf_.list_definition) continue;  // empty or null
                std::vector<Element>& list = lists.back();
                if (list.size() == list.capacity())
                    allowance_.charge(list.size() + 4, 2 * sizeof(Element), where.page, "lists");
                if (definition_[i] == leaf_.max_definition) {
                    list.emplace_back(std::move(elements[next++]));
                } else {
                    list.push_back(missing_value<Element>());
                }
            }
        });
        if (std::find(missing.begin(), missing.end(), true) == missing.end()) missing.clear();
        if (lists.size() != rows)
            source_.fail(footer_.begin, "column " + leaf_.name + " has " +
                                            std::to_string(lists.size()) + " lists in " +
                                            std::to_string(rows) + " rows");
    }

  private:
    /// Moves values that stand close together to their rows, from the end, so that none is
    /// overwritten.
    void spread(std::vector<T>& values, std::size_t base, std::size_t rows, std::size_t present) {
        values.resize(base + rows);
        T* const at = values.data() + base;
        std::size_t from = present;
        for (std::size_t row = rows; row-- > 0;) {
            if (definition_[row] == leaf_.max_definition) {
                --from;
                if (from != row) at[row] = std::move(at[from]);
            } else {
                at[row] = missing_value<T>();
            }
        }
    }

    /// Calls take(page, bytes of its values, where); the levels are then in definition_ and
    /// repetition_.
    template <class Take>
    void for_each_page(Take&& take) {
        for (const RowGroup& group : footer_.groups) {
            const ColumnChunk& chunk = group.chunks[index_];
            const auto rows = static_cast<std::uint64_t>(group.rows);
            if (!chunk.has_metadata || chunk.is_elsewhere || chunk.is_encrypted)
                source_.fail(chunk.offset, "column " + leaf_.name + " is " +
                                               (chunk.is_encrypted   ? "encrypted"
                                                : chunk.is_elsewhere ? "in another file"
                                                                     : "not described"));
            if (chunk.type != static_cast<int>(*leaf_.element.type))
                source_.fail(chunk.offset,
                             "column " + leaf_.name + " has another type than in the schema");
            const auto values = static_cast<std::uint64_t>(chunk.values);
            if (leaf_.max_repetition == 0 && values != rows)
                source_.fail(chunk.offset, "column " + leaf_.name + " has " +
                                               std::to_string(values) + " values in " +
                                               std::to_string(rows) + " rows");
            read_chunk(chunk, values, take);
        }
    }

    template <class Take>
    void read_chunk(const ColumnChunk& chunk, std::uint64_t values_left, Take&& take) {
        std::int64_t begin = chunk.data_offset;
        if (chunk.dictionary_offset > 0 && chunk.dictionary_offset < begin)
            begin = chunk.dictionary_offset;
        if (begin < 4 || static_cast<std::uint64_t>(begin) > footer_.begin) {
            if (values_left == 0) return;
            source_.fail(chunk.offset,
                         "column " + leaf_.name + " would begin at byte " + std::to_string(begin));
        }
        auto at = static_cast<std::size_t>(begin);
        decoder_.start_group();
        while (values_left > 0) {
            const PageHeader page = read_page_header(source_, at, footer_.begin);
            const Where where{&source_, at};
            at = page.body + page.stored_size;
            if (page.type == PageType::index) continue;
            const auto stored = source_.bytes.subspan(page.body, page.stored_size);
            check_sum(page, stored, where);
            if (page.type == PageType::dictionary) {
                const auto bytes =
                    unpack(chunk.codec, stored, page.raw_size, raw_, allowance_, where);
                decoder_.read_dictionary(bytes, page.values, page.encoding, where);
                continue;
            }
            if (page.values > values_left)
                where.fail("column " + leaf_.name + " has more values than it claims");
            values_left -= page.values;
            take(page, page_values(chunk, page, stored, where), where);
        }
    }

    void check_sum([[maybe_unused]] const PageHeader& page,
                   [[maybe_unused]] std::span<const std::byte> stored,
                   [[maybe_unused]] const Where& where) const {
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
        if (!page.checksum) return;
        const uLong sum = crc32_z(0, reinterpret_cast<const Bytef*>(stored.data()), stored.size());
        if (static_cast<std::uint32_t>(sum) != *page.checksum)
            where.fail("the checksum of a page of column " + leaf_.name +
                       " does not fit its bytes");
#endif
    }

    /// Unpacks a data page, reads its levels, and gives the bytes of its values.
    std::span<const std::byte> page_values(const ColumnChunk& chunk, const PageHeader& page,
                                           std::span<const std::byte> stored, const Where& where) {
        std::span<const std::byte> bytes;
        std::span<const std::byte> repetition;
        std::span<const std::byte> definition;
        if (page.type == PageType::data_v2) {
            const std::size_t levels = page.repetition_size + page.definition_size;
            if (levels > stored.size() || levels > page.raw_size)
                where.fail("the levels of a page are longer than the page");
            repetition = stored.first(page.repetition_size);
            definition = stored.subspan(page.repetition_size, page.definition_size);
            const auto rest = stored.subspan(levels);
            bytes = unpack(page.is_compressed ? chunk.codec : 0, rest, page.raw_size - levels, raw_,
                           allowance_, where);
        } else {
            bytes = unpack(chunk.codec, stored, page.raw_size, raw_, allowance_, where);
            const auto take_levels = [&](int encoding) {
                if (encoding != static_cast<int>(Encoding::rle))
                    where.fail("levels in encoding " + encoding_name(encoding) +
                               " are not supported");
                if (bytes.size() < 4) where.fail("the page's levels end too early");
                const std::size_t size = load<std::uint32_t>(bytes.data());
                if (size > bytes.size() - 4) where.fail("the page's levels end too early");
                const auto levels = bytes.subspan(4, size);
                bytes = bytes.subspan(4 + size);
                return levels;
            };
            if (leaf_.max_repetition > 0) repetition = take_levels(page.repetition_encoding);
            if (leaf_.max_definition > 0) definition = take_levels(page.definition_encoding);
        }
        (void)read_levels(repetition, leaf_.max_repetition, page.values, repetition_, where);
        full_levels_ =
            read_levels(definition, leaf_.max_definition, page.values, definition_, where);
        return bytes;
    }

    std::size_t read_levels(std::span<const std::byte> bytes, unsigned most, std::size_t count,
                            std::vector<std::uint8_t>& levels, const Where& where) {
        if (most == 0) return count;
        if (levels.capacity() < count) allowance_.charge(count, 2, where.page, "levels");
        levels.resize(count);
        HybridReader reader(bytes, static_cast<unsigned>(std::bit_width(most)), where);
        return reader.read_levels(levels, most);
    }

    const Source& source_;
    const Footer& footer_;
    const Leaf& leaf_;
    std::size_t index_;
    Allowance& allowance_;
    ValueDecoder<T> decoder_;
    ByteBuffer raw_;
    std::vector<std::uint8_t> definition_;
    std::vector<std::uint8_t> repetition_;
    std::size_t full_levels_ = 0;
};

enum class Kind { boolean, integer, real, text };

Kind kind_of(const SchemaElement& element) {
    switch (conversion_of(element)) {
        case Conversion::decimal:
        case Conversion::float16:
            return Kind::real;
        case Conversion::timestamp96:
            return Kind::integer;
        case Conversion::uuid:
            return Kind::text;
        default:
            break;
    }
    switch (*element.type) {
        case Physical::boolean:
            return Kind::boolean;
        case Physical::int32:
        case Physical::int64:
        case Physical::int96:
            return Kind::integer;
        case Physical::real32:
        case Physical::real64:
            return Kind::real;
        case Physical::byte_array:
        case Physical::fixed_byte_array:
            break;
    }
    return Kind::text;
}

}  // namespace

Column read_column(const Source& source, const Footer& footer, const Leaf& leaf, std::size_t index,
                   Allowance& allowance) {
    const SchemaElement& element = leaf.element;
    const auto refuse = [&](std::string_view why) {
        source.fail(element.offset,
                    "column " + leaf.name + " is " + std::string(why) + ", which is not supported");
    };
    if (!leaf.unsupported.empty()) refuse(leaf.unsupported);
    if (*element.type == Physical::fixed_byte_array && element.type_length == 0)
        refuse("a fixed text of no length");
    if (leaf.max_definition > 255) refuse("nested too deeply");
    const Kind kind = kind_of(element);

    Column column;
    column.name = leaf.name;
    column.stored_type = std::string(physical_name(*element.type));
    if (*element.type == Physical::int96) {
        column.stored_type += " TIMESTAMP_MICROS";
    } else if (element.meaning != Meaning::none) {
        column.stored_type += " " + std::string(meaning_name(element.meaning));
    }
    const auto read_single = [&]<class T>(std::vector<T>& values) {
        ColumnReader<T>(source, footer, leaf, index, allowance).read_values(values, column.missing);
    };
    if (leaf.max_repetition > 0) {
        if (kind == Kind::text) {
            ColumnReader<std::string>(source, footer, leaf, index, allowance)
                .read_lists(column.values.emplace<std::vector<TextList>>(), column.missing);
        } else {
            ColumnReader<double>(source, footer, leaf, index, allowance)
                .read_lists(column.values.emplace<std::vector<std::vector<double>>>(),
                            column.missing);
        }
        column.stored_type += " LIST";
    } else if (kind == Kind::boolean) {
        std::vector<std::uint8_t> values;
        read_single(values);
        column.values = std::vector<bool>(values.begin(), values.end());
    } else if (kind == Kind::integer) {
        read_single(column.values.emplace<std::vector<std::int64_t>>());
    } else if (kind == Kind::real) {
        read_single(column.values.emplace<std::vector<double>>());
    } else {
        read_single(column.values.emplace<std::vector<std::string>>());
    }
    return column;
}

}  // namespace tb::formats::parquet
