#include "ingest/formats/parquet_format.hpp"

#include "ingest/formats/thrift_reader.hpp"

#include <array>
#include <limits>

namespace tb::formats::parquet {
namespace {

Meaning converted_meaning(int converted) {
    switch (converted) {
        case 0:
            return Meaning::utf8;
        case 1:
        case 2:
            return Meaning::map;
        case 3:
            return Meaning::list;
        case 4:
            return Meaning::enumeration;
        case 5:
            return Meaning::decimal;
        case 6:
            return Meaning::date;
        case 7:
            return Meaning::time_millis;
        case 8:
            return Meaning::time_micros;
        case 9:
            return Meaning::timestamp_millis;
        case 10:
            return Meaning::timestamp_micros;
        case 11:
        case 12:
        case 13:
        case 14:
            return Meaning::unsigned_integer;
        case 15:
        case 16:
        case 17:
        case 18:
            return Meaning::signed_integer;
        case 19:
            return Meaning::json;
        case 20:
            return Meaning::bson;
        case 21:
            return Meaning::interval;
        default:
            return Meaning::none;
    }
}

void read_logical_type(ThriftReader& reader, int type, SchemaElement& element) {
    reader.structure(type, [&](std::int64_t kind, int kind_type) {
        switch (kind) {
            case 1:
                element.meaning = Meaning::utf8;
                return false;
            case 2:
                element.meaning = Meaning::map;
                return false;
            case 3:
                element.meaning = Meaning::list;
                return false;
            case 4:
                element.meaning = Meaning::enumeration;
                return false;
            case 5:
                element.meaning = Meaning::decimal;
                reader.structure(kind_type, [&](std::int64_t id, int field) {
                    if (id != 1) return false;
                    element.scale = reader.small(field, "the scale of a decimal");
                    return true;
                });
                return true;
            case 6:
                element.meaning = Meaning::date;
                return false;
            case 7:
            case 8: {
                std::int64_t unit = 2;
                reader.structure(kind_type, [&](std::int64_t id, int field) {
                    if (id != 2) return false;
                    reader.structure(field, [&](std::int64_t unit_id, int) {
                        unit = unit_id;
                        return false;
                    });
                    return true;
                });
                const bool is_time = kind == 7;
                if (unit == 1) {
                    element.meaning = is_time ? Meaning::time_millis : Meaning::timestamp_millis;
                } else if (unit == 2) {
                    element.meaning = is_time ? Meaning::time_micros : Meaning::timestamp_micros;
                } else {
                    element.meaning = is_time ? Meaning::time_nanos : Meaning::timestamp_nanos;
                }
                return true;
            }
            case 10:
                element.meaning = Meaning::signed_integer;
                reader.structure(kind_type, [&](std::int64_t id, int field) {
                    if (id != 2) return false;
                    if (!reader.boolean(field)) element.meaning = Meaning::unsigned_integer;
                    return true;
                });
                return true;
            case 12:
                element.meaning = Meaning::json;
                return false;
            case 13:
                element.meaning = Meaning::bson;
                return false;
            case 14:
                element.meaning = Meaning::uuid;
                return false;
            case 15:
                element.meaning = Meaning::float16;
                return false;
            default:
                return false;
        }
    });
}

SchemaElement read_schema_element(ThriftReader& reader, int type) {
    SchemaElement element;
    element.offset = reader.position();
    Meaning converted = Meaning::none;
    reader.structure(type, [&](std::int64_t id, int field) {
        switch (id) {
            case 1: {
                const int physical = reader.small(field, "a physical type");
                if (physical > 7)
                    reader.fail("physical type " + std::to_string(physical) + " is unknown");
                element.type = static_cast<Physical>(physical);
                return true;
            }
            case 2:
                element.type_length = reader.small(field, "the length of a type");
                return true;
            case 3: {
                const int repetition = reader.small(field, "a repetition");
                if (repetition > 2)
                    reader.fail("repetition " + std::to_string(repetition) + " is unknown");
                element.repetition = static_cast<Repetition>(repetition);
                return true;
            }
            case 4:
                element.name = reader.text(field);
                return true;
            case 5:
                element.children = reader.size(field, std::numeric_limits<std::int32_t>::max(),
                                               "a number of children");
                return true;
            case 6:
                converted = converted_meaning(reader.small(field, "an annotation"));
                return true;
            case 7:
                element.scale = reader.small(field, "the scale of a decimal");
                return true;
            case 10:
                read_logical_type(reader, field, element);
                return true;
            default:
                return false;
        }
    });
    if (element.meaning == Meaning::none) element.meaning = converted;
    if (element.type && element.children > 0)
        reader.fail("column " + element.name + " has both a type and children");
    return element;
}

ColumnChunk read_chunk(ThriftReader& reader, int type) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    ColumnChunk chunk;
    chunk.offset = reader.position();
    reader.structure(type, [&](std::int64_t id, int field) {
        if (id == 1) {
            chunk.is_elsewhere = !reader.text(field).empty();
            return true;
        }
        if (id == 8 || id == 9) chunk.is_encrypted = true;
        if (id != 3) return false;
        chunk.has_metadata = true;
        reader.structure(field, [&](std::int64_t part, int part_type) {
            switch (part) {
                case 1:
                    chunk.type = reader.small(part_type, "a physical type");
                    return true;
                case 4:
                    chunk.codec = reader.small(part_type, "a codec");
                    return true;
                case 5:
                    chunk.values = static_cast<std::int64_t>(
                        reader.size(part_type, most, "a number of values"));
                    return true;
                case 9:
                    chunk.data_offset =
                        static_cast<std::int64_t>(reader.size(part_type, most, "a page's place"));
                    return true;
                case 11:
                    chunk.dictionary_offset = reader.integer(part_type);
                    return true;
                default:
                    return false;
            }
        });
        return true;
    });
    return chunk;
}

}  // namespace

