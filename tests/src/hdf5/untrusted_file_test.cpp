#include "src/hdf5/untrusted_file.hpp"

#include "tests/src/hdf5/h5_maker.hpp"

#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::hdf5 {
namespace {

using test::error_of_call;
using test::Folder;
using test::H5Maker;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}
std::vector<double> counted(std::size_t n) {
    std::vector<double> values(n);
    std::iota(values.begin(), values.end(), 0.0);
    return values;
}

TEST(UntrustedFile, ReadsNumbersOfEveryWidthAndByteOrder) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.h5");
        maker.integers("/i8", {3}, {-128, 0, 127}, H5T_STD_I8LE);
        maker.integers("/u16be", {2}, {65535, 1}, H5T_STD_U16BE);
        maker.integers("/i64be", {2}, {INT64_MIN, INT64_MAX}, H5T_STD_I64BE);
        maker.integers("/u32", {1}, {4294967295}, H5T_STD_U32LE);
        maker.reals("/f32be", {2}, {0.5, 1e-42}, H5T_IEEE_F32BE);
        maker.reals("/f64", {2, 2}, {1, NAN, -0.0, 5e-324});
        maker.booleans("/flags", {1, 0, 1});
    }
    const auto file = UntrustedFile::open(folder / "a.h5");
    EXPECT_THAT(file.read_integers("/i8"), ElementsAre(-128, 0, 127));
    EXPECT_THAT(file.read_integers("/u16be"), ElementsAre(65535, 1));
    EXPECT_THAT(file.read_integers("/i64be"), ElementsAre(INT64_MIN, INT64_MAX));
    EXPECT_EQ(file.read("/i8").dtype(), "int16");
    EXPECT_EQ(file.read("/u16be").dtype(), "int32");
    EXPECT_EQ(file.read("/u32").dtype(), "int64");
    EXPECT_EQ(file.read("/f32be").dtype(), "float32");
    EXPECT_EQ(file.read("/flags").dtype(), "uint8");
    EXPECT_THAT(file.read_reals("/f32be"), ElementsAre(0.5, static_cast<double>(1e-42F)));
    const auto reals = file.read("/f64");
    EXPECT_THAT(reals.shape, ElementsAre(2, 2));
    const auto& values = std::get<std::vector<double>>(reals.values);
    EXPECT_TRUE(std::isnan(values[1]));
    EXPECT_TRUE(std::signbit(values[2]));
    EXPECT_EQ(values[3], 5e-324);  // tiny numbers are not taken as zero
    EXPECT_THAT(file.read_integers("/flags"), ElementsAre(1, 0, 1));
    EXPECT_EQ(file.tree().at("/flags")->type.kind, ValueKind::boolean);
    EXPECT_EQ(file.tree().at("/u16be")->type.name, "uint16");
}

TEST(UntrustedFile, RefusesNumbersThatDoNotFit) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.h5");
        maker.integers("/large", {1}, {-1}, H5T_STD_U64LE);  // 2^64 - 1
        maker.reals("/half", {2}, {1, 1.5});
        maker.reals("/nan", {1}, {NAN});
        maker.texts("/words", {"a"});
    }
    const auto file = UntrustedFile::open(folder / "a.h5");
    EXPECT_EQ(error_of_call([&] { return file.read_integers("/large"); }).type(), "NumberRange");
    EXPECT_EQ(error_of_call([&] { return file.read_integers("/half"); }).type(), "NumberRange");
    EXPECT_EQ(error_of_call([&] { return file.read_integers("/nan"); }).type(), "NumberRange");
    EXPECT_EQ(error_of_call([&] { return file.read_reals("/words"); }).type(), "ValueType");
    EXPECT_EQ(error_of_call([&] { return file.read_texts("/half"); }).type(), "ValueType");
    EXPECT_THAT(file.read_reals("/half"), ElementsAre(1, 1.5));  // and goes on
}

TEST(UntrustedFile, ReadsTextsOfAnyKindAndNamesThoseThatAreNoUtf8) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.h5");
        maker.texts("/any", {"", "Zürich", "a"});
        maker.fixed_texts("/spaces", {"ab", "c d"}, 5, H5T_STR_SPACEPAD);
        maker.fixed_texts("/zeros", {"ab", "abcde"}, 5, H5T_STR_NULLPAD);
        maker.texts("/latin", {"ok", "Z\xFCrich"});
        maker.text("/one", "alone");
        maker.texts("/none", {});
    }
    const auto file = UntrustedFile::open(folder / "a.h5");
    EXPECT_THAT(file.read_texts("/any"), ElementsAre("", "Zürich", "a"));
    EXPECT_THAT(file.read_texts("/spaces"), ElementsAre("ab", "c d"));
    EXPECT_THAT(file.read_texts("/zeros"), ElementsAre("ab", "abcde"));
    EXPECT_THAT(file.read_texts("/one"), ElementsAre("alone"));
    EXPECT_TRUE(file.read_texts("/none").empty());
    const auto error = error_of_call([&] { return file.read_texts("/latin"); });
    EXPECT_EQ(error.type(), "TextEncoding");
    EXPECT_THAT(error.what(), HasSubstr("/latin: text 1 is not UTF-8"));
}

