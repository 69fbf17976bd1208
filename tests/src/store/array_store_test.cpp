#include "src/store/array_store.hpp"

#include "src/base/uuid.hpp"
#include "src/store/array_text.hpp"
#include "src/store/hdf5.hpp"
#include "src/store/store_reader.hpp"

#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <functional>
#include <limits>
#include <random>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tb::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Store : public ::testing::Test {
  protected:
    Store() {
        fs::permissions(folder_, fs::perms(0755));
        options_.root = folder_ / "the root";
        options_.durable = false;
    }
    ~Store() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    /// Writes one array to a file of its own. @return what its row says
    StoredArray put(const Array& array, const ArrayMeta& meta = {}) {
        auto file =
            ArrayStore(options_).begin_file("toy.total", "session_id=1", new_run_id().to_string());
        auto row = file.add(new_run_id().to_string(), "a/b", array, meta);
        file.publish();
        return row;
    }
    [[nodiscard]] StoreReader reader() const { return StoreReader(options_.root); }
    [[nodiscard]] std::size_t files() const {
        std::size_t n = 0;
        if (!fs::exists(options_.root)) return 0;
        for (const auto& entry : fs::recursive_directory_iterator(options_.root))
            n += entry.is_regular_file() ? 1 : 0;
        return n;
    }
    static fs::path make_folder() {
        std::string name = "/tmp/trialbase store.XXXXXX";  // with a space
        if (mkdtemp(name.data()) == nullptr)
            throw Error(ErrorKind::io, "cannot make a folder for a test");
        return name;
    }
    const fs::path folder_ = make_folder();  ///< what the destructor removes
    StoreOptions options_;
};

template <class Call>
Error error_of(const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no error was thrown";
    return {ErrorKind::internal, ""};
}

std::vector<double> wave(std::size_t n, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(0, 0.01);
    std::vector<double> values(n);
    for (std::size_t i = 0; i < n; ++i)
        values[i] = std::sin(static_cast<double>(i) / 100.0) + noise(random);
    return values;
}

