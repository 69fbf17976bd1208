#include "ingest/formats/npy.hpp"
#include "tests/ingest/formats/format_checks.hpp"

#include <zlib.h>

namespace tb::formats {
namespace {

void put(std::string& out, std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i)
        out.push_back(static_cast<char>(i < 8 ? (value >> (8 * i)) & 0xFFU : 0));
}

std::string deflated(const std::string& raw) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, raw.size()), '\0');
    std::string in = raw;
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.erase(stream.total_out);
    deflateEnd(&stream);
    return out;
}

/// What a test may change about one member of an archive made by hand (APPNOTE.TXT of PKWARE,
/// sections 4.3.7 to 4.3.16).
struct Part {
    std::string name;
    std::string content;
    unsigned method = 0;
    unsigned flags = 0;
    bool is_zip64 = false;
    std::optional<std::uint64_t> claimed_size = std::nullopt;
    std::optional<std::uint64_t> claimed_stored_size = std::nullopt;
    std::optional<std::uint64_t> claimed_offset = std::nullopt;
};

std::string archive(const std::vector<Part>& parts, bool zip64_end = false) {
    std::string out;
    std::string directory;
    for (const Part& part : parts) {
        const std::string stored = part.method == 8 ? deflated(part.content) : part.content;
        const auto sum = crc32(0, reinterpret_cast<const Bytef*>(part.content.data()),
                               static_cast<uInt>(part.content.size()));
        const std::uint64_t offset = part.claimed_offset.value_or(out.size());
        const std::uint64_t size = part.claimed_size.value_or(part.content.size());
        const std::uint64_t stored_size = part.claimed_stored_size.value_or(stored.size());
        const auto common = [&](std::string& to) {
            put(to, 20, 2);
            put(to, part.flags, 2);
            put(to, part.method, 2);
            put(to, 0, 4);
            put(to, sum, 4);
            put(to, part.is_zip64 ? 0xFFFFFFFF : stored_size, 4);
            put(to, part.is_zip64 ? 0xFFFFFFFF : size, 4);
            put(to, part.name.size(), 2);
        };
        put(out, 0x04034b50, 4);
        common(out);
        put(out, 0, 2);
        out += part.name + stored;
        put(directory, 0x02014b50, 4);
        put(directory, 20, 2);
        common(directory);
        put(directory, part.is_zip64 ? 20 : 0, 2);
        put(directory, 0, 10);
        put(directory, offset, 4);
        directory += part.name;
        if (part.is_zip64) {
            put(directory, 1, 2);
            put(directory, 16, 2);
            put(directory, size, 8);
            put(directory, stored_size, 8);
        }
    }
    const std::size_t begin = out.size();
    out += directory;
    if (zip64_end) {
        const std::size_t end = out.size();
        put(out, 0x06064b50, 4);
        put(out, 44, 8);
        put(out, 45, 2);
        put(out, 45, 2);
        put(out, 0, 8);
        put(out, parts.size(), 8);
        put(out, parts.size(), 8);
        put(out, directory.size(), 8);
        put(out, begin, 8);
        put(out, 0x07064b50, 4);
        put(out, 0, 4);
        put(out, end, 8);
        put(out, 1, 4);
    }
    put(out, 0x06054b50, 4);
    put(out, 0, 4);
    put(out, zip64_end ? 0xFFFF : parts.size(), 2);
    put(out, zip64_end ? 0xFFFF : parts.size(), 2);
    put(out, zip64_end ? 0xFFFFFFFF : directory.size(), 4);
    put(out, zip64_end ? 0xFFFFFFFF : begin, 4);
    put(out, 0, 2);
    return out;
}

auto parse(const std::string& file) {
    return parse_npz(as_bytes(file), "x.npz");
}

const std::string one_to_three = npy_bytes(std::vector{1.0, 2.0, 3.0}, {3});

TEST(Npz, ReadsStoredAndDeflatedMembers) {
    for (const bool zip64_end : {false, true}) {
        const auto arrays = parse(archive({{"a.npy", one_to_three},
                                           {"b.npy", one_to_three, 8},
                                           {"c.npy", one_to_three, 8, 0, true},
                                           {"readme.txt", "not an array"}},
                                          zip64_end));
        ASSERT_EQ(arrays.size(), 3U);
        for (const char* name : {"a", "b", "c"})
            EXPECT_EQ(arrays.at(name).as_doubles(), (std::vector{1.0, 2.0, 3.0}));
    }
    EXPECT_TRUE(parse(archive({})).empty());
}

