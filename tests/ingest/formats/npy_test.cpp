#include "ingest/formats/npy.hpp"

#include "ingest/formats/regular_file.hpp"
#include "tests/ingest/formats/format_checks.hpp"

#include <cmath>
#include <fstream>
#include <numeric>

namespace tb::formats {
namespace {

using ::testing::Test;

/// A version 1 file by hand: header text as given, then the data.
std::string npy_file(const std::string& header, const std::string& data, int version = 1) {
    std::string file = "\x93NUMPY";
    file.push_back(static_cast<char>(version));
    file.push_back('\0');
    const std::size_t size_bytes = version == 1 ? 2 : 4;
    for (std::size_t i = 0; i < size_bytes; ++i)
        file.push_back(static_cast<char>((header.size() >> (8 * i)) & 0xFFU));
    return file + header + data;
}

std::string header_of(const std::string& type, const std::string& shape, bool fortran = false) {
    return "{'descr': " + type + ", 'fortran_order': " + (fortran ? "True" : "False") +
           ", 'shape': " + shape + ", }\n";
}

NpyArray parse(const std::string& file) {
    return parse_npy(as_bytes(file), "x.npy");
}

std::string bytes_of(std::initializer_list<unsigned> bytes) {
    std::string text;
    for (const unsigned byte : bytes) text.push_back(static_cast<char>(byte));
    return text;
}

TEST(Npy, ReadsWhatItWrites) {
    const std::vector<double> values{1.5, -2.0, 0.25, 1e300, NAN, -0.0};
    const std::string file = npy_bytes(values, {3, 2});
    EXPECT_EQ((file.size() - values.size() * 8) % 64, 0U);
    const NpyArray array = parse(file);
    EXPECT_EQ(array.dtype, "f8");
    EXPECT_EQ(array.shape, (std::vector<std::size_t>{3, 2}));
    EXPECT_EQ(array.rows(), 3U);
    const auto back = array.as_doubles();
    EXPECT_EQ(back[3], 1e300);
    EXPECT_TRUE(std::isnan(back[4]));
    EXPECT_TRUE(std::signbit(back[5]));
    EXPECT_EQ(array.column_as_doubles(0)[1], 0.25);
    EXPECT_EQ(array.column_as_doubles(1)[1], 1e300);

    const std::vector<std::int64_t> integers{-1, std::numeric_limits<std::int64_t>::max()};
    EXPECT_EQ(parse(npy_bytes(integers, {2})).as_integers(), integers);
    const bool booleans[] = {true, false, true};
    const NpyArray flags = parse(npy_bytes_bool(booleans));
    EXPECT_EQ(flags.dtype, "b1");
    EXPECT_EQ(flags.as_integers(), (std::vector<std::int64_t>{1, 0, 1}));
    EXPECT_EQ(parse(npy_bytes(std::vector<double>{7.0}, {})).size(), 1U);
    EXPECT_EQ(parse(npy_bytes(std::vector<double>{}, {0, 4})).size(), 0U);
}

TEST(Npy, HeaderOfWrittenFileIsThatOfNumPy) {
    // From numpy 1.24: np.save of np.array([1.0, 2.0]).
    const std::string file = npy_bytes(std::vector{1.0, 2.0}, {2});
    const std::string text = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }";
    EXPECT_EQ(file.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
    EXPECT_EQ(file.substr(10, text.size()), text);
    EXPECT_EQ(file[127], '\n');
    EXPECT_EQ(file.size(), 128U + 16U);
}

TEST(Npy, ReadsBigEndianNumbers) {
    EXPECT_EQ(
        parse(npy_file(header_of("'>i4'", "(2,)"), bytes_of({0, 0, 1, 2, 0xFF, 0xFF, 0xFF, 0xFE})))
            .as_integers(),
        (std::vector<std::int64_t>{258, -2}));
    EXPECT_EQ(parse(npy_file(header_of("'>f8'", "(1,)"), bytes_of({0x3F, 0xF8, 0, 0, 0, 0, 0, 0})))
                  .as_doubles(),
              (std::vector<double>{1.5}));
    const NpyArray complex =
        parse(npy_file(header_of("'>c8'", "(1,)"), bytes_of({0x3F, 0x80, 0, 0, 0x40, 0, 0, 0})));
    EXPECT_EQ(complex.dtype, "c8");
    EXPECT_EQ(load<float>(complex.data.data()), 1.0F);
    EXPECT_EQ(load<float>(complex.data.data() + 4), 2.0F);
    EXPECT_EQ(parse(npy_file(header_of("'>U2'", "(1,)"), bytes_of({0, 0, 0, 0xE9, 0, 0, 0, 0})))
                  .as_strings()[0],
              "\xC3\xA9");
}

TEST(Npy, ReadsEveryKindOfNumber) {
    struct {
        const char* type;
        std::string data;
        double value;
    } const cases[] = {
        {"'|i1'", bytes_of({0xFE}), -2},
        {"'|u1'", bytes_of({0xFE}), 254},
        {"'<i2'", bytes_of({0xFE, 0xFF}), -2},
        {"'<u2'", bytes_of({0xFE, 0xFF}), 65534},
        {"'<u4'", bytes_of({0xFF, 0xFF, 0xFF, 0xFF}), 4294967295.0},
        {"'<u8'", bytes_of({0, 0, 0, 0, 0, 0, 0, 0x80}), 9223372036854775808.0},
        {"'<f4'", bytes_of({0, 0, 0xC0, 0x3F}), 1.5},
        {"'<f2'", bytes_of({0x00, 0x3E}), 1.5},                     // IEEE 754: 0x3E00
        {"'<f2'", bytes_of({0x01, 0x00}), 5.9604644775390625e-08},  // least subnormal, 2^-24
        {"'<f2'", bytes_of({0xFF, 0x7B}), 65504.0},                 // largest
        {"'>f2'", bytes_of({0xC0, 0x00}), -2.0},
        {"'|b1'", bytes_of({2}), 1.0},
        {"'<M8[ns]'", bytes_of({5, 0, 0, 0, 0, 0, 0, 0}), 5},
        {"'<f16'", bytes_of({0, 0, 0, 0, 0, 0, 0, 0xC0, 0xFF, 0x3F, 0, 0, 0, 0, 0, 0}),
         1.5},  // x87 extended
    };
    for (const auto& one : cases)
        EXPECT_EQ(parse(npy_file(header_of(one.type, "()"), one.data)).as_doubles(),
                  std::vector{one.value})
            << one.type;
    EXPECT_TRUE(
        std::isinf(parse(npy_file(header_of("'<f2'", "()"), bytes_of({0, 0x7C}))).as_doubles()[0]));
    EXPECT_TRUE(
        std::isnan(parse(npy_file(header_of("'<f2'", "()"), bytes_of({1, 0x7C}))).as_doubles()[0]));
    const NpyArray time = parse(npy_file(header_of("'<M8[ns]'", "(1,)"), std::string(8, '\1')));
    EXPECT_EQ(time.dtype, "i8");
    EXPECT_EQ(time.time_unit, "ns");
    EXPECT_EQ(parse(npy_file(header_of("'<f16'", "(1,)"), std::string(16, '\0'))).dtype, "f8");
    EXPECT_NE(
        data_error_of([] {
            (void)parse(npy_file(header_of("'<u8'", "()"), std::string(8, '\xFF'))).as_integers();
        }).find("18446744073709551615"),
        std::string::npos);
    (void)data_error_of([] {
        (void)parse(npy_file(header_of("'<c16'", "()"), std::string(16, '\0'))).as_doubles();
    });
    (void)data_error_of([] {
        (void)parse(npy_file(header_of("'<f8'", "()"), std::string(8, '\0'))).as_integers();
    });
    (void)data_error_of(
        [] { (void)parse(npy_file(header_of("'<f8'", "()"), std::string(8, '\0'))).as_strings(); });
    (void)data_error_of(
        [] { (void)parse(npy_file(header_of("'<f8'", "()"), std::string(8, '\0'))).as_table(); });
    (void)data_error_of([] {
        (void)parse(npy_file(header_of("'<f8'", "(1,)"), std::string(8, '\0')))
            .column_as_doubles(1);
    });
}

TEST(Npy, ReadsText) {
    const auto bytes = parse(npy_file(header_of("'|S3'", "(3,)"), std::string("ab\0abc\0\0\0", 9)));
    EXPECT_EQ(bytes.dtype, "S3");
    EXPECT_EQ(bytes.as_strings(), (std::vector<std::string>{"ab", "abc", ""}));
    std::string letters;
    for (const std::uint32_t code : {0x41U, 0x20ACU, 0x1F42DU, 0U})
        for (unsigned shift = 0; shift < 32; shift += 8)
            letters.push_back(static_cast<char>((code >> shift) & 0xFFU));
    EXPECT_EQ(parse(npy_file(header_of("'<U4'", "(1,)"), letters)).as_strings()[0],
              "A\xE2\x82\xAC\xF0\x9F\x90\xAD");
    (void)data_error_of([] {
        (void)parse(npy_file(header_of("'<U1'", "(1,)"), bytes_of({0, 0, 0x11, 0}))).as_strings();
    });
    (void)data_error_of([] {
        (void)parse(npy_file(header_of("'<U1'", "(1,)"), bytes_of({0, 0xD8, 0, 0}))).as_strings();
    });
}

TEST(Npy, ReadsStructuredArraysAsTables) {
    // Padding without a name, a title, big-endian and text fields.
    const std::string type =
        "[('time', '>f8'), ('', '|V4'), (('the choice', 'choice'), '<i2'), ('name', '|S2'), ('is', "
        "'|b1'), ('u', '<U1')]";
    const std::string row = bytes_of({0x40, 0, 0, 0, 0, 0, 0, 0}) + "pppp" +
                            bytes_of({0xFF, 0xFF}) + "ab" + bytes_of({1}) +
                            bytes_of({0x42, 0, 0, 0});
    const NpyArray array = parse(npy_file(header_of(type, "(2,)"), row + row));
    EXPECT_EQ(array.dtype, "V21");
    EXPECT_EQ(array.field_names, (std::vector<std::string>{"time", "choice", "name", "is", "u"}));
    EXPECT_EQ(array.field_offsets, (std::vector<std::size_t>{0, 12, 14, 16, 17}));
    const Table table = array.as_table();
    EXPECT_EQ(table.rows, 2U);
    EXPECT_EQ(table.find("time")->as_doubles(), (std::vector<double>{2.0, 2.0}));
    EXPECT_EQ(table.find("choice")->as_doubles(), (std::vector<double>{-1.0, -1.0}));
    EXPECT_EQ(std::get<std::vector<std::string>>(table.find("name")->values)[1], "ab");
    EXPECT_EQ(std::get<std::vector<std::string>>(table.find("u")->values)[0], "B");
    EXPECT_TRUE(std::get<std::vector<bool>>(table.find("is")->values)[0]);
    EXPECT_EQ(table.find("nothing"), nullptr);
    const NpyArray nested = parse(npy_file(
        header_of("[('a', '<f4', (2,)), ('b', [('c', '>i2')])]", "(1,)"), std::string(10, '\1')));
    EXPECT_EQ(nested.item_size, 10U);
    EXPECT_NE(data_error_of([&] { (void)nested.as_table(); }).find("field a"), std::string::npos);
}

TEST(Npy, OfNothingHasEmptyColumns) {
    const Table table =
        parse(npy_file(header_of("[('a', '<f4'), ('b', '|S2')]", "(0,)"), "")).as_table();
    EXPECT_EQ(table.rows, 0U);
    EXPECT_EQ(table.columns[1].size(), 0U);
    EXPECT_TRUE(parse(npy_file(header_of("'<f8'", "(0, 2)"), "")).column_as_doubles(1).empty());
}

TEST(Npy, ReadsVersions2And3) {
    EXPECT_EQ(parse(npy_file(header_of("'|u1'", "(1,)"), "\x05", 2)).as_integers()[0], 5);
    const NpyArray utf8 = parse(npy_file(header_of("[('\xC3\xA9', '|u1')]", "(1,)"), "\x05", 3));
    EXPECT_EQ(utf8.field_names[0], "\xC3\xA9");
    const NpyArray latin = parse(npy_file(header_of("[('\xE9', '|u1')]", "(1,)"), "\x05", 1));
    EXPECT_EQ(latin.field_names[0], "\xC3\xA9");
}

TEST(Npy, PutsFortranOrderRight) {
    // Element (i, j, k) of shape (2, 3, 2), stored with i fastest, has the value 100 i + 10 j + k.
    std::string data;
    for (unsigned k = 0; k < 2; ++k)
        for (unsigned j = 0; j < 3; ++j)
            for (unsigned i = 0; i < 2; ++i)
                data.push_back(static_cast<char>(100 * i + 10 * j + k));
    const NpyArray array = parse(npy_file(header_of("'|u1'", "(2, 3, 2)", true), data));
    EXPECT_TRUE(array.fortran_order);
    EXPECT_EQ(array.as_integers(),
              (std::vector<std::int64_t>{0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121}));
}

TEST(Npy, RefusesWhatItShould) {
    const std::string eight(8, '\0');
    const struct {
        std::string file;
        const char* why;
    } cases[] = {
        {"", "not an .npy file"},
        {"\x93NUMPX\x01", "not an .npy file"},
        {npy_file(header_of("'<f8'", "(1,)"), eight, 4), "version 4"},
        {npy_file(header_of("'|O'", "(1,)"), eight), "pickled"},
        {npy_file(header_of("'|O8'", "(1,)"), eight), "pickled"},
        {npy_file(header_of("[('a', '|O')]", "(1,)"), eight), "pickled"},
        {npy_file(header_of("'<f3'", "(1,)"), eight), "not supported"},
        {npy_file(header_of("'<q8'", "(1,)"), eight), "not supported"},
        {npy_file(header_of("'<M8[ns'", "(1,)"), eight), "not supported"},
        {npy_file(header_of("'>f16'", "()"), eight + eight), "long doubles"},
        {npy_file(header_of("'<f8'", "(2,)"), eight), "8 bytes follow"},
        {npy_file(header_of("'<f8'", "(4611686018427387904, 4)"), eight), "too large"},
        {npy_file(header_of("'<f8'", "(2305843009213693952,)"), eight), "bytes follow"},
        {npy_file(header_of("'<f8'", "(99999999999999999999,)"), eight), "too large"},
        {npy_file(header_of("'<f8'", "(-1,)"), eight), "not negative"},
        {npy_file(header_of("'|S0'", "(1000000000000,)"), eight), "bytes follow"},
        {npy_file(header_of("'|S99999999999'", "(1,)"), eight), "too large"},
        {npy_file("{'descr': '<f8', 'shape': (1,), }", eight), "lacks"},
        {npy_file("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", eight),
         "unexpected key"},
        {npy_file("{'descr': '<f8', 'fortran_order': None, 'shape': (1,)}", eight),
         "True or False"},
        {npy_file("{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,)}", eight),
         "quoted"},
        {npy_file(header_of("[]", "(1,)"), eight), "without fields"},
        {npy_file(header_of(std::string(40, '['), "(1,)"), eight), "malformed"},
        {npy_file(header_of("[('a', '<f4', (9999, 9999))]", "(1,)"), eight), "4096"},
        {npy_file(header_of("'<f8'", "(1,)") + "x", eight), "after its end"},
        {npy_file("{'descr': '<f8", ""), "does not end"},
        {std::string("\x93NUMPY\x01\x00\xFF\xFF{", 11), "would end"},
        {std::string("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF{", 13), "would end"},
    };
    for (const auto& one : cases) {
        const std::string message = data_error_of([&] { (void)parse(one.file); });
        EXPECT_NE(message.find(one.why), std::string::npos)
            << message << " lacks '" << one.why << "'";
        EXPECT_EQ(message.find("x.npy: at byte "), 0U) << message;
    }
    std::string deep;
    for (int i = 0; i < 30; ++i) deep += "[('a', ";
    EXPECT_NE(data_error_of([&] {
                  (void)parse(npy_file(header_of(deep, "(1,)"), eight));
              }).find("nested"),
              std::string::npos);
}

TEST(Npy, SurvivesTorture) {
    torture(npy_bytes(std::vector{1.0, 2.0, 3.0, 4.0}, {2, 2}), true, 3000,
            [](std::span<const std::byte> bytes) {
                const NpyArray array = parse_npy(bytes, "x.npy");
                if (array.dtype == "f8") (void)array.as_doubles();
            });
    torture(npy_file(header_of("[('t', '>f8'), ('n', '<U2'), ('k', '>i4')]", "(1, 2)", true),
                     std::string(40, '\0')),
            true, 3000, [](std::span<const std::byte> bytes) {
                const NpyArray array = parse_npy(bytes, "x.npy");
                if (!array.field_names.empty()) (void)array.as_table();
            });
}

class NpyFile : public Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  ("trialbase_npy_" + std::to_string(std::random_device{}()));
        std::filesystem::create_directory(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path write(const std::string& name, const std::string& bytes) const {
        std::ofstream(folder_ / name, std::ios::binary) << bytes;
        return folder_ / name;
    }
    std::filesystem::path folder_;
};

TEST_F(NpyFile, IsReadWholeWhateverItsSize) {
    for (const std::size_t count : {0U, 1U, 490U, 496U, 497U, 100'000U}) {
        std::vector<double> values(count);
        std::iota(values.begin(), values.end(), 0.5);
        EXPECT_EQ(read_npy(write("a.npy", npy_bytes(values, {count}))).as_doubles(), values)
            << count;
    }
    // A header longer than the first piece that is read.
    std::string fields;
    for (int i = 0; i < 400; ++i) fields += "('field_number_" + std::to_string(i) + "', '|u1'), ";
    EXPECT_EQ(read_npy(write("b.npy", npy_file(header_of("[" + fields + "]", "(1,)"),
                                               std::string(400, '\7'))))
                  .as_table()
                  .columns[399]
                  .as_doubles()[0],
              7.0);
}

TEST_F(NpyFile, ThatCannotBeReadIsAnIoError) {
    for (const auto& path : {folder_ / "absent.npy", folder_}) {
        try {
            (void)read_npy(path);
            FAIL() << path;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::io) << error.what();
        }
    }
}

TEST_F(NpyFile, ThatShrinksWhileItIsReadIsAnIoError) {
    const auto path = write("c.npy", npy_bytes(std::vector<double>(1000, 1.0), {1000}));
    RegularFile file(path);  // takes the length
    std::vector<std::byte> bytes(file.size());
    std::filesystem::resize_file(path, 4000);
    try {
        file.read(bytes);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::io);
        EXPECT_NE(std::string(error.what()).find("ended at byte 4000 of 8128"), std::string::npos)
            << error.what();
    }
    // Cut before it was opened, the header promises too much.
    (void)data_error_of([&] { (void)read_npy(path); });
}

TEST(NpyRealFiles, OfNpyioHoldWhatTheirNamesSay) {
    TB_NEED_REAL_DATA(data);
    const std::vector<double> six{0, 1, 2, 3, 4, 5};
    const std::map<std::string, std::string> dtypes{
        {"float32", "f4"}, {"float64", "f8"}, {"int8", "i1"},   {"int16", "i2"},  {"int32", "i4"},
        {"int64", "i8"},   {"uint8", "u1"},   {"uint16", "u2"}, {"uint32", "u4"}, {"uint64", "u8"}};
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(data / "npyio_testdata")) {
        const std::string name = entry.path().filename().string();
        if (entry.path().extension() != ".npy" || !name.starts_with("data_")) continue;
        SCOPED_TRACE(name);
        ++files;
        const std::string type = name.substr(5, name.find('_', 5) - 5);
        const std::string shape =
            name.substr(6 + type.size(), name.find('_', 6 + type.size()) - 6 - type.size());
        const bool fortran = name.find("forder") != std::string::npos;
        const NpyArray array = read_npy(entry.path());
        EXPECT_EQ(array.dtype, dtypes.at(type));
        if (shape == "scalar") {
            EXPECT_TRUE(array.shape.empty());
            EXPECT_EQ(array.as_doubles(), std::vector<double>{42});
        } else if (shape == "1x1") {
            EXPECT_EQ(array.as_doubles(), std::vector<double>{42});
        } else if (shape == "6x1") {
            EXPECT_EQ(array.shape, (std::vector<std::size_t>{6, 1}));
            EXPECT_EQ(array.as_doubles(), six);
        } else if (shape == "2x3") {
            EXPECT_EQ(array.fortran_order, fortran);
            EXPECT_EQ(array.as_doubles(), fortran ? (std::vector<double>{0, 2, 4, 1, 3, 5}) : six);
        } else {
            ASSERT_EQ(shape, "2x3x4");
            std::vector<double> all(24);
            std::iota(all.begin(), all.end(), fortran ? 0.0 : array.as_doubles().front());
            EXPECT_EQ(array.as_doubles(), all);
        }
    }
    EXPECT_GT(files, 75U);
    const auto odd = read_npy(data / "npyio_testdata/nans_inf.npy").as_doubles();
    EXPECT_TRUE(std::isnan(odd[0]));
    EXPECT_EQ(odd[1], -INFINITY);
    EXPECT_EQ(odd[2], 0.0);
    EXPECT_EQ(odd[3], INFINITY);
    for (const char* name :
         {"npyio_testdata/ragged-array.npy", "npyio_testdata/ragged-array-mixed.npy",
          "numpy_testdata/py2-objarr.npy", "numpy_testdata/py3-objarr.npy"})
        EXPECT_NE(data_error_of([&] { (void)read_npy(data / name); }).find("pickled"),
                  std::string::npos)
            << name;
    for (const char* name : {"numpy_testdata/python3.npy", "numpy_testdata/win64python2.npy"})
        EXPECT_EQ(read_npy(data / name).shape, std::vector<std::size_t>{2}) << name;
}

