#include "app/cli/output_file.hpp"

#include "trialbase/error.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::app {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public ::testing::Test {
  protected:
    OutputFileTest() {
        std::string name = "/tmp/tb-output-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        folder_ = name;
    }
    ~OutputFileTest() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    static std::string read(const fs::path& path) {
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }
    [[nodiscard]] std::size_t n_files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }
    static void write(const fs::path& path, const std::string& text) {
        OutputFile out(path);
        out.write(text);
        out.commit();
    }

    fs::path folder_;
};

TEST_F(OutputFileTest, TakesItsPlaceOnlyWhenItIsWhole) {
    const auto path = folder_ / "a.csv";
    std::ofstream(path) << "old";
    {
        OutputFile out(path);
        out.write("half");
        EXPECT_EQ(read(path), "old");
    }
    EXPECT_EQ(read(path), "old");
    EXPECT_EQ(n_files(), 1U);
    write(path, "new");
    EXPECT_EQ(read(path), "new");
    EXPECT_EQ(n_files(), 1U);
}

TEST_F(OutputFileTest, KeepsTheModeOfTheFileThatItReplaces) {
    const auto path = folder_ / "a.csv";
    std::ofstream(path) << "old";
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    write(path, "new");
    struct stat info {};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(OutputFileTest, WritesThroughALinkWhichStays) {
    const auto target = folder_ / "target.csv", link = folder_ / "link.csv";
    std::ofstream(target) << "a longer old content";
    fs::create_symlink(target, link);
    {
        const OutputFile out(link);  // nothing written, as when the query fails
    }
    EXPECT_EQ(read(target), "a longer old content");
    write(link, "new");
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_EQ(read(target), "new");
    // A link that leads to nothing yet.
    const auto dangling = folder_ / "dangling";
    fs::create_symlink(folder_ / "to_come", dangling);
    write(dangling, "made");
    EXPECT_TRUE(fs::is_symlink(dangling));
    EXPECT_EQ(read(folder_ / "to_come"), "made");
}

TEST_F(OutputFileTest, WritesIntoAPipeWhichStays) {
    const auto pipe = folder_ / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    std::string got;
    std::thread reader([&] { got = read(pipe); });
    write(pipe, "through");
    reader.join();
    EXPECT_EQ(got, "through");
    EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST_F(OutputFileTest, WritesToADeviceWhichStays) {
    write("/dev/null", "nothing");
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
    EXPECT_THROW(write("/dev/full", "x"), Error);
}

TEST_F(OutputFileTest, RefusesAFolderAndAPlaceThatIsNotThere) {
    try {
        write(folder_, "x");
        FAIL() << "written";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
    }
    EXPECT_THROW(write(folder_ / "absent" / "a.csv", "x"), Error);
}

}  // namespace
}  // namespace tb::app