TEST(Npz, RefusesWhatItShould) {
    std::string bad_sum = archive({{"a.npy", one_to_three}});
    bad_sum[bad_sum.find("NUMPY") + 130] ^= 1;
    const struct {
        std::string file;
        const char* why;
    } cases[] = {
        {"", "too short"},
        {std::string(100, '\0'), "no end of a ZIP directory"},
        {archive({{"a.npy", one_to_three, 12}}), "method 12"},
        {archive({{"a.npy", one_to_three, 0, 1}}), "encrypted"},
        {archive({{"a.npy", one_to_three, 8, 0, false, 0x7FFFFFFF}}), "cannot unpack"},
        {archive({{"a.npy", one_to_three, 8, 0, true, std::uint64_t{1} << 60U}}), "cannot unpack"},
        {archive({{"a.npy", one_to_three, 8, 0, false, 200}}), "does not unpack to its size"},
        {archive({{"a.npy", one_to_three, 8, 0, false, 100}}), "does not unpack to its size"},
        {archive({{"a.npy", one_to_three, 0, 0, false, 100}}), "two sizes differ"},
        {archive({{"a.npy", one_to_three, 0, 0, true, 1U << 30U, 1U << 30U}}),
         "longer than the file"},
        {archive({{"a.npy", one_to_three, 0, 0, true, std::nullopt, ~std::uint64_t{0}}}),
         "longer than the file"},
        {archive({{"a.npy", one_to_three, 0, 0, false, std::nullopt, std::nullopt, 0x7FFFFFF0}}),
         "behind the file's end"},
        {archive({{"a.npy", one_to_three, 0, 0, false, std::nullopt, std::nullopt, 3}}),
         "no local header"},
        {archive({{"a.npy", one_to_three}, {"a.npy", one_to_three}}), "occurs twice"},
        {archive({{"a.npy", "not an array"}}), "not an .npy file"},
        {bad_sum, "checksum"},
        // Three entries over the same bytes: together more than the file.
        {archive({{"a.npy", std::string(2000, 'x') + one_to_three},
                  {"b.npy", "", 0, 0, false, 2152, 2152, 0},
                  {"c.npy", "", 0, 0, false, 2152, 2152, 0}}),
         "not an .npy file"},
    };
    for (const auto& one : cases) {
        const std::string message = data_error_of([&] { (void)parse(one.file); });
        EXPECT_NE(message.find(one.why), std::string::npos)
            << message << " lacks '" << one.why << "'";
    }
    std::string sharing =
        archive({{"a.npy", one_to_three, 8}, {"b.npy", "", 8, 0, false, 152, 10000, 0}});
    EXPECT_NE(data_error_of([&] { (void)parse(sharing); }).find("together longer"),
              std::string::npos);
}

TEST(Npz, SurvivesTorture) {
    torture(archive({{"a.npy", one_to_three}, {"b.npy", one_to_three, 8}}), true, 3000,
            [](std::span<const std::byte> bytes) { (void)parse_npz(bytes, "x.npz"); });
    torture(archive({{"c.npy", one_to_three, 8, 0, true}}, true), true, 3000,
            [](std::span<const std::byte> bytes) { (void)parse_npz(bytes, "x.npz"); });
}

TEST(NpzRealFiles, HoldTheirKnownArrays) {
    TB_NEED_REAL_DATA(data);
    const std::vector<double> six{0, 1, 2, 3, 4, 5};
    const auto c_order = read_npz(data / "npyio_testdata/data_float64_corder.npz");
    EXPECT_EQ(c_order.at("arr0").as_doubles(), six);
    EXPECT_EQ(c_order.at("arr1").shape, (std::vector<std::size_t>{6, 1}));
    const auto fortran_order = read_npz(data / "npyio_testdata/data_float64_forder.npz");
    EXPECT_EQ(fortran_order.at("arr0").as_doubles(), (std::vector<double>{0, 2, 4, 1, 3, 5}));
    EXPECT_EQ(fortran_order.at("arr1").as_doubles(), six);
    for (const char* name : {"numpy_testdata/py2-objarr.npz", "numpy_testdata/py3-objarr.npz"})
        EXPECT_NE(data_error_of([&] { (void)read_npz(data / name); }).find("pickled"),
                  std::string::npos)
            << name;
}

}  // namespace
}  // namespace tb::formats