TEST(NpyRealFiles, OfSuite2pHaveTheirKnownMean) {
    TB_NEED_REAL_DATA(data);
    // The manifest: float32 (40, 250), mean 447.7091.
    const NpyArray array = read_npy(data / "neuroconv_testing_data/suite2p/combined/F.npy");
    EXPECT_EQ(array.shape, (std::vector<std::size_t>{40, 250}));
    const auto values = array.as_doubles();
    EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0) / 10000.0, 447.7091, 5e-5);
}

TEST(NpyRealFiles, OfOneLabTreeGiveTheKnownFractionCorrect) {
    TB_NEED_REAL_DATA(data);
    // data/SOURCES.md: 15 343 trials, fraction correct 0.806426 over all feedbackType files.
    std::size_t trials = 0;
    std::size_t correct = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(data / "ibl_dec2019_one_tree")) {
        if (entry.path().extension() != ".npy") continue;
        const NpyArray array = read_npy(entry.path());
        EXPECT_EQ(array.as_doubles().size(), array.size());
        if (entry.path().filename() != "_ibl_trials.feedbackType.npy") continue;
        for (const std::int64_t feedback : array.as_integers()) {
            ++trials;
            correct += feedback == 1 ? 1U : 0U;
        }
    }
    EXPECT_EQ(trials, 15343U);
    EXPECT_NEAR(static_cast<double>(correct) / static_cast<double>(trials), 0.806426, 5e-7);
}

}  // namespace
}  // namespace tb::formats