TEST_F(Store, GivesBackEveryTypeAndShapeToTheBit) {
    auto doubles = wave(108'001);
    doubles[5] = std::numeric_limits<double>::quiet_NaN();
    doubles[6] = -std::numeric_limits<double>::infinity();
    doubles[7] = -0.0;
    std::vector<float> floats(doubles.begin(), doubles.end());
    std::vector<std::int64_t> longs;
    std::vector<std::int32_t> ints;
    std::vector<std::int16_t> shorts;
    std::vector<std::uint8_t> bytes;
    for (int i = 0; i < 70'000; ++i) {
        longs.push_back(-std::int64_t{i} * i * i);
        ints.push_back(i * 1000);
        shorts.push_back(static_cast<std::int16_t>(i));
        bytes.push_back(static_cast<std::uint8_t>(i % 4));
    }
    std::vector<Array> arrays = {Array::vector(doubles),
                                 {{108'001}, floats},
                                 {{70'000}, longs},
                                 {{70'000}, ints},
                                 {{70'000}, shorts},
                                 {{70'000}, bytes},
                                 Array::matrix(800, 60, wave(48'000)),
                                 Array::matrix(1, 48'000, wave(48'000)),
                                 {{10, 20, 30}, wave(6000)},
                                 {{2, 200'000}, wave(400'000)},  // rows above 1 MiB are split
                                 {{}, std::vector<double>{3.5}},
                                 {{0}, std::vector<double>{}},
                                 {{0, 60}, std::vector<float>{}},
                                 Array::vector({1.0}),
                                 Array::vector(wave(700))};
    for (const auto codec : {Codec::gzip, Codec::none}) {
        options_.codec = codec;
        for (const auto& array : arrays) {
            const auto row = put(array);
            EXPECT_EQ(row.shape, array.shape);
            const auto back = reader().read(row.ref());
            ASSERT_EQ(back.shape, array.shape);
            ASSERT_EQ(back.dtype(), array.dtype());
            EXPECT_TRUE(std::ranges::equal(back.bytes(), array.bytes()));
            EXPECT_EQ(checksum_of(back), row.checksum);
            // HDF5's own filters read the same.
            EXPECT_EQ(checksum_of(reader().read_by_library(row.ref())), row.checksum);
        }
    }
}

TEST_F(Store, TellsWhatItStored) {
    const auto row = put(Array::matrix(800, 60, wave(48'000)),
                         {.unit = "z", .sampling_rate_hz = 30, .about = "responses"});
    EXPECT_EQ(row.file, relative_path("toy.total", "session_id=1", row.run_id));
    EXPECT_THAT(row.file,
                ::testing::MatchesRegex("toy/total/[0-9a-f]{2}/[0-9a-f]{16}\\.[0-9a-f-]{36}\\.h5"));
    EXPECT_EQ(row.dataset, "a/b");
    EXPECT_EQ(row.dtype, "float64");
    EXPECT_EQ(row.n_bytes, 800 * 60 * 8);
    EXPECT_LT(row.stored_bytes, row.n_bytes);
    EXPECT_EQ(row.filter, "shuffle+gzip");
    EXPECT_LT(fs::file_size(options_.root / row.file),
              static_cast<std::size_t>(row.stored_bytes) + 16'384);
    const auto facts = reader().facts(row.ref());
    EXPECT_EQ(facts.shape, (std::vector<std::size_t>{800, 60}));
    EXPECT_EQ(facts.meta.unit, "z");
    EXPECT_EQ(facts.meta.about, "responses");
    EXPECT_EQ(facts.meta.sampling_rate_hz, 30);
    EXPECT_EQ(static_cast<std::int64_t>(facts.stored_bytes), row.stored_bytes);
    EXPECT_TRUE(std::isnan(reader().facts(put(Array::vector({1, 2})).ref()).meta.sampling_rate_hz));
}

TEST_F(Store, ChecksumIsXxh3Of128Bits) {
    // `xxhsum -H2` of an empty file.
    EXPECT_EQ(checksum_of(Array{{0}, std::vector<double>{}}), "99aa06d3014798d86001c324468d497f");
}

TEST_F(Store, ReadsRowsAndNoMoreThanTheirChunks) {
    const auto values = wave(108'000);
    const auto row = put(Array::vector(values));
    const auto chunk = reader().facts(row.ref()).chunk;
    ASSERT_EQ(chunk.size(), 1U);
    EXPECT_LE(chunk[0] * 8, 64U * 1024);
    for (const auto& [begin, end] :
         std::vector<std::pair<std::size_t, std::size_t>>{{0, 0},
                                                          {0, 1},
                                                          {1800, 3600},
                                                          {chunk[0] - 1, chunk[0] + 1},
                                                          {chunk[0], 2 * chunk[0]},
                                                          {107'999, 108'000},
                                                          {0, 108'000}}) {
        const auto part = reader().read_rows(row.ref(), begin, end);
        EXPECT_EQ(part.shape, (std::vector<std::size_t>{end - begin}));
        EXPECT_EQ(std::get<0>(part.values),
                  std::vector<double>(values.begin() + static_cast<std::ptrdiff_t>(begin),
                                      values.begin() + static_cast<std::ptrdiff_t>(end)));
    }
    EXPECT_EQ(error_of([&] { (void)reader().read_rows(row.ref(), 2, 1); }).kind(),
              ErrorKind::usage);
    EXPECT_EQ(error_of([&] { (void)reader().read_rows(row.ref(), 0, 108'001); }).kind(),
              ErrorKind::usage);

    const auto matrix = put(Array::matrix(800, 60, wave(48'000)));
    const auto window = reader().read_rows(matrix.ref(), 799, 800);
    EXPECT_EQ(window.shape, (std::vector<std::size_t>{1, 60}));
    const auto all = wave(48'000);
    EXPECT_EQ(std::get<0>(window.values), std::vector<double>(all.end() - 60, all.end()));
    // Only the chunk asked for is read: damage in another one is not met.
    const auto path = options_.root / row.file;
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(fs::file_size(path)) * 2 / 3);
        file.write("damaged!damaged!damaged!damaged!", 32);
    }
    EXPECT_EQ(std::get<0>(reader().read_rows(row.ref(), 0, 10).values).at(9), values[9]);
    EXPECT_EQ(error_of([&] { (void)reader().read(row.ref()); }).type(), "DamagedArray");
}

TEST(ChunkShape, IsOfWholeRowsAndAbout64KiB) {
    using Shape = std::vector<std::size_t>;
    EXPECT_EQ(chunk_shape(Shape{}, 8), Shape{});
    EXPECT_EQ(chunk_shape(Shape{511}, 8), Shape{});
    EXPECT_EQ(chunk_shape(Shape{512}, 8), Shape{512});
    EXPECT_EQ(chunk_shape(Shape{8193}, 8), Shape{4097});  // two even ones
    EXPECT_EQ(chunk_shape(Shape{800, 60}, 8), (Shape{134, 60}));
    EXPECT_EQ(chunk_shape(Shape{10, 100'000}, 8), (Shape{1, 100'000}));
    EXPECT_EQ(chunk_shape(Shape{3, 1000, 1000}, 8), (Shape{1, 8, 1000}));
    EXPECT_EQ(chunk_shape(Shape{0, 60}, 8), Shape{});
}

TEST_F(Store, RefusesNamesThatAreNoPathsAndTakenOnes) {
    auto file = ArrayStore(options_).begin_file("toy.total", "k", new_run_id().to_string());
    for (const char* name : {"", "/a", "a//b", "a/", "..", "a/../b", "."})
        EXPECT_EQ(error_of([&] { file.add("i", name, Array::vector({1}), {}); }).kind(),
                  ErrorKind::internal)
            << name;
    file.add("i", "a/b", Array::vector({1}), {});
    EXPECT_THROW(file.add("i", "a/b", Array::vector({1}), {}), Error);
    EXPECT_THROW(file.add("i", "a", Array::vector({1}), {}), Error);  // a group
    EXPECT_THROW((void)ArrayStore(options_).begin_file("total", "k", "r"), Error);
    Array wrong = Array::vector({1, 2, 3});
    wrong.shape = {4};
    EXPECT_EQ(error_of([&] { file.add("i", "c", wrong, {}); }).kind(), ErrorKind::internal);
}

TEST_F(Store, LeavesNothingUnlessPublished) {
    const ArrayStore store(options_);
    {
        auto file = store.begin_file("toy.total", "k", new_run_id().to_string());
        file.add("i", "a", Array::vector(wave(1000)), {});
        EXPECT_EQ(files(), 0U);
        file.set_aside();
        EXPECT_EQ(files(), 1U);
        EXPECT_FALSE(fs::exists(options_.root / file.file()));
    }
    EXPECT_EQ(files(), 0U);
    auto file = store.begin_file("toy.total", "k", new_run_id().to_string());
    file.add("i", "a", Array::vector(wave(1000)), {});
    file.publish();
    EXPECT_TRUE(fs::exists(options_.root / file.file()));
    file.discard();
    EXPECT_EQ(files(), 0U);
}

TEST_F(Store, PublishesManyAtOnceAndEachByItself) {
    options_.durable = true;
    const ArrayStore store(options_);
    std::vector<ArrayFile> made;
    for (int i = 0; i < 5; ++i) {
        made.push_back(
            store.begin_file("toy.total", "k" + std::to_string(i), new_run_id().to_string()));
        made.back().add("i", "a", Array::vector(wave(1000)), {});
        made.back().set_aside();
    }
    fs::remove(fs::path(options_.root / made[2].file()).concat(".tmp"));  // somebody meddles
    std::vector<ArrayFile*> files_to_publish;
    for (auto& one : made) files_to_publish.push_back(&one);
    const auto errors = ArrayStore::publish(files_to_publish);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(errors[i].has_value(), i == 2);
        EXPECT_EQ(fs::exists(options_.root / made[i].file()), i != 2);
    }
    EXPECT_EQ(errors[2]->kind(), ErrorKind::io);
}

TEST_F(Store, NeedsARootAndItsParent) {
    const auto none =
        error_of([] { (void)ArrayStore(StoreOptions{}).begin_file("a.b", "k", "r"); });
    EXPECT_EQ(none.type(), "NoStore");
    EXPECT_THAT(none.hint(), HasSubstr("--store"));
    EXPECT_EQ(error_of([] { (void)StoreReader("").read("a/b.h5#x"); }).type(), "NoStore");

    options_.root = folder_ / "not mounted" / "store";
    const auto error = error_of([&] { put(Array::vector({1})); });
    EXPECT_EQ(error.kind(), ErrorKind::io);
    EXPECT_THAT(error.what(), HasSubstr("not mounted/store"));
    EXPECT_FALSE(fs::exists(folder_ / "not mounted"));
    const auto missing = error_of([&] { (void)reader().read("a/b/00/c.h5#x"); });
    EXPECT_EQ(missing.type(), "MissingArray");
    EXPECT_THAT(missing.what(), HasSubstr("cannot be entered"));
}

/// Runs in a child process without root's rights. @return what it returned
int in_child(const std::function<int()>& body) {
    const auto pid = fork();
    if (pid == 0) {
        int status = 99;
        try {
            if (geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0)) status = body();
        } catch (...) {
            status = 98;
        }
        _exit(status);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(Store, ReadsFromARootThatItMayNotWriteTo) {
    const auto row = put(Array::vector(wave(10'000)));
    fs::permissions(options_.root, fs::perms(0555));
    EXPECT_EQ(in_child([&] {
                  if (checksum_of(reader().read(row.ref())) != row.checksum) return 1;
                  try {
                      auto file = ArrayStore(options_).begin_file("other.table", "k", "r");
                      file.add("i", "a", Array::vector({1}), {});
                      file.set_aside();
                      return 2;
                  } catch (const Error& error) {
                      return error.kind() == ErrorKind::io &&
                                     std::string(error.what()).find("Permission denied") !=
                                         std::string::npos &&
                                     error.hint().find("write access") != std::string::npos
                                 ? 0
                                 : 3;
                  }
              }),
              0);
    fs::permissions(options_.root, fs::perms(0755));
    EXPECT_EQ(files(), 1U);
}

TEST_F(Store, AFailedWriteLeavesNothing) {
    fs::create_directory(options_.root);
    fs::permissions(options_.root, fs::perms(0777));
    EXPECT_EQ(in_child([&] {
                  ::signal(SIGXFSZ, SIG_IGN);
                  const rlimit limit{40'000, 40'000};
                  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
                  try {
                      put(Array::vector(wave(100'000)));
                      return 2;
                  } catch (const Error& error) {
                      if (error.kind() != ErrorKind::io) return 3;
                      return files() == 0 ? 0 : 4;
                  }
              }),
              0);
}

TEST_F(Store, AFullDiskIsAPassingErrorAndLeavesNothing) {
    fs::create_directory(options_.root);
    if (::mount("none", options_.root.c_str(), "tmpfs", 0, "size=64k") != 0)
        GTEST_SKIP() << "a small disk can only be mounted by root";
    const auto error = error_of([&] { put(Array::vector(wave(100'000))); });
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_EQ(error.sqlstate, "53100");
    EXPECT_THAT(error.what(), HasSubstr("No space left on device"));
    EXPECT_THAT(error.hint(), HasSubstr("store gc"));
    EXPECT_EQ(files(), 0U);
    EXPECT_NO_THROW(put(Array::vector(wave(1000))));  // room again
    ::umount(options_.root.c_str());
}

TEST_F(Store, BitshuffleIsWrittenWhereItIsInstalledAndRefusedElsewhere) {
    options_.codec = Codec::bitshuffle_lz4;
    const bool is_installed = [] {
        const H5Guard guard;
        return H5Zfilter_avail(32008) > 0;
    }();
    if (is_installed) {
        const auto row = put(Array::matrix(800, 60, wave(48'000)));
        EXPECT_EQ(row.filter, "bitshuffle+lz4");
        EXPECT_LT(row.stored_bytes, row.n_bytes);
        EXPECT_EQ(checksum_of(reader().read(row.ref())), row.checksum);
        EXPECT_EQ(reader().read_rows(row.ref(), 1, 3).shape, (std::vector<std::size_t>{2, 60}));
        volatile double tiny = std::numeric_limits<double>::denorm_min();
        EXPECT_NE(tiny * 3, 0) << "loading the filter changed how the processor computes";
    } else {
        const auto error = error_of([&] { put(Array::vector({1})); });
        EXPECT_EQ(error.type(), "NoFilter");
        EXPECT_THAT(error.hint(), HasSubstr("bitshuffle"));
    }
    EXPECT_EQ(codec_named("none"), Codec::none);
    EXPECT_EQ(error_of([] { (void)codec_named("zip"); }).kind(), ErrorKind::usage);
}

TEST_F(Store, AReaderRefusesReferencesThatLeadElsewhere) {
    const auto row = put(Array::vector({1, 2, 3}));
    for (const std::string& ref :
         {std::string("/etc/passwd#x"), std::string("../x.h5#a"), std::string("a/../../x.h5#a"),
          std::string("nothing"), std::string("#a"), row.file + "#", row.file + "#a/c",
          row.file + "#a/b/c", std::string("toy/total/00/none.h5#a"), row.file + "#x/y"}) {
        const auto error = error_of([&] { (void)reader().read(ref); });
        EXPECT_EQ(error.kind(), ErrorKind::data) << ref;
        EXPECT_EQ(error.type(), "MissingArray") << ref << ": " << error.what();
    }
    EXPECT_EQ(error_of([&] { (void)reader().read(row.file + "#a"); }).type(),
              "DamagedArray");  // a group
    EXPECT_EQ(error_of([&] { (void)reader().read("toy/total#a"); }).type(),
              "DamagedArray");  // a folder
}

TEST_F(Store, AFileThatLeadsElsewhereIsDamaged) {
    const auto good = put(Array::vector({1, 2, 3}));
    const auto inside = options_.root / "toy" / "total" / "aa";
    const auto outside = folder_ / "outside";
    fs::create_directories(inside);
    fs::create_directories(outside);
    std::ofstream(outside / "words") << std::string(1000, 'w');
    const hsize_t n = 10;
    {
        const H5Guard guard;
        const Space space(H5Screate_simple(1, &n, nullptr), "space");
        const auto make = [](const fs::path& path) {
            return File(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), "file");
        };
        const auto add = [&](const File& file, const char* name, hid_t creation) {
            const Dataset made(H5Dcreate2(file.get(), name, H5T_NATIVE_DOUBLE, space.get(),
                                          H5P_DEFAULT, creation, H5P_DEFAULT),
                               "dataset");
        };
        add(make(outside / "x.h5"), "x", H5P_DEFAULT);
        const auto links = make(inside / "links.h5");
        add(links, "own", H5P_DEFAULT);
        check_h5(H5Lcreate_external((outside / "x.h5").c_str(), "/x", links.get(), "external",
                                    H5P_DEFAULT, H5P_DEFAULT),
                 "external link");
        check_h5(H5Lcreate_external((outside / "x.h5").c_str(), "/", links.get(), "group",
                                    H5P_DEFAULT, H5P_DEFAULT),
                 "external group");
        check_h5(H5Lcreate_soft("/own", links.get(), "soft", H5P_DEFAULT, H5P_DEFAULT), "soft");
        const PropertyList external(H5Pcreate(H5P_DATASET_CREATE), "properties");
        check_h5(H5Pset_external(external.get(), (outside / "words").c_str(), 0, 80), "external");
        add(make(inside / "external_storage.h5"), "x", external.get());
        const PropertyList is_virtual(H5Pcreate(H5P_DATASET_CREATE), "properties");
        check_h5(H5Pset_virtual(is_virtual.get(), space.get(), (outside / "x.h5").c_str(), "/x",
                                space.get()),
                 "virtual");
        add(make(inside / "virtual.h5"), "x", is_virtual.get());
    }
    fs::create_symlink(outside / "x.h5", inside / "symbolic.h5");
    fs::create_symlink(fs::path(good.file).filename(), options_.root / (good.file + "2.h5"));
    fs::create_directory_symlink(outside, options_.root / "toy" / "linked");
    ASSERT_EQ(::mkfifo((inside / "pipe.h5").c_str(), 0600), 0);
    for (const auto* ref : {"toy/total/aa/links.h5#external", "toy/total/aa/links.h5#group/x",
                            "toy/total/aa/links.h5#soft", "toy/total/aa/external_storage.h5#x",
                            "toy/total/aa/virtual.h5#x", "toy/total/aa/symbolic.h5#x",
                            "toy/linked/x.h5#x", "toy/total/aa/pipe.h5#x"}) {
        EXPECT_EQ(error_of([&] { (void)reader().read(ref); }).type(), "DamagedArray") << ref;
        EXPECT_EQ(error_of([&] { (void)reader().facts(ref); }).type(), "DamagedArray") << ref;
    }
    EXPECT_EQ(error_of([&] { (void)reader().read(good.file + "2.h5#a/b"); }).type(),
              "DamagedArray");  // also when it stays inside
}

TEST_F(Store, DamagedFilesGiveErrors) {
    auto file = ArrayStore(options_).begin_file("toy.total", "k", new_run_id().to_string());
    const auto big =
        file.add("i", "group/big", Array::vector(wave(20'000)), {.unit = "V", .about = "x"});
    const auto small = file.add("j", "small", Array::vector(wave(20)), {});
    file.publish();
    const auto path = options_.root / file.file();
    std::stringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    const auto good = content.str();
    const auto attempt = [&](const std::string& bytes) {
        // In a process of its own, so that a crash of the library is a failure of one case.
        return in_child([&] {
            const auto copy = fs::path(folder_ / "hostile" / std::to_string(getpid()));
            fs::create_directories(copy);
            std::ofstream(copy / "x.h5", std::ios::binary) << bytes;
            const StoreReader hostile(copy);
            int status = 0;
            for (const auto& [dataset, checksum] :
                 {std::pair(big.dataset, big.checksum), {small.dataset, small.checksum}}) {
                try {
                    (void)hostile.facts("x.h5#" + dataset);
                    if (checksum_of(hostile.read("x.h5#" + dataset)) != checksum)
                        status |= 1;  // verify finds it
                } catch (const Error& error) {
                    if (error.type() != "DamagedArray" && error.type() != "MissingArray")
                        status = 50;
                }
            }
            hostile.close();
            fs::remove_all(copy);
            return status;
        });
    };
    fs::create_directories(folder_ / "hostile");
    fs::permissions(folder_ / "hostile", fs::perms(0777));
    EXPECT_EQ(attempt(good), 0);
    EXPECT_EQ(attempt(""), 0);
    EXPECT_EQ(attempt("not a file of that kind"), 0);
    for (std::size_t n = 0; n < good.size(); n += good.size() / 37)
        EXPECT_EQ(attempt(good.substr(0, n)), 0) << n;
    std::mt19937 random(20240305);
    for (int i = 0; i < 300; ++i) {
        auto bytes = good;
        const int flips = 1 + static_cast<int>(random() % 8);
        for (int f = 0; f < flips; ++f) {
            // Mostly where the structure is: the beginning and the end of the file.
            const auto where = random() % 4 == 0   ? random() % bytes.size()
                               : random() % 2 == 0 ? random() % 4096
                                                   : bytes.size() - 1 - random() % 4096;
            bytes[where] = static_cast<char>(random());
        }
        const int status = attempt(bytes);
        EXPECT_TRUE(status == 0 || status == 1) << "case " << i << " gave " << status;
    }
}

/// A file made by HDF5 itself with shapes that cannot be.
TEST_F(Store, HugeShapesAndOtherTypesGiveErrors) {
    fs::create_directories(options_.root);
    const auto path = options_.root / "x.h5";
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hsize_t huge[] = {hsize_t{1} << 40}, chunk[] = {1024},
                  overflow[] = {hsize_t{1} << 62, hsize_t{1} << 62};
    const hsize_t chunk2[] = {16, 16};
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 1, chunk);
    const auto make = [&](const char* name, int rank, const hsize_t* lengths, hid_t type,
                          hid_t list) {
        const hid_t space =
            rank < 0 ? H5Screate(H5S_NULL) : H5Screate_simple(rank, lengths, nullptr);
        H5Dclose(H5Dcreate2(file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT));
        H5Sclose(space);
    };
    make("huge", 1, huge, H5T_IEEE_F64LE, creation);
    H5Pset_chunk(creation, 2, chunk2);
    make("overflow", 2, overflow, H5T_IEEE_F64LE, creation);
    const hsize_t one[] = {1};
    make("text", 1, one, H5T_C_S1, H5P_DEFAULT);
    make("null", -1, nullptr, H5T_IEEE_F64LE, H5P_DEFAULT);
    make("u64", 1, one, H5T_STD_U64LE, H5P_DEFAULT);
    // Other byte orders and widths are converted.
    const hid_t space = H5Screate_simple(1, one, nullptr);
    const hid_t big_endian =
        H5Dcreate2(file, "big", H5T_IEEE_F64BE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const double value = 2.5;
    H5Dwrite(big_endian, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value);
    H5Dclose(big_endian);
    H5Sclose(space);
    H5Pclose(creation);
    H5Fclose(file);
    for (const char* name : {"huge", "overflow", "text", "null", "u64"})
        EXPECT_EQ(error_of([&] { (void)reader().read(std::string("x.h5#") + name); }).type(),
                  "DamagedArray")
            << name;
    EXPECT_EQ(reader().read("x.h5#big").numbers(), std::vector<double>{2.5});
}

TEST(ArrayText, NpyAndCsvAreWhatNumpyWrites) {
    // numpy.save of np.array([[1, 2, 3]], dtype='<i2').
    const auto npy = npy_bytes(Array::matrix(1, 3, std::vector<std::int16_t>{1, 2, 3}));
    EXPECT_EQ(npy.size(), 128U + 6);
    EXPECT_EQ(npy.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
    EXPECT_THAT(npy, HasSubstr("{'descr': '<i2', 'fortran_order': False, 'shape': (1, 3), }"));
    EXPECT_EQ(npy[127], '\n');
    EXPECT_EQ(npy.substr(128), std::string("\x01\x00\x02\x00\x03\x00", 6));
    EXPECT_THAT(npy_bytes(Array::vector({})), HasSubstr("'shape': (0,), }"));
    EXPECT_EQ(csv_text(Array::vector({0.1, std::nan(""), 3}), "v"), "v\n0.1\n\n3\n");
    EXPECT_EQ(csv_text(Array::matrix(2, 2, std::vector<std::int32_t>{1, 2, 3, 4}), "m"),
              "m_0,m_1\n1,2\n3,4\n");
    EXPECT_EQ(error_of([] {
                  (void)csv_text({{1, 1, 1}, std::vector<double>{1}}, "x");
              }).kind(),
              ErrorKind::usage);
}

}  // namespace
}  // namespace tb::store
