#include "ingest/formats/parquet.hpp"

#include "tests/ingest/formats/format_checks.hpp"

#include <cmath>
#include <functional>

namespace tb::formats {
namespace {

using Texts = std::vector<std::string>;
using Integers = std::vector<std::int64_t>;
using Lists = std::vector<std::vector<double>>;

Column column(std::string name, decltype(Column::values) values, std::vector<bool> missing = {},
              std::string stored = {}) {
    Column result;
    result.name = std::move(name);
    result.values = std::move(values);
    result.missing = std::move(missing);
    result.stored_type = std::move(stored);
    return result;
}

ParquetTable parse(const std::string& file, const std::vector<std::string>& columns = {}) {
    return parse_parquet(as_bytes(file), "x.pqt", columns);
}

/// A table with every kind of column, nulls in odd places, runs and noise.
Table everything(std::size_t rows) {
    std::vector<double> reals;
    Integers integers;
    Integers days;
    std::vector<bool> flags;
    Texts texts;
    Lists lists;
    std::vector<bool> missing;
    std::vector<bool> all(rows, true);
    for (std::size_t i = 0; i < rows; ++i) {
        reals.push_back(i % 7 == 3 || (i > 40 && i < 90) ? NAN : static_cast<double>(i) * 0.37 - 5);
        integers.push_back(i < 100 ? 7 : static_cast<std::int64_t>(i * i) - 1'000'000);
        days.push_back(static_cast<std::int64_t>(i % 11) - 3);
        flags.push_back(i % 3 == 0);
        texts.push_back(i % 5 == 0 ? "" : "mouse_" + std::to_string(i % 23));
        lists.emplace_back(i % 4, i % 9 == 0 ? NAN : static_cast<double>(i));
        missing.push_back(i % 13 == 12);
    }
    for (std::size_t i = 0; i < rows; ++i) {
        if (!missing[i]) continue;
        integers[i] = 0;
        flags[i] = false;
        texts[i].clear();
        lists[i].clear();
    }
    Table table;
    table.rows = rows;
    table.columns = {column("real", reals),
                     column("integer", integers, missing),
                     column("day", days, {}, "INT32 DATE"),
                     column("flag", flags, missing),
                     column("text", texts, missing),
                     column("list", lists, missing),
                     column("nothing", Texts(rows), all)};
    return table;
}

void expect_equal(const Table& got, const Table& want) {
    ASSERT_EQ(got.rows, want.rows);
    ASSERT_EQ(got.columns.size(), want.columns.size());
    const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
    for (std::size_t c = 0; c < want.columns.size(); ++c) {
        const Column& a = got.columns[c];
        const Column& b = want.columns[c];
        SCOPED_TRACE(b.name);
        EXPECT_EQ(a.name, b.name);
        ASSERT_EQ(a.values.index(), b.values.index());
        ASSERT_EQ(a.size(), want.rows);
        for (std::size_t row = 0; row < want.rows; ++row)
            ASSERT_EQ(a.is_missing(row), b.is_missing(row)) << row;
        if (const auto* reals = std::get_if<std::vector<double>>(&b.values)) {
            for (std::size_t row = 0; row < want.rows; ++row)
                ASSERT_TRUE(same(std::get<std::vector<double>>(a.values)[row], (*reals)[row]))
                    << row;
        } else if (const auto* lists = std::get_if<Lists>(&b.values)) {
            const auto& mine = std::get<Lists>(a.values);
            for (std::size_t row = 0; row < want.rows; ++row) {
                ASSERT_EQ(mine[row].size(), (*lists)[row].size()) << row;
                for (std::size_t i = 0; i < mine[row].size(); ++i)
                    ASSERT_TRUE(same(mine[row][i], (*lists)[row][i])) << row;
            }
        } else {
            EXPECT_EQ(a.values, b.values);
        }
    }
}

TEST(Parquet, ReadsWhatItWritesInEveryWay) {
    for (const std::size_t rows : {0U, 1U, 8U, 1000U}) {
        const Table table = everything(rows);
        for (const char* codec : {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"}) {
            for (const bool dictionary : {false, true}) {
                for (const bool page_v2 : {false, true}) {
                    for (const std::size_t split : {0U, 77U}) {
                        ParquetOptions options;
                        options.codec = codec;
                        options.dictionary = dictionary;
                        options.data_page_v2 = page_v2;
                        options.checksums = split == 0;
                        options.rows_per_group = split * 4;
                        if (split > 0) options.rows_per_page = split;
                        SCOPED_TRACE(std::to_string(rows) + " " + codec + " dictionary " +
                                     std::to_string(dictionary) + " v2 " + std::to_string(page_v2) +
                                     " split " + std::to_string(split));
                        const ParquetTable back = parse(parquet_bytes(table, options));
                        expect_equal(back.table, table);
                        EXPECT_EQ(back.codecs[0], rows == 0 ? "UNCOMPRESSED" : codec);
                    }
                }
            }
        }
    }
}

TEST(Parquet, TellsWhatTheFileSays) {
    ParquetOptions options;
    options.metadata = {{"one_metadata", "{\"a\": 1}"}, {"empty", ""}};
    const ParquetTable back = parse(parquet_bytes(everything(3), options), {"day", "list", "real"});
    EXPECT_EQ(back.created_by, "trialbase");
    EXPECT_EQ(back.metadata, options.metadata);
    ASSERT_EQ(back.table.columns.size(), 3U);  // in the file's order
    EXPECT_EQ(back.table.columns[0].name, "real");
    EXPECT_EQ(back.table.columns[1].stored_type, "INT32 DATE");
    EXPECT_EQ(back.table.columns[2].stored_type, "DOUBLE LIST");
    EXPECT_EQ(back.physical_types, (Texts{"DOUBLE", "INT32", "DOUBLE"}));
    EXPECT_EQ(back.codecs, (Texts{"ZSTD", "ZSTD", "ZSTD"}));
    EXPECT_NE(data_error_of([] {
                  (void)parse(parquet_bytes(everything(3)), {"absent"});
              }).find("no column absent"),
              std::string::npos);
}

TEST(Parquet, RefusesToWriteWhatDoesNotFit) {
    Table uneven = everything(3);
    uneven.rows = 4;
    EXPECT_THROW((void)parquet_bytes(uneven), Error);
    ParquetOptions brotli;
    brotli.codec = "BROTLI";
    EXPECT_THROW((void)parquet_bytes(everything(3), brotli), Error);
    Table large;
    large.rows = 1;
    large.columns = {column("x", Integers{std::int64_t{1} << 31U}, {}, "INT32")};
    EXPECT_NE(data_error_of([&] { (void)parquet_bytes(large); }).find("does not fit an INT32"),
              std::string::npos);
}

TEST(Parquet, RefusesAPageWhoseChecksumDoesNotFit) {
    ParquetOptions options;
    options.codec = "UNCOMPRESSED";
    Table table;
    table.rows = 2;
    table.columns = {column("x", Texts{"hello", "world"})};
    std::string file = parquet_bytes(table, options);
    file[file.find("world")] = 'W';
    EXPECT_NE(data_error_of([&] { (void)parse(file); }).find("checksum"), std::string::npos);
    options.checksums = false;
    file = parquet_bytes(table, options);
    file[file.find("world")] = 'W';
    EXPECT_EQ(std::get<Texts>(parse(file).table.columns[0].values)[1], "World");
}

// ---- files made by hand, from the format's description and not from our writer ----

/// Compact-protocol structures, written out: f(id, ...) fields with explicit ids.
struct Thrift {
    std::string out;
    int last = 0;
    static void varint(std::string& to, std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U) to.push_back(static_cast<char>(value | 0x80U));
        to.push_back(static_cast<char>(value));
    }
    void head(int id, int type) {
        out.push_back(static_cast<char>((id - last) << 4 | type));
        last = id;
    }
    static std::uint64_t zigzag(std::int64_t value) {
        return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
    }
    Thrift& i(int id, std::int64_t value) {
        head(id, 6);
        varint(out, zigzag(value));
        return *this;
    }
    Thrift& s(int id, const std::string& value) {
        head(id, 8);
        varint(out, value.size());
        out += value;
        return *this;
    }
    Thrift& sub(int id, const Thrift& inner) {
        head(id, 12);
        out += inner.out + '\0';
        return *this;
    }
    Thrift& list(int id, const std::vector<Thrift>& all) {
        head(id, 9);
        out.push_back(static_cast<char>(0xFC));
        varint(out, all.size());
        for (const Thrift& one : all) out += one.out + '\0';
        return *this;
    }
};

struct HandMade {
    std::int64_t rows = 1;
    std::int64_t chunk_values = 1;
    std::int64_t page_values = 1;
    std::int64_t type = 1;  // INT32
    std::int64_t repetition = 0;
    std::int64_t type_length = 0;
    std::int64_t converted = -1;
    std::int64_t scale = 0;
    std::int64_t encoding = 0;
    std::int64_t codec = 0;
    std::int64_t raw_size = -1;
    std::int64_t stored_size = -1;
    std::int64_t data_offset = 4;
    std::int64_t dictionary_values = -1;
    std::string dictionary;
    std::string body;
    std::vector<Thrift> schema_tail;  // more schema elements
    std::int64_t children = 1;