TEST(UntrustedFile, ReadsSlicesOfArraysLargerThanABlock) {
    const Folder folder;
    constexpr std::size_t rows = 3000, columns = 1001;  // 24 MB
    const auto all = counted(rows * columns);
    {
        H5Maker maker(folder / "a.h5");
        maker.reals("/plain", {rows, columns}, all);
        maker.reals("/chunks", {rows, columns}, all, H5T_IEEE_F64LE, {{700, 300}, 1});
        // One row of 8 MB: larger than a block.
        maker.reals("/wide", {3, 1000, 1001}, all, H5T_IEEE_F64LE);
    }
    const auto file = UntrustedFile::open(folder / "a.h5");
    for (const std::string path : {"/plain", "/chunks", "/wide"})
        EXPECT_EQ(file.read_reals(path), all) << path;
    const auto part = file.read("/chunks", {{1234, 5}, {2, 3}});
    EXPECT_THAT(part.shape, ElementsAre(2, 3));
    EXPECT_THAT(part.numbers(), ElementsAre(1234 * 1001 + 5, 1234 * 1001 + 6, 1234 * 1001 + 7,
                                            1235 * 1001 + 5, 1235 * 1001 + 6, 1235 * 1001 + 7));
    std::size_t n = 0, n_blocks = 0;
    bool in_order = true;
    file.read_blocks("/wide", "float32", {}, [&](const Block& block) {
        ++n_blocks;
        for (std::size_t i = 0; i < block.bytes.size(); i += sizeof(float)) {
            float value = 0;
            std::memcpy(&value, block.bytes.data() + i, sizeof value);
            in_order = in_order && value == static_cast<float>(all[n++]);
        }
    });
    EXPECT_TRUE(in_order);
    EXPECT_EQ(n, all.size());
    EXPECT_GT(n_blocks, 3U);
    EXPECT_EQ(error_of_call([&] {
                  return file.read_reals("/plain", {{2999, 0}, {2, 1}});
              }).type(),
              "SliceRange");
}

