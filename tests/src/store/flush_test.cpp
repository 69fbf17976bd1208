// What is made durable before a row may name a file, and what happens when the disk refuses.
#include "src/store/flush.hpp"

#include "src/base/uuid.hpp"
#include "src/store/array_store.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

/// Every fsync of this program while one of these lives.
struct Watched {
    std::mutex mutex;
    std::vector<std::string> paths;  ///< in order, as they are called at that moment
    std::function<bool(const std::string&)> fails = [](const std::string&) { return false; };
};
std::atomic<Watched*> watched{nullptr};

}  // namespace

/// In the C library's place.
extern "C" int fsync(int descriptor) {
    if (auto* const watch = watched.load()) {
        char path[4096];
        const auto link = "/proc/self/fd/" + std::to_string(descriptor);
        const auto n = ::readlink(link.c_str(), path, sizeof path);
        const std::lock_guard lock(watch->mutex);
        watch->paths.emplace_back(path, n > 0 ? static_cast<std::size_t>(n) : 0);
        if (watch->fails(watch->paths.back())) {
            errno = EIO;
            return -1;
        }
    }
    return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

namespace tb::store {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

class Flush : public ::testing::Test {
  protected:
    Flush() {
        std::string name = "/tmp/trialbase-flush.XXXXXX";
        if (mkdtemp(name.data()) == nullptr) throw Error(ErrorKind::io, "no folder for a test");
        folder_ = name;
        options_.root = folder_ / "root";
        fs::create_directory(options_.root);
        watched = &watch_;
    }
    ~Flush() override {
        watched = nullptr;
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    /// A complete file that is not published. Files of one key lie in one folder.
    ArrayFile made(const std::string& key) const {
        auto file = ArrayStore(options_).begin_file("toy.total", key, new_run_id().to_string());
        (void)file.add(new_run_id().to_string(), "a", Array::vector({1, 2, 3}), {});
        file.set_aside();
        return file;
    }
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(options_.root)) {
            if (entry.is_regular_file())
                names.push_back(entry.path().lexically_relative(options_.root));
        }
        return names;
    }
    [[nodiscard]] std::size_t place_of(const fs::path& path) const {
        return static_cast<std::size_t>(std::ranges::find(watch_.paths, path.string()) -
                                        watch_.paths.begin());
    }

    fs::path folder_;
    StoreOptions options_;
    Watched watch_;
};

TEST_F(Flush, FilesAndAllFoldersThatLeadToThemAreOnTheDisk) {
    // The folders may be another process's of a moment ago: that they are there is not enough.
    fs::create_directories(options_.root / "toy" / "total");
    auto first = made("key=1");
    auto second = made("key=2");
    ArrayFile* const both[] = {&first, &second};
    for (const auto& error : ArrayStore::publish(both)) EXPECT_FALSE(error.has_value());
    for (const auto* file : both) {
        const auto path = options_.root / file->file();
        EXPECT_TRUE(fs::exists(path));
        EXPECT_THAT(watch_.paths, Contains(path.string() + ".tmp"));
        EXPECT_THAT(watch_.paths, Contains(path.parent_path().string()));
        // Its entry is flushed under the final name, so after the file.
        EXPECT_GT(place_of(path.parent_path()), place_of(path.string() + ".tmp"));
    }
    for (const char* above : {"", "toy", "toy/total"}) {
        const auto folder = (options_.root / above).lexically_normal().string();
        const auto wanted = folder.ends_with('/') ? folder.substr(0, folder.size() - 1) : folder;
        EXPECT_EQ(std::ranges::count(watch_.paths, wanted), 1) << wanted;
    }
}

TEST_F(Flush, AFolderThatCannotBeFlushedCostsAllItsFilesAndNoOthers) {
    auto first = made("key=1");
    auto second = made("key=1");
    auto other = made("key=2");
    const auto folder = (options_.root / first.file()).parent_path().string();
    ASSERT_NE((options_.root / other.file()).parent_path().string(), folder);
    watch_.fails = [&](const std::string& path) { return path == folder; };
    ArrayFile* const all[] = {&first, &second, &other};
    const auto errors = ArrayStore::publish(all);
    for (const auto i : {0U, 1U}) {
        ASSERT_TRUE(errors[i].has_value());
        EXPECT_THAT(errors[i]->what(), HasSubstr("cannot flush the folder " + folder));
    }
    EXPECT_FALSE(errors[2].has_value());
    EXPECT_THAT(files(), ::testing::ElementsAre(other.file()));
}

TEST_F(Flush, AFileThatCannotBeFlushedIsNotPublished) {
    auto first = made("key=1");
    auto second = made("key=2");
    watch_.fails = [&](const std::string& path) { return path.ends_with(first.file() + ".tmp"); };
    ArrayFile* const both[] = {&first, &second};
    const auto errors = ArrayStore::publish(both);
    ASSERT_TRUE(errors[0].has_value());
    EXPECT_EQ(errors[0]->kind(), ErrorKind::io);
    EXPECT_FALSE(errors[1].has_value());
    EXPECT_THAT(files(), ::testing::ElementsAre(second.file()));
}

TEST(AllAtOnce, CallsEachOnce) {
    for (const std::size_t n : {0U, 1U, 2U, 100U}) {
        std::vector<std::atomic<int>> calls(n);
        all_at_once(n, [&](std::size_t i) { ++calls[i]; });
        for (const auto& count : calls) EXPECT_EQ(count.load(), 1);
    }
}

TEST(AllAtOnce, ThoseThatWaitWaitTogether) {
    std::mutex mutex;
    std::condition_variable changed;
    int waiting = 0;
    std::atomic<int> met{0};
    all_at_once(4, [&](std::size_t) {
        std::unique_lock lock(mutex);
        ++waiting;
        changed.notify_all();
        if (changed.wait_for(lock, std::chrono::minutes(1), [&] { return waiting == 4; })) ++met;
    });
    EXPECT_EQ(met.load(), 4);
}

}  // namespace
}  // namespace tb::store