std::string codec_name(int codec) {
    constexpr std::array<std::string_view, 8> names{"UNCOMPRESSED", "SNAPPY", "GZIP", "LZO",
                                                    "BROTLI",       "LZ4",    "ZSTD", "LZ4_RAW"};
    if (codec >= 0 && static_cast<std::size_t>(codec) < names.size())
        return std::string(names[static_cast<std::size_t>(codec)]);
    return "UNKNOWN(" + std::to_string(codec) + ")";
}

std::string encoding_name(int encoding) {
    constexpr std::array<std::string_view, 10> names{"PLAIN",
                                                     "",
                                                     "PLAIN_DICTIONARY",
                                                     "RLE",
                                                     "BIT_PACKED",
                                                     "DELTA_BINARY_PACKED",
                                                     "DELTA_LENGTH_BYTE_ARRAY",
                                                     "DELTA_BYTE_ARRAY",
                                                     "RLE_DICTIONARY",
                                                     "BYTE_STREAM_SPLIT"};
    if (encoding >= 0 && static_cast<std::size_t>(encoding) < names.size() && encoding != 1)
        return std::string(names[static_cast<std::size_t>(encoding)]);
    return "UNKNOWN(" + std::to_string(encoding) + ")";
}

std::string_view physical_name(Physical type) {
    constexpr std::array<std::string_view, 8> names{
        "BOOLEAN", "INT32",  "INT64",      "INT96",
        "FLOAT",   "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"};
    return names[static_cast<std::size_t>(type)];
}

std::string_view meaning_name(Meaning meaning) {
    constexpr std::array<std::string_view, 20> names{"",
                                                     "UTF8",
                                                     "MAP",
                                                     "LIST",
                                                     "DECIMAL",
                                                     "DATE",
                                                     "TIME_MILLIS",
                                                     "TIME_MICROS",
                                                     "TIME_NANOS",
                                                     "TIMESTAMP_MILLIS",
                                                     "TIMESTAMP_MICROS",
                                                     "TIMESTAMP_NANOS",
                                                     "UNSIGNED",
                                                     "SIGNED",
                                                     "JSON",
                                                     "BSON",
                                                     "ENUM",
                                                     "UUID",
                                                     "FLOAT16",
                                                     "INTERVAL"};
    return names[static_cast<std::size_t>(meaning)];
}

void Allowance::charge(std::size_t count, std::size_t size, std::size_t offset,
                       std::string_view what) {
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > left_)
        source_.fail(offset, "unpacked, " + std::string(what) + " (" + std::to_string(count) +
                                 " x " + std::to_string(size) +
                                 " bytes) would be larger than a file of " +
                                 std::to_string(source_.bytes.size()) + " bytes can justify");
    left_ -= bytes;
}