TEST(UntrustedFile, ReadsDeflatedChunksHoweverBoxesCutThem) {
    const Folder folder;
    struct Case {
        std::string path;
        std::vector<hsize_t> shape, chunk;
        hid_t type;
        bool is_shuffled;
    };
    const std::vector<Case> cases{
        {"/line", {10'007}, {3032}, H5T_IEEE_F64LE, true},
        {"/one_chunk", {50}, {50}, H5T_IEEE_F64LE, false},
        {"/matrix", {103, 17}, {10, 4}, H5T_IEEE_F64LE, true},
        {"/rows", {103, 17}, {10, 17}, H5T_IEEE_F64LE, false},
        {"/box", {9, 20, 11}, {2, 7, 5}, H5T_IEEE_F64LE, true},
        {"/big_endian", {500}, {64}, H5T_IEEE_F64BE, true},  // the library's
        {"/single", {500}, {64}, H5T_IEEE_F32LE, true},
    };
    {
        H5Maker maker(folder / "a.h5");
        for (const auto& one : cases) {
            std::size_t n = 1;
            for (const auto length : one.shape) n *= length;
            maker.reals(one.path, one.shape, counted(n), one.type, {one.chunk, 4, one.is_shuffled});
        }
    }
    const auto file = UntrustedFile::open(folder / "a.h5");
    std::mt19937 random(7);
    const auto below = [&](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.path);
        const std::size_t rank = one.shape.size();
        for (int round = 0; round < 30; ++round) {
            Slice slice;
            for (std::size_t d = 0; d < rank; ++d) {
                const auto from = round == 0 ? 0 : below(one.shape[d]);
                slice.start.push_back(from);
                slice.count.push_back(round == 0 ? one.shape[d] : below(one.shape[d] - from) + 1);
            }
            std::vector<double> wanted;
            std::size_t n = 1;
            for (const auto length : slice.count) n *= length;
            for (std::size_t i = 0; i < n; ++i) {
                std::size_t rest = i, index = 0, step = 1;
                for (std::size_t d = rank; d-- > 0;) {
                    index += (slice.start[d] + rest % slice.count[d]) * step;
                    rest /= slice.count[d];
                    step *= one.shape[d];
                }
                wanted.push_back(static_cast<double>(index));
            }
            ASSERT_EQ(file.read_reals(one.path, slice), wanted);
        }
    }
}

TEST(UntrustedFile, LeavesUnwrittenAndDamagedChunksToTheLibrary) {
    const Folder folder;
    haddr_t address = 0;
    hsize_t size = 0;
    {
        H5Maker maker(folder / "a.h5");
        maker.partly_written("/partly", 12, counted(8), {{4}, 4, true});
        maker.reals("/damaged", {4000}, counted(4000), H5T_IEEE_F64LE, {{1000}, 4, true});
        const Dataset damaged(H5Dopen2(maker.id(), "/damaged", H5P_DEFAULT), "open");
        const hsize_t third = 2000;
        unsigned skipped = 0;
        ASSERT_GE(H5Dget_chunk_info_by_coord(damaged.get(), &third, &skipped, &address, &size), 0);
    }
    ASSERT_GT(size, 40U);
    {
        std::fstream bytes(folder / "a.h5", std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(static_cast<std::streamoff>(address + size / 2));
        bytes.write("damage, damage, damage", 16);
    }
    const auto file = UntrustedFile::open(folder / "a.h5");
    EXPECT_THAT(file.read_reals("/partly"), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0));
    EXPECT_EQ(error_of_call([&] { return file.read_reals("/damaged"); }).type(), "DamagedFile");
    EXPECT_EQ(file.read_reals("/damaged", {{0}, {1000}}), counted(1000));
}

TEST(UntrustedFile, GoesOnAfterAReaderThatThrows) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.h5");
        maker.reals("/x", {1'000'000}, counted(1'000'000));
    }
    const auto file = UntrustedFile::open(folder / "a.h5");
    EXPECT_THROW(file.read_blocks("/x", "float64", {},
                                  [](const Block&) { throw std::runtime_error("enough"); }),
                 std::runtime_error);
    EXPECT_EQ(file.read_reals("/x").back(), 999'999);
}

TEST(UntrustedFile, FollowsLinksWithinTheFileAndEndsInCircles) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.h5");
        maker.reals("/group/x", {2}, {1, 2});
        maker.soft_link("/soft", "/group/x");
        maker.soft_link("/group/relative", "x");
        maker.soft_link("/to_group", "/group");
        maker.soft_link("/circle", "/ring/circle");
        maker.soft_link("/ring", "/");
        maker.soft_link("/dangling", "/nowhere");
        maker.hard_link("/other", "/group/x");
        maker.hard_link("/group/up", "/group");
        maker.references("/references", {"/group/x", "", "/other"});
    }
    const auto file = UntrustedFile::open(folder / "a.h5");
    for (const std::string path : {"/soft", "/group/relative", "/to_group/x", "/other",
                                   "/group/up/up/up/x", "/to_group/up/relative"})
        EXPECT_THAT(file.read_reals(path), ElementsAre(1, 2)) << path;
    EXPECT_THAT(error_of_call([&] { return file.read_reals("/circle"); }).what(),
                HasSubstr("links lead in a circle"));
    EXPECT_EQ(error_of_call([&] { return file.read_reals("/dangling"); }).type(), "MissingDataset");
    EXPECT_THAT(file.read_references("/references"), ElementsAre("/group/x", "", "/group/x"));
}

TEST(UntrustedFile, NeverLeavesTheFile) {
    const Folder folder;
    {
        H5Maker secret(folder / "secret.h5");
        secret.reals("/secret", {2}, {42, 43});
    }
    write_bytes(folder / "secret.raw", std::string(16, 'x'));
    {
        H5Maker maker(folder / "a.h5");
        maker.reals("/x", {1}, {1});
        maker.external_link("/link", (folder / "secret.h5").string(), "/secret");
        maker.external_link("/root", (folder / "secret.h5").string(), "/");
        maker.soft_link("/detour", "/root/secret");
        maker.external_storage("/raw", (folder / "secret.raw").string(), 2);
        maker.virtual_dataset("/virtual", (folder / "secret.h5").string(), 2);
    }
    const auto file = UntrustedFile::open(folder / "a.h5");
    for (const std::string path : {"/link", "/root/secret", "/detour", "/raw", "/virtual"}) {
        const auto error = error_of_call([&] { return file.read_reals(path); });
        EXPECT_EQ(error.type(), "ExternalData") << path << ": " << error.what();
        EXPECT_THAT(error.what(), HasSubstr(path == "/raw"       ? "external storage"
                                            : path == "/virtual" ? "virtual"
                                                                 : "leads out of the file"));
    }
    EXPECT_THAT(file.tree().at("/link")->target, HasSubstr("secret.h5:/secret"));
    EXPECT_THAT(file.read_reals("/x"), ElementsAre(1));
}