    [[nodiscard]] std::string file() const {
        std::string out = "PAR1";
        if (dictionary_values >= 0) {
            Thrift page;
            page.i(1, 2)
                .i(2, static_cast<std::int64_t>(dictionary.size()))
                .i(3, static_cast<std::int64_t>(dictionary.size()));
            page.sub(7, Thrift().i(1, dictionary_values).i(2, 0));
            out += page.out + '\0' + dictionary;
        }
        Thrift page;
        const auto size = static_cast<std::int64_t>(body.size());
        page.i(1, 0)
            .i(2, raw_size == -1 ? size : raw_size)
            .i(3, stored_size == -1 ? size : stored_size);
        page.sub(5, Thrift().i(1, page_values).i(2, encoding).i(3, 3).i(4, 3));
        out += page.out + '\0' + body;
        const std::size_t begin = out.size();
        Thrift element;
        element.i(1, type);
        if (type_length != 0) element.i(2, type_length);
        element.i(3, repetition).s(4, "x");
        if (converted >= 0) element.i(6, converted).i(7, scale);
        std::vector<Thrift> schema{Thrift().s(4, "root").i(5, children), element};
        schema.insert(schema.end(), schema_tail.begin(), schema_tail.end());
        Thrift chunk;
        chunk.sub(3, Thrift().i(1, type).i(4, codec).i(5, chunk_values).i(9, data_offset));
        Thrift footer;
        footer.i(1, 1).list(2, schema).i(3, rows).list(4, {Thrift().list(1, {chunk}).i(3, rows)});
        out += footer.out + '\0';
        const auto length = static_cast<std::uint32_t>(out.size() - begin);
        for (unsigned shift = 0; shift < 32; shift += 8)
            out.push_back(static_cast<char>((length >> shift) & 0xFFU));
        return out + "PAR1";
    }
    HandMade with(const std::function<void(HandMade&)>& change) const {
        HandMade changed = *this;
        change(changed);
        return changed;
    }
};

std::string raw(std::initializer_list<unsigned> bytes) {
    std::string text;
    for (const unsigned byte : bytes) text.push_back(static_cast<char>(byte));
    return text;
}

HandMade one_integer() {
    HandMade made;
    made.body = raw({5, 0, 0, 0});
    return made;
}

HandMade values(std::int64_t count, std::int64_t type, std::int64_t encoding, std::string body) {
    HandMade made;
    made.rows = made.chunk_values = made.page_values = count;
    made.type = type;
    made.encoding = encoding;
    made.body = std::move(body);
    return made;
}

TEST(ParquetByHand, GivesTheValuesThatTheFormatDefines) {
    EXPECT_EQ(parse(one_integer().file()).table.columns[0].as_doubles(), std::vector<double>{5});
    // Encodings.md, "Delta Encoding", example 2: 7 5 3 1 2 3 4 5, min delta -2, widths 2. Block
    // 128, 4 miniblocks.
    const std::string deltas =
        raw({0x80, 0x01, 4, 8, 14, 3, 2, 0, 0, 0, 0xC0, 0x3F, 0, 0, 0, 0, 0, 0});
    EXPECT_EQ(std::get<Integers>(parse(values(8, 2, 5, deltas).file()).table.columns[0].values),
              (Integers{7, 5, 3, 1, 2, 3, 4, 5}));
    // "Run Length Encoding / Bit-Packing Hybrid": 0..7 at width 3 are 0x88 0xC6 0xFA; then a run
    // of 3.
    HandMade coded = values(11, 1, 8, raw({3, 3, 0x88, 0xC6, 0xFA, 6, 2}));
    coded.dictionary_values = 8;
    for (unsigned i = 0; i < 8; ++i) coded.dictionary += raw({10 + i, 0, 0, 0});
    EXPECT_EQ(std::get<Integers>(parse(coded.file()).table.columns[0].values),
              (Integers{10, 11, 12, 13, 14, 15, 16, 17, 12, 12, 12}));
    // DELTA_LENGTH_BYTE_ARRAY of "Hello" "World" "Foobar" "ABCDEF": lengths 5 5 6 6 (first value 5,
    // deltas 0 1 0).
    const std::string lengths = raw({0x80, 0x01, 4, 4, 10, 0, 1, 0, 0, 0, 0x02, 0, 0, 0});
    EXPECT_EQ(std::get<Texts>(parse(values(4, 6, 6, lengths + "HelloWorldFoobarABCDEF").file())
                                  .table.columns[0]
                                  .values),
              (Texts{"Hello", "World", "Foobar", "ABCDEF"}));
    // DELTA_BYTE_ARRAY of "axis" "axle" "babble" "babyhood" (Encodings.md): prefixes 0 2 0 3, new
    // parts of 4 2 6 5 bytes. The last part of a block is filled up to 32 values: 12 bytes at
    // width 3.
    const std::string zeros(10, '\0');
    const std::string prefixes = raw({0x80, 0x01, 4, 4, 0, 3, 3, 0, 0, 0, 0x44, 0x01}) + zeros;
    const std::string suffixes = raw({0x80, 0x01, 4, 4, 8, 3, 3, 0, 0, 0, 0x70, 0x00}) + zeros;
    EXPECT_EQ(
        std::get<Texts>(parse(values(4, 6, 7, prefixes + suffixes + "axislebabbleyhood").file())
                            .table.columns[0]
                            .values),
        (Texts{"axis", "axle", "babble", "babyhood"}));
    // BYTE_STREAM_SPLIT, the example of Encodings.md: AA BB CC DD, 00 11 22 33, A3 B4 C5 D6 as
    // floats.
    const auto split = std::get<std::vector<double>>(
        parse(values(3, 4, 9,
                     raw({0xAA, 0x00, 0xA3, 0xBB, 0x11, 0xB4, 0xCC, 0x22, 0xC5, 0xDD, 0x33, 0xD6}))
                  .file())
            .table.columns[0]
            .values);
    const std::string second = raw({0x00, 0x11, 0x22, 0x33});
    EXPECT_EQ(split[1], static_cast<double>(load<float>(as_bytes(second).data())));
    // Booleans as runs: length 2, run of 10 ones.
    EXPECT_EQ(std::get<std::vector<bool>>(
                  parse(values(10, 0, 3, raw({2, 0, 0, 0, 20, 1})).file()).table.columns[0].values),
              std::vector<bool>(10, true));
    // Decimals: INT32 1234 of scale 2; three bytes FF FF 9C are -100.
    HandMade decimal = one_integer();
    decimal.converted = 5;
    decimal.scale = 2;
    decimal.body = raw({0xD2, 0x04, 0, 0});
    EXPECT_EQ(parse(decimal.file()).table.columns[0].as_doubles(), std::vector<double>{12.34});
    decimal.type = 7;
    decimal.type_length = 3;
    decimal.body = raw({0xFF, 0xFF, 0x9C});
    EXPECT_EQ(parse(decimal.file()).table.columns[0].as_doubles(), std::vector<double>{-1.0});
    // INT96: 1 s of the day 1970-01-02 (Julian day 2440589 = 0x253D8D).
    EXPECT_EQ(
        std::get<Integers>(
            parse(values(1, 3, 0, raw({0x00, 0xCA, 0x9A, 0x3B, 0, 0, 0, 0, 0x8D, 0x3D, 0x25, 0}))
                      .file())
                .table.columns[0]
                .values),
        Integers{86'401'000'000});
    // UINT_32 and UINT_64.
    HandMade wide = one_integer();
    wide.converted = 13;
    wide.body = raw({0xFF, 0xFF, 0xFF, 0xFF});
    EXPECT_EQ(std::get<Integers>(parse(wide.file()).table.columns[0].values), Integers{4294967295});
    wide.type = 2;
    wide.converted = 14;
    wide.body += raw({0xFF, 0xFF, 0xFF, 0xFF});
    EXPECT_NE(data_error_of([&] { (void)parse(wide.file()); }).find("18446744073709551615"),
              std::string::npos);
}

// 1,000 doubles, 0.5 in every seventh row and 2 in the others, as Node.js's zlib packs them.
TEST(ParquetByHand, UnpacksBrotli) {
    HandMade made;
    made.type = 5;
    made.rows = made.chunk_values = made.page_values = 1000;
    made.codec = 4;
    made.raw_size = 8000;
    made.body = raw({0x1B, 0x3F, 0x1F, 0xF8, 0xA7, 0x01, 0x7E, 0x80, 0xC0, 0x97, 0x53, 0x87,
                     0x95, 0x03, 0x47, 0x50, 0x80, 0x07, 0x98, 0xC2, 0x16, 0x00, 0x01});
    const auto file = made.file();
    const auto table = parse_parquet(std::as_bytes(std::span(file)), "x.pqt").table;
    const auto values = table.columns.at(0).as_doubles();
    ASSERT_EQ(values.size(), 1000U);
    for (std::size_t row = 0; row < values.size(); ++row)
        ASSERT_EQ(values[row], row % 7 == 0 ? 0.5 : 2.0) << row;
}

TEST(ParquetByHand, RefusesLies) {
    const HandMade good = one_integer();
    const auto lie = [&](const std::function<void(HandMade&)>& change) {
        return good.with(change).file();
    };
    std::string footer_too_long = good.file();
    footer_too_long[footer_too_long.size() - 6] = '\x7F';
    std::string no_end = good.file();
    no_end.back() = '2';
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "\x1C";  // a structure in a structure in ...
    std::string nested = "PAR1" + deep;
    for (const unsigned byte : {100U, 0U, 0U, 0U}) nested.push_back(static_cast<char>(byte));
    nested += "PAR1";
    const std::string all_null = raw({9, 0, 0, 0, 0x80, 0xA8, 0xD6, 0xB9, 0x07, 0, 0, 0, 0});
    const HandMade sparse = good.with([&](HandMade& made) {
        // 10^9 nulls in a dozen bytes: legal by the format, but no table of ours.
        made.rows = made.chunk_values = made.page_values = 1'000'000'000;
        made.repetition = 1;
        made.body = all_null;
    });
    const struct {
        std::string file;
        const char* why;
    } cases[] = {
        {"", "not a Parquet file"},
        {"PAR1PAR1", "not a Parquet file"},
        {"PARE12345678PARE", "encrypted"},
        {no_end, "no PAR1 at the end"},
        {footer_too_long, "longer than the file"},
        {nested, "structure"},
        {lie([](HandMade& made) { made.rows = 2; }), "has 1 values in 2 rows"},
        {lie([](HandMade& made) { made.rows = -1; }), "rows is -1"},
        {lie([](HandMade& made) { made.page_values = 2; }), "more values than it claims"},
        {lie([](HandMade& made) { made.rows = made.chunk_values = made.page_values = 2; }),
         "end too early"},
        {lie([](HandMade& made) { made.page_values = 0; }), ""},
        {lie([](HandMade& made) { made.rows = made.chunk_values = 1'000'000'000'000; }),
         "can justify"},
        {sparse.file(), "can justify"},
        {lie([](HandMade& made) { made.stored_size = 1'000'000; }), "reach behind"},
        {lie([](HandMade& made) { made.stored_size = -5; }), ""},
        {lie([](HandMade& made) { made.raw_size = 1'000'000; }), "two sizes"},
        {lie([](HandMade& made) {
             made.codec = 1;
             made.raw_size = 2'000'000'000;
         }),
         "cannot unpack"},
        {lie([](HandMade& made) {
             made.codec = 2;
             made.raw_size = 2'000'000'000;
         }),
         "cannot unpack"},
        {lie([](HandMade& made) {
             made.codec = 6;
             made.raw_size = 2'000'000'000;
         }),
         "cannot unpack"},
        {lie([](HandMade& made) { made.codec = 1; }), "snappy page is damaged"},
        {lie([](HandMade& made) { made.codec = 2; }), "gzip page is damaged"},
        {lie([](HandMade& made) { made.codec = 6; }), "zstd page is damaged"},
        {lie([](HandMade& made) { made.codec = 4; }), "brotli page is damaged"},
        {lie([](HandMade& made) {
             made.codec = 4;
             made.raw_size = 2'000'000'000;
         }),
         "can justify"},
        {lie([](HandMade& made) { made.codec = 7; }), "LZ4 page is damaged"},
        {lie([](HandMade& made) {
             made.codec = 7;
             made.raw_size = 2'000'000'000;
         }),
         "cannot unpack"},
        {lie([](HandMade& made) { made.codec = 5; }), "codec LZ4 is not supported"},
        {lie([](HandMade& made) { made.codec = 99; }), "codec UNKNOWN(99) is not supported"},
        {lie([](HandMade& made) { made.data_offset = 1'000'000; }), "would begin at byte 1000000"},
        {lie([](HandMade& made) { made.data_offset = 0; }), "would begin at byte 0"},
        {lie([](HandMade& made) {
             made.encoding = 8;
             made.body = raw({0, 2});
         }),
         "without a dictionary"},
        {lie([](HandMade& made) { made.encoding = 4; }), "encoding BIT_PACKED"},
        {lie([](HandMade& made) { made.encoding = 6; }), "encoding DELTA_LENGTH_BYTE_ARRAY"},
        {lie([](HandMade& made) { made.type = 9; }), "physical type 9"},
        {lie([](HandMade& made) { made.repetition = 3; }), "repetition 3"},
        {lie([](HandMade& made) { made.children = 2; }), "ends before its groups"},
        {lie([](HandMade& made) { made.children = 0; }), "more than one tree"},
        {lie([](HandMade& made) { made.type = 7; }), "no length"},
        {values(1, 6, 0, raw({0xFF, 0xFF, 0xFF, 0xFF})).file(), "end too early"},
        {values(1, 6, 0, raw({2, 0, 0, 0, 'a'})).file(), "end too early"},
        {values(2, 2, 5, raw({0x80, 0x01, 0, 2, 0})).file(), "delta blocks"},
        {values(2, 2, 5, raw({0x80, 0x01, 4, 3, 0})).file(), "delta coding of 3 values"},
        {values(2, 2, 5, raw({0x80, 0x01, 4, 2, 0, 0, 65, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1}))
             .file(),
         "65 bits"},
        {values(2, 2, 5, raw({0x80, 0x01, 4, 2, 0, 0, 64, 0, 0, 0, 1, 1, 1})).file(),
         "end too early"},
        {values(1, 6, 6, raw({0x80, 0x01, 4, 1, 20}) + "abc").file(), "longer than its page"},
        {values(1, 6, 6, raw({0x80, 0x01, 4, 1, 1}) + "abc").file(), "longer than its page"},
        {values(1, 6, 7, raw({0x80, 0x01, 4, 1, 4, 0x80, 0x01, 4, 1, 2}) + "a").file(),
         "does not fit"},
        {good.with([](HandMade& made) {
                 made.encoding = 8;
                 made.dictionary_values = 1;
                 made.dictionary = raw({1, 0, 0, 0});
                 made.body = raw({1, 2, 1});
             })
             .file(),
         "dictionary index 1 of 1"},
        {good.with([](HandMade& made) {
                 made.encoding = 8;
                 made.dictionary_values = 1'000'000'000;
                 made.dictionary = raw({1, 0, 0, 0});
             })
             .file(),
         "can justify"},
        {good.with([](HandMade& made) {
                 made.encoding = 8;
                 made.dictionary_values = 1;
                 made.dictionary = raw({1, 0, 0, 0});
                 made.body = raw({33, 2, 1});
             })
             .file(),
         "33 bits"},
        {good.with([](HandMade& made) {
                 made.repetition = 1;
                 made.body = raw({2, 0, 0, 0, 2, 3}) + made.body;
             })
             .file(),
         "a level is 3"},
        {good.with([](HandMade& made) {
                 made.repetition = 1;
                 made.body = raw({200, 0, 0, 0, 2, 1});
             })
             .file(),
         "levels end too early"},
        {values(1, 3, 0, raw({0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F})).file(),
         "outside the range"},
    };
    std::size_t number = 0;
    for (const auto& one : cases) {
        SCOPED_TRACE("case " + std::to_string(number++) + " " + one.why);
        const std::string message = data_error_of([&] { (void)parse(one.file); });
        EXPECT_NE(message.find(one.why), std::string::npos)
            << message << " lacks '" << one.why << "'";
        EXPECT_EQ(message.find("x.pqt: at byte "), 0U) << message;
    }
}

TEST(ParquetByHand, TextThatADictionaryMultipliesIsBounded) {
    // One text of 60 000 bytes, named a million times by one run: 60 GB from 60 kB.
    HandMade made = values(1'000'000, 6, 8, raw({1, 0x80, 0x89, 0x7A, 0}));
    made.dictionary_values = 1;
    made.dictionary = raw({0x60, 0xEA, 0, 0}) + std::string(60'000, 'x');
    EXPECT_NE(data_error_of([&] { (void)parse(made.file()); }).find("can justify"),
              std::string::npos);
    made.rows = made.chunk_values = made.page_values = 100;
    EXPECT_EQ(std::get<Texts>(parse(made.file()).table.columns[0].values)[99].size(), 60'000U);
}

TEST(Parquet, SurvivesTorture) {
    for (const char* codec : {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"}) {
        for (const bool modern : {false, true}) {
            SCOPED_TRACE(codec);
            ParquetOptions options;
            options.codec = codec;
            options.dictionary = modern;
            options.data_page_v2 = modern;
            options.checksums = false;
            options.rows_per_page = 7;
            torture(parquet_bytes(everything(15), options), true, 1500,
                    [](std::span<const std::byte> bytes) { (void)parse_parquet(bytes, "x.pqt"); });
        }
    }
}

}  // namespace
}  // namespace tb::formats