Footer read_footer(const Source& source, Allowance& allowance) {
    const std::size_t size = source.bytes.size();
    if (size < 12 || as_text(source.bytes.first(4)) != "PAR1") {
        if (size >= 4 && as_text(source.bytes.first(4)) == "PARE")
            source.fail(0, "encrypted Parquet files are not read");
        source.fail(0, "not a Parquet file");
    }
    const auto end_mark = as_text(source.bytes.last(4));
    if (end_mark == "PARE") source.fail(size - 4, "encrypted Parquet files are not read");
    if (end_mark != "PAR1") source.fail(size - 4, "no PAR1 at the end (is the file cut short?)");
    const std::size_t length = load<std::uint32_t>(source.bytes.data() + size - 8);
    if (length > size - 12)
        source.fail(size - 8,
                    "a footer of " + std::to_string(length) + " bytes is longer than the file");

    Footer footer;
    footer.begin = size - 8 - length;
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    ThriftReader reader(source, footer.begin, size - 8);
    reader.structure(type_struct, [&](std::int64_t id, int field) {
        switch (id) {
            case 2:
                reader.list(field, [&](int type) {
                    allowance.charge(2, sizeof(SchemaElement), reader.position(), "the schema");
                    footer.schema.push_back(read_schema_element(reader, type));
                });
                return true;
            case 3:
                footer.rows =
                    static_cast<std::int64_t>(reader.size(field, most, "the number of rows"));
                return true;
            case 4:
                reader.list(field, [&](int type) {
                    RowGroup group;
                    group.offset = reader.position();
                    allowance.charge(2, sizeof(RowGroup), reader.position(), "the row groups");
                    reader.structure(type, [&](std::int64_t part, int part_type) {
                        if (part == 1) {
                            reader.list(part_type, [&](int chunk_type) {
                                allowance.charge(2, sizeof(ColumnChunk), reader.position(),
                                                 "the column chunks");
                                group.chunks.push_back(read_chunk(reader, chunk_type));
                            });
                            return true;
                        }
                        if (part != 3) return false;
                        group.rows = static_cast<std::int64_t>(
                            reader.size(part_type, most, "the rows of a row group"));
                        return true;
                    });
                    footer.groups.push_back(std::move(group));
                });
                return true;
            case 5:
                reader.list(field, [&](int type) {
                    std::string key;
                    std::string value;
                    reader.structure(type, [&](std::int64_t part, int part_type) {
                        if ((part != 1 && part != 2) || part_type != type_binary) return false;
                        (part == 1 ? key : value) = reader.text(part_type);
                        return true;
                    });
                    footer.metadata[key] = std::move(value);
                });
                return true;
            case 6:
                footer.created_by = reader.text(field);
                return true;
            case 8:
                reader.fail("encrypted Parquet files are not read");
            default:
                return false;
        }
    });
    return footer;
}

PageHeader read_page_header(const Source& source, std::size_t offset, std::size_t limit) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    PageHeader page;
    page.begin = offset;
    int type_number = -1;
    int seen = 0;  // which of the three page descriptions there were, as bits
    ThriftReader reader(source, offset, limit);
    const auto number = [&](int type, std::string_view what) {
        return reader.size(type, most, what);
    };
    reader.structure(type_struct, [&](std::int64_t id, int field) {
        switch (id) {
            case 1:
                type_number = reader.small(field, "the type of a page");
                return true;
            case 2:
                page.raw_size = number(field, "the raw size of a page");
                return true;
            case 3:
                page.stored_size = number(field, "the stored size of a page");
                return true;
            case 4:
                page.checksum = static_cast<std::uint32_t>(reader.integer(field));
                return true;
            case 5:
                seen |= 1;
                reader.structure(field, [&](std::int64_t part, int type) {
                    switch (part) {
                        case 1:
                            page.values = number(type, "the number of values of a page");
                            return true;
                        case 2:
                            page.encoding = reader.small(type, "an encoding");
                            return true;
                        case 3:
                            page.definition_encoding = reader.small(type, "an encoding");
                            return true;
                        case 4:
                            page.repetition_encoding = reader.small(type, "an encoding");
                            return true;
                        default:
                            return false;
                    }
                });
                return true;
            case 7:
                seen |= 2;
                reader.structure(field, [&](std::int64_t part, int type) {
                    switch (part) {
                        case 1:
                            page.values = number(type, "the number of values of a page");
                            return true;
                        case 2:
                            page.encoding = reader.small(type, "an encoding");
                            return true;
                        default:
                            return false;
                    }
                });
                return true;
            case 8:
                seen |= 4;
                reader.structure(field, [&](std::int64_t part, int type) {
                    switch (part) {
                        case 1:
                            page.values = number(type, "the number of values of a page");
                            return true;
                        case 4:
                            page.encoding = reader.small(type, "an encoding");
                            return true;
                        case 5:
                            page.definition_size = number(type, "the size of the levels");
                            return true;
                        case 6:
                            page.repetition_size = number(type, "the size of the levels");
                            return true;
                        case 7:
                            page.is_compressed = reader.boolean(type);
                            return true;
                        default:
                            return false;
                    }
                });
                return true;
            default:
                return false;
        }
    });
    if (type_number < 0 || type_number > 3)
        source.fail(offset, "page type " + std::to_string(type_number) + " is unknown");
    page.type = static_cast<PageType>(type_number);
    const int expected = page.type == PageType::data         ? 1
                         : page.type == PageType::dictionary ? 2
                         : page.type == PageType::data_v2    ? 4
                                                             : seen;
    if (seen != expected) source.fail(offset, "a page's header does not describe its type of page");
    page.body = reader.position();
    if (page.stored_size > limit - page.body)
        source.fail(offset, "a page of " + std::to_string(page.stored_size) +
                                " bytes would reach behind the last page");
    return page;
}

}  // namespace tb::formats::parquet