TEST(UntrustedFile, RefusesShapesThatTheStoredBytesCannotFill) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.h5");
        maker.unwritten("/huge", {hsize_t{1} << 40, 1024});
        maker.unwritten("/overflow", {hsize_t{1} << 40, hsize_t{1} << 40});
        maker.unwritten("/small", {1000, 1000});
    }
    const auto file = UntrustedFile::open(folder / "a.h5");
    EXPECT_EQ(error_of_call([&] {
                  return file.read_reals("/huge", {{0, 0}, {1, 1}});
              }).type(),
              "ShapeLimit");
    EXPECT_EQ(error_of_call([&] { return file.read("/overflow"); }).type(), "ShapeLimit");
    EXPECT_EQ(file.read_reals("/small").size(), 1'000'000U);  // never written: zeros
}

TEST(UntrustedFile, NamesWhatIsNoHdf5) {
    const Folder folder;
    write_bytes(folder / "empty", "");
    write_bytes(folder / "text", std::string(5000, 'a'));
    for (const std::string name : {"empty", "text"}) {
        const auto error = error_of_call([&] { return UntrustedFile::open(folder / name); });
        EXPECT_EQ(error.type(), "NotHdf5");
        EXPECT_EQ(error.kind(), ErrorKind::data);
        EXPECT_THAT(error.what(), HasSubstr(name));
    }
    EXPECT_EQ(error_of_call([&] { return UntrustedFile::open(folder / "gone"); }).kind(),
              ErrorKind::not_found);
    EXPECT_EQ(error_of_call([&] { return UntrustedFile::open("/dev/null"); }).kind(),
              ErrorKind::io);
}

TEST(UntrustedFile, SaysOfEveryCutFileThatItIsCut) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.h5");
        maker.reals("/group/x", {500}, counted(500), H5T_IEEE_F64LE, {{100}, 4});
        maker.texts("/words", {"a", "b"});
    }
    const auto whole = bytes_of(folder / "a.h5");
    for (std::size_t n = 1; n < whole.size(); n += 1 + whole.size() / 40) {
        write_bytes(folder / "cut.h5", whole.substr(0, n));
        const auto error = error_of_call([&] { return UntrustedFile::open(folder / "cut.h5"); });
        EXPECT_EQ(error.kind(), ErrorKind::data) << n << ": " << error.what();
        EXPECT_TRUE(error.type() == "TruncatedFile" || error.type() == "NotHdf5" ||
                    error.type() == "DamagedFile")
            << n << ": " << error.type();
        if (n > 96) {
            EXPECT_EQ(error.type(), "TruncatedFile") << n;
        }
    }
}

TEST(UntrustedFile, SurvivesEveryFlippedByteOfTheMetadata) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.h5");
        maker.reals("/group/x", {50}, counted(50), H5T_IEEE_F64LE, {{10}, 1});
        maker.texts("/words", {"a", "b"});
        maker.attribute("/group", "name", std::vector<std::string>{"a", "b"});
    }
    const auto whole = bytes_of(folder / "a.h5");
    std::size_t n_read = 0, n_refused = 0;
    for (std::size_t at = 8; at < whole.size(); at += 61) {
        auto bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 0xFF);
        write_bytes(folder / "bad.h5", bytes);
        try {
            const auto file = UntrustedFile::open(folder / "bad.h5", {.cpu_s = 5});
            for (const auto& [path, node] : file.tree().nodes()) {
                if (!node.is_dataset()) continue;
                try {
                    if (node.type.kind == ValueKind::text) {
                        (void)file.read_texts(path);
                    } else {
                        (void)file.read_reals(path);
                    }
                } catch (const Error& error) {
                    EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
                }
            }
            ++n_read;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
            EXPECT_FALSE(error.type().empty()) << error.what();
            ++n_refused;
        }
    }
    EXPECT_GT(n_read, 0U);
    EXPECT_GT(n_refused, 0U);
}

TEST(UntrustedFile, ChildDoesNotKeepTheParentsDescriptors) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.h5");
        maker.reals("/x", {1}, {1});
    }
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const auto file = UntrustedFile::open(folder / "a.h5");
    ::close(ends[1]);
    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), 0);  // the end of the pipe: no one else can write to it
    ::close(ends[0]);
    EXPECT_THAT(file.read_reals("/x"), ElementsAre(1));
}

}  // namespace
}  // namespace tb::hdf5
