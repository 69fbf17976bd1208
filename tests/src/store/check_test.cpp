#include "src/store/check.hpp"

#include "src/base/uuid.hpp"
#include "src/store/array_rows.hpp"
#include "src/store/store_reader.hpp"
#include "tests/support/test_database.hpp"

#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::store {
namespace {

namespace fs = std::filesystem;
using Fault = CheckResult::Fault;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Check : public ::testing::Test {
  protected:
    Check() : session_(database_.session()) {
        options_.root = fs::path(folder_) / "store";
        options_.durable = false;
    }
    ~Check() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    /// A file with two arrays, and its rows unless told otherwise.
    std::vector<StoredArray> put(int number, bool with_rows = true) {
        auto file = ArrayStore(options_).begin_file(
            "toy.total", fmt::format("session_id={}", number), new_run_id().to_string());
        file.add(new_run_id().to_string(), "long",
                 Array::vector(std::vector<double>(20'000, 0.1 * number)), {});
        file.add(new_run_id().to_string(), "short", Array::vector({1.0 * number, 2, 3}),
                 {.unit = "V", .about = ""});
        file.publish();
        if (with_rows) insert_arrays(session_, file.arrays());
        return file.arrays();
    }
    void make_older(const std::string& file, int seconds) {
        const auto path = options_.root / file;
        struct stat status {};
        ASSERT_EQ(::stat(path.c_str(), &status), 0);
        timespec times[2] = {status.st_atim, status.st_mtim};
        times[1].tv_sec -= seconds;
        ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    }
    /// `fault what`, sorted by nothing.
    std::vector<std::string> faults(bool quick = false) {
        CheckOptions options;
        options.root = options_.root;
        options.quick = quick;
        last_ = verify(session_, options);
        std::vector<std::string> found;
        for (const auto& one : last_.findings)
            found.push_back(fmt::format("{}: {}", to_string(one.fault), one.what));
        return found;
    }
    CollectResult collect(int grace_s, bool dry_run = false, bool force = false) {
        CollectOptions options;
        options.root = options_.root;
        options.grace = std::chrono::seconds(grace_s);
        options.dry_run = dry_run;
        options.force = force;
        return collect_garbage(session_, options);
    }

    static std::string make_folder() {
        std::string name = "/tmp/trialbase-check.XXXXXX";
        if (mkdtemp(name.data()) == nullptr)
            throw Error(ErrorKind::io, "cannot make a folder for a test");
        return name;
    }
    const std::string folder_ =
        make_folder();  ///< what the destructor removes; options_.root may change
    testing::TestDatabase database_;
    db::Session session_;
    StoreOptions options_;
    CheckResult last_;
};

TEST_F(Check, RowsSayWhatTheFilesHold) {
    const auto arrays = put(1);
    EXPECT_EQ(
        testing::value_of(session_, fmt::format("select ref from store.array where array_id = '{}'",
                                                arrays[1].array_id)),
        arrays[1].file + "#short");
    EXPECT_EQ(testing::value_of(
                  session_,
                  "select shape::text || dtype || unit from store.array where dataset = 'short'"),
              "{3}float64V");
    EXPECT_EQ(
        testing::value_of(
            session_,
            "select count(*) from store.array where sampling_rate_hz is null and about is null"),
        "2");
    EXPECT_THAT(faults(), IsEmpty());
    EXPECT_EQ(last_.arrays, 2);
    EXPECT_EQ(last_.files, 1);
    EXPECT_EQ(last_.bytes, 20'003 * 8);
}

TEST_F(Check, FindsEveryKindOfFault) {
    const auto good = put(1), gone = put(2), cut = put(3), changed = put(4), other = put(5),
               orphan = put(6, false);
    fs::remove(options_.root / gone[0].file);
    fs::resize_file(options_.root / cut[0].file, 3000);
    session_.exec(
        {"test", "update store.array set checksum = repeat('0', 32) where array_id = $1::uuid"},
        db::Params().text(changed[0].array_id));
    session_.exec({"test", "update store.array set shape = '{4}' where array_id = $1::uuid"},
                  db::Params().text(other[1].array_id));
    session_.exec(
        {"test", "update store.array set dataset = 'elsewhere' where array_id = $1::uuid"},
        db::Params().text(other[0].array_id));
    const auto temporary = orphan[0].file.substr(0, orphan[0].file.rfind('/')) + "/x.h5.tmp";
    std::ofstream(options_.root / temporary) << "half";
    EXPECT_EQ(faults().size(), 7U);  // nobody's files are young
    EXPECT_EQ(last_.young, 2);
    make_older(orphan[0].file, 7200);
    make_older(temporary, 7200);
    EXPECT_THAT(faults(),
                UnorderedElementsAre(
                    "missing file: " + gone[0].ref(), "missing file: " + gone[1].ref(),
                    "damaged: " + cut[0].ref(), "damaged: " + cut[1].ref(),
                    "wrong checksum: " + changed[0].ref(), "not as its row says: " + other[1].ref(),
                    "missing dataset: " + other[0].file + "#elsewhere",
                    "file without rows: " + orphan[0].file, "unfinished file: " + temporary));
    EXPECT_EQ(faults(true).size(), 8U);  // quick: values are not read
}

TEST_F(Check, GarbageIsWhatNoRowNamesAndIsOldEnough) {
    const auto named = put(1), old = put(2, false), young = put(3, false), deleted = put(4);
    const auto temporary = old[0].file + ".tmp";
    std::ofstream(options_.root / temporary) << "half";
    std::ofstream(options_.root / "toy/total/notes.txt") << "somebody's";
    std::ofstream(fs::path(options_.root / old[0].file).parent_path() / "notes.txt")
        << "somebody's";
    for (const auto& file : {old[0].file, deleted[0].file, temporary, named[0].file})
        make_older(file, 90'000);
    session_.exec({"test", "delete from store.array where file = $1"},
                  db::Params().text(deleted[0].file));

    const auto planned = collect(86'400, true);
    EXPECT_EQ(planned.removed.size(), 3U);
    EXPECT_TRUE(fs::exists(options_.root / old[0].file));
    const auto done = collect(86'400);
    EXPECT_EQ(done.removed.size(), 3U);
    EXPECT_GT(done.bytes, 3000);
    EXPECT_EQ(done.kept, 1);
    EXPECT_EQ(done.young, 1);
    EXPECT_FALSE(fs::exists(options_.root / old[0].file));
    EXPECT_FALSE(fs::exists(options_.root / deleted[0].file));
    EXPECT_FALSE(fs::exists(options_.root / temporary));
    EXPECT_TRUE(fs::exists(options_.root / young[0].file));
    EXPECT_TRUE(fs::exists(options_.root / named[0].file));
    EXPECT_TRUE(fs::exists(options_.root / "toy/total/notes.txt"));
    EXPECT_THAT(collect(86'400).removed, IsEmpty());
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(Check, AnotherDatabasesStoreIsNotCleared) {
    put(1, false);
    try {
        (void)collect(0);
        FAIL() << "files of another database were removed";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::conflict);
        EXPECT_THAT(error.hint(), HasSubstr("--force"));
    }
    EXPECT_EQ(collect(0, true).removed.size(), 1U);
    EXPECT_EQ(collect(0, false, true).removed.size(), 1U);
}

TEST_F(Check, ARowThatIsNotCommittedYetIsYoung) {
    const auto arrays = put(1, false);
    put(2);
    db::Transaction transaction(session_);
    insert_arrays(session_, arrays);
    auto other = database_.session();
    CollectOptions options;
    options.root = options_.root;
    options.grace = std::chrono::seconds(60);
    EXPECT_THAT(collect_garbage(other, options).removed, IsEmpty());
    transaction.commit();
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(Check, NeedsARootOnceRowsNameFiles) {
    EXPECT_THAT(faults(), IsEmpty());
    EXPECT_EQ(last_.files, 0);
    EXPECT_THAT(collect(0).removed, IsEmpty());
    put(1);
    options_.root = fs::path(folder_) / "unmounted";
    try {
        (void)faults();
        FAIL() << "there is no root";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::not_found);
        EXPECT_THAT(error.hint(), HasSubstr("mounted"));
    }
    EXPECT_THAT(collect(0).removed, IsEmpty());
    options_.root = "";
    try {
        (void)faults();
        FAIL() << "no root is configured";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "NoStore");
    }
}

}  // namespace
}  // namespace tb::store
