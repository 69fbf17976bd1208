#include "src/store/store_identity.hpp"

#include "src/base/uuid.hpp"
#include "src/store/array_rows.hpp"
#include "src/store/check.hpp"
#include "src/store/store_reader.hpp"
#include "tests/support/test_database.hpp"

#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::value_of;

class StoreIdentity : public ::testing::Test {
  protected:
    StoreIdentity() { fs::create_directory(mount_); }
    ~StoreIdentity() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    StoreOptions options() {
        StoreOptions options;
        options.root = root_;
        options.durable = false;
        options.access =
            std::make_shared<StoreAccess>(root_, [this] { return database_.session(); });
        return options;
    }
    /// One array with its row.
    StoredArray put(const StoreOptions& options) {
        auto file = ArrayStore(options).begin_file("toy.total", new_run_id().to_string(),
                                                   new_run_id().to_string());
        file.add(new_run_id().to_string(), "x", Array::vector({1.0, 2.0, 3.0}), {});
        file.publish();
        insert_arrays(session_, file.arrays());
        return file.arrays().front();
    }
    template <typename Work>
    static Error error_of(const Work& work) {
        try {
            work();
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "no error";
        return {ErrorKind::internal, "no error"};
    }
    template <typename Work>
    static void expect_unavailable(const Work& work, const std::string& part) {
        const auto error = error_of(work);
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
        EXPECT_EQ(error.type(), "StoreUnavailable");
        EXPECT_THAT(error.what(), HasSubstr(part));
        EXPECT_FALSE(error.hint().empty());
    }
    /// A copy of the database under another name, as `create database ... template` makes it.
    struct Copy {
        explicit Copy(const testing::TestDatabase& of) : name(of.name() + "_copy"), from(of) {
            make();
        }
        ~Copy() {
            auto server = elsewhere();
            server.exec({"drop", fmt::format("drop database {} with (force)", name)});
        }
        [[nodiscard]] db::Session elsewhere() const {
            return db::Session({from.conninfo() + " dbname=postgres", "test", {}});
        }
        void make() const {
            auto server = elsewhere();
            server.exec(
                {"end", fmt::format("select pg_terminate_backend(pid) from pg_stat_activity "
                                    "where datname = '{}'",
                                    from.name())});
            for (int tries = 0;; ++tries) {
                try {
                    server.exec(
                        {"copy", fmt::format("create database {} template {}", name, from.name())});
                    return;
                } catch (const Error&) {
                    if (tries == 600) throw;  // the ended sessions are still leaving
                    std::this_thread::sleep_for(std::chrono::milliseconds(50));
                }
            }
        }
        [[nodiscard]] db::Session session() const {
            return db::Session({from.conninfo() + " dbname=" + name, "test", {}});
        }
        std::string name;
        const testing::TestDatabase& from;
    };

    static std::string make_folder() {
        std::string name = "/tmp/trialbase-identity.XXXXXX";
        if (mkdtemp(name.data()) == nullptr)
            throw Error(ErrorKind::io, "cannot make a folder for a test");
        return name;
    }
    const std::string folder_ = make_folder();
    const fs::path mount_ = fs::path(folder_) / "mount";
    const fs::path root_ = mount_ / "store";
    testing::TestDatabase database_;
    db::Session session_ = database_.session();
};

TEST_F(StoreIdentity, IsMadeAtFirstUseAndKnownAgain) {
    EXPECT_FALSE(known_root(session_).has_value());
    put(options());
    EXPECT_EQ(known_root(session_), root_);
    const auto mark = read_mark(root_);
    ASSERT_TRUE(mark.has_value());
    EXPECT_EQ(mark->database_name, database_.name());
    EXPECT_EQ(value_of(session_,
                       "select store_id || ' ' || token || ' ' || database_identity || "
                       "coalesce(next_token::text, '') from store.store"),
              mark->store_id + " " + mark->token + " " + mark->database_identity);
    // Another program, at the same time and later.
    const auto other = options();
    put(other);
    const auto again = options();
    put(again);
    put(other);
    EXPECT_EQ(read_mark(root_)->store_id, mark->store_id);
    EXPECT_NE(read_mark(root_)->token, mark->token);
    require_owned(session_, root_);
    require_readable(session_, root_);
}

TEST_F(StoreIdentity, ManyProgramsOpenItAtOnce) {
    std::vector<std::thread> threads;
    std::vector<std::string> messages(8);
    for (auto& message : messages) {
        threads.emplace_back([&] {
            try {
                for (int i = 0; i < 5; ++i) {
                    auto session = database_.session();
                    open_for_writing(session, root_);
                }
            } catch (const std::exception& error) {
                message = error.what();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_THAT(messages, ::testing::Each(""));
    require_owned(session_, root_);
    EXPECT_EQ(value_of(session_, "select count(*) from store.store where next_token is null"), "1");
}

TEST_F(StoreIdentity, ADiskThatIsNotMountedIsNoNewStore) {
    put(options());
    const auto disk = fs::path(folder_) / "disk";
    fs::rename(mount_, disk);
    // Not even the mount point; the mount point; and an empty folder in the root's place.
    for (int step = 0; step < 3; ++step) {
        if (step == 1) fs::create_directory(mount_);
        if (step == 2) fs::create_directory(root_);
        expect_unavailable([&] { put(options()); }, "is not there");
        expect_unavailable([&] { require_owned(session_, root_); }, "is not there");
        expect_unavailable([&] { require_readable(session_, root_); }, "is not there");
        EXPECT_FALSE(fs::exists(root_ / mark_name));
        EXPECT_FALSE(fs::exists(root_ / "toy"));
    }
    fs::remove_all(mount_);
    fs::rename(disk, mount_);
    put(options());
}

TEST_F(StoreIdentity, ADiskThatGoesWhileAProgramRunsIsNoticed) {
    const auto running = options();
    const auto array = put(running);
    fs::rename(mount_, fs::path(folder_) / "disk");
    fs::create_directory(mount_);
    expect_unavailable([&] { put(running); }, "is not there");
    EXPECT_FALSE(fs::exists(root_));
    // A reader of the same program does not take its arrays for missing.
    const StoreReader reader(running);
    expect_unavailable([&] { (void)reader.read(array.ref()); }, "is not there");
    EXPECT_EQ(error_of([&] { (void)StoreReader(root_).read(array.ref()); }).type(), "MissingArray");
}

TEST_F(StoreIdentity, ACopyOfTheDatabaseIsAGuestUntilItTakesTheStoreOver) {
    const auto array = put(options());
    session_ = db::Session({database_.conninfo() + " dbname=postgres", "test", {}});
    const Copy copy(database_);
    session_ = database_.session();
    auto copied = copy.session();
    expect_unavailable([&] { require_owned(copied, root_); }, database_.name());
    require_readable(copied, root_);
    require_owned(session_, root_);
    const auto owner = read_mark(root_);
    open_for_writing(copied, root_);
    open_for_writing(copied, root_);
    EXPECT_EQ(read_mark(root_), owner) << "the store stays whose it was";
    EXPECT_EQ(guests(root_).size(), 1U);
    // Neither removes files now: those of the copy are named by none of the owner's rows.
    expect_unavailable([&] { require_owned(copied, root_); }, database_.name());
    expect_unavailable([&] { require_owned(session_, root_); }, copy.name);
    put(options());
    // It takes the store over; then the first one may only read.
    const auto before = read_mark(root_)->store_id;
    EXPECT_EQ(adopt(copied, root_).store_id, before);
    require_owned(copied, root_);
    open_for_writing(copied, root_);
    EXPECT_TRUE(guests(root_).empty());
    expect_unavailable([&] { put(options()); }, copy.name);
    expect_unavailable([&] { require_owned(session_, root_); }, copy.name);
    require_readable(session_, root_);
    EXPECT_EQ(StoreReader(root_).read(array.ref()).size(), 3U);
}

TEST_F(StoreIdentity, ACopyOfTheServerLosesTheStoreWithTheNextWriterOfTheOther) {
    put(options());
    // What a copied data folder would have: the same database in every respect, but an older token.
    const auto before = value_of(session_, "select token from store.store");
    put(options());
    const auto after = value_of(session_, "select token from store.store");
    ASSERT_NE(before, after);
    session_.exec({"test", "update store.store set token = $1::uuid"}, db::Params().text(before));
    expect_unavailable([&] { put(options()); }, "gone on with it");
    expect_unavailable([&] { require_owned(session_, root_); }, "another copy");
    session_.exec({"test", "update store.store set token = $1::uuid"}, db::Params().text(after));
    put(options());
}

TEST_F(StoreIdentity, WhereverOpeningIsCutShortItGoesOn) {
    put(options());
    const auto token = [&] { return value_of(session_, "select token from store.store"); };
    // Announced, not yet in the mark.
    session_.exec({"test", "update store.store set next_token = gen_random_uuid()"});
    put(options());
    EXPECT_EQ(read_mark(root_)->token, token());
    // In the mark, the row not yet updated.
    auto mark = *read_mark(root_);
    mark.token = new_run_id().to_string();
    session_.exec({"test", "update store.store set next_token = $1::uuid"},
                  db::Params().text(mark.token));
    write_mark(root_, mark);
    require_owned(session_, root_);
    put(options());
    // A new store whose maker died before it wrote the mark.
    const auto fresh = mount_ / "fresh";
    testing::TestDatabase other;
    auto second = other.session();
    second.exec({"test",
                 "insert into store.store (store_id, root, database_identity, token, "
                 "next_token) select gen_random_uuid(), 'x', 'y', t, t "
                 "from gen_random_uuid() as t"});
    open_for_writing(second, fresh);
    require_owned(second, fresh);
}

TEST_F(StoreIdentity, AnotherDatabasesStoreIsRefused) {
    put(options());
    testing::TestDatabase other;
    auto second = other.session();
    expect_unavailable([&] { open_for_writing(second, root_); },
                       "another database, " + database_.name());
    expect_unavailable([&] { require_owned(second, root_); }, database_.name());
    // Also one that has arrays of its own, elsewhere.
    open_for_writing(second, mount_ / "second");
    second.exec({"test",
                 "insert into store.array (array_id, file, dataset, shape, dtype, checksum, "
                 "n_bytes, stored_bytes, filter, run_id) values (gen_random_uuid(), "
                 "'a/b/cc/d.h5', 'x', '{1}', 'float64', repeat('0', 32), 8, 8, 'none', "
                 "gen_random_uuid())"});
    expect_unavailable([&] { require_readable(second, root_); }, "another database");
}

TEST_F(StoreIdentity, AStoreFromBeforeThereWereMarksIsKnownByItsFiles) {
    StoreOptions old;
    old.root = root_;
    old.durable = false;
    const auto array = put(old);
    EXPECT_FALSE(read_mark(root_).has_value());
    require_readable(session_, root_);
    require_owned(session_, root_);
    testing::TestDatabase other;
    auto second = other.session();
    expect_unavailable([&] { open_for_writing(second, root_); }, "names none of its files");
    expect_unavailable([&] { open_for_writing(session_, mount_ / "elsewhere"); }, "is not there");
    put(options());
    EXPECT_TRUE(read_mark(root_).has_value());
    EXPECT_EQ(StoreReader(root_).read(array.ref()).size(), 3U);
}

TEST_F(StoreIdentity, ADamagedOrForeignMarkIsNotReplaced) {
    put(options());
    for (const auto* text : {"", "store = 1\n", "words"}) {
        std::ofstream(root_ / mark_name) << text;
        expect_unavailable([&] { put(options()); }, "no mark");
        expect_unavailable([&] { require_owned(session_, root_); }, "no mark");
    }
    fs::remove(root_ / mark_name);
    fs::create_symlink("/etc/hostname", root_ / mark_name);
    EXPECT_EQ(error_of([&] { put(options()); }).kind(), ErrorKind::unavailable);
    EXPECT_TRUE(fs::is_symlink(root_ / mark_name));
    adopt(session_, root_);
    put(options());
}

TEST_F(StoreIdentity, WorkersAndLoadersMayOpenIt) {
    for (const auto* role : {"trialbase_worker", "trialbase_ingest", "trialbase_admin"}) {
        auto session = database_.session(role);
        open_for_writing(session, root_);
        require_owned(session, root_);
    }
    auto analyst = database_.session("trialbase_analyst");
    require_readable(analyst, root_);
    EXPECT_EQ(known_root(analyst), root_);
    EXPECT_EQ(error_of([&] { open_for_writing(analyst, root_); }).sqlstate, "42501");
}

TEST_F(StoreIdentity, AFullDiskIsAnUnavailableStore) {
    if (::mount("none", mount_.c_str(), "tmpfs", 0, "size=64k") != 0)
        GTEST_SKIP() << "a small disk can only be mounted by root";
    put(options());
    std::ofstream filling(mount_ / "filling", std::ios::binary);
    for (int i = 0; i < 1000 && filling; ++i) filling << std::string(4096, 'x') << std::flush;
    filling.close();
    const auto error = error_of([&] { put(options()); });
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("No space left"));
    require_owned(session_, root_);  // so that gc can make room
    fs::remove(mount_ / "filling");
    put(options());
    ::umount(mount_.c_str());
}

TEST_F(StoreIdentity, NothingIsWrittenOrRemovedThroughALinkedFolder) {
    const auto elsewhere = fs::path(folder_) / "elsewhere";
    fs::create_directories(elsewhere / "total" / "aa");
    std::ofstream(elsewhere / "total" / "aa" / "precious.h5") << "precious";
    put(options());
    fs::rename(root_ / "toy", root_ / "real");
    fs::create_symlink(elsewhere, root_ / "toy");
    const auto error = error_of([&] { put(options()); });
    EXPECT_THAT(error.what(), HasSubstr("is a link"));
    CollectOptions collect;
    collect.root = root_;
    collect.grace = std::chrono::seconds(0);
    collect.force = true;  // the renamed folder's file is nobody's
    for (const auto& file : collect_garbage(session_, collect).removed)
        EXPECT_THAT(file.file, ::testing::StartsWith("real/"));
    EXPECT_TRUE(fs::exists(elsewhere / "total" / "aa" / "precious.h5"));
    EXPECT_EQ(std::distance(fs::recursive_directory_iterator(elsewhere),
                            fs::recursive_directory_iterator()),
              3);
}

}  // namespace
}  // namespace tb::store
