#include "ingest/alf/session_reader.hpp"
#include "tests/ingest/alf/support.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

namespace tb::alf {
namespace {

using testing::Entries;
using testing::TemporaryFolder;

struct Visit {
    std::vector<SessionSource> sessions;
    std::vector<DiscoveryProblem> problems;

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& s : sessions) {
            all.push_back(s.lab + "/" + s.subject + "/" + s.date + "/" + s.number);
        }
        return all;
    }
    [[nodiscard]] std::string messages() const {
        std::string all;
        for (const auto& p : problems) all += std::string(p.error.what()) + "\n";
        return all;
    }
};

Visit visit(const std::filesystem::path& path, const DiscoveryOptions& options = {}) {
    Visit seen;
    visit_sessions(
        path, options, [&](SessionSource&& s) { seen.sessions.push_back(std::move(s)); },
        [&](DiscoveryProblem&& p) { seen.problems.push_back(std::move(p)); });
    return seen;
}

void add_session(Entries& entries, const std::string& folder, std::size_t trials = 6) {
    for (auto& [name, content] : testing::session_files(trials)) {
        entries.emplace_back(folder + "/" + name, content);
    }
}

void write_all(const TemporaryFolder& folder, const Entries& entries) {
    for (const auto& [name, content] : entries) folder.write(name, content);
}

using Names = std::vector<std::string>;

TEST(FindSessions, FindsThemAtAnyDepthInOrder) {
    const TemporaryFolder folder;
    Entries entries;
    add_session(entries, "a b/ünï/lab2/Subjects/m1/2020-01-02/001");
    add_session(entries, "lab1/Subjects/m 2/2020-01-02/002");
    add_session(entries, "lab1/Subjects/m 2/2020-01-02/001");
    entries.emplace_back("lab1/Subjects/m 2/2020-02-30/001/alf/x.npy", "no such date");
    entries.emplace_back("lab1/Subjects/m 2/2020-01-02/notes/x.txt", "no number");
    write_all(folder, entries);
    std::filesystem::create_directories(folder.path() / "lab1/Subjects/m3/2020-01-02/001/alf");
    const auto seen = visit(folder.path());
    EXPECT_EQ(seen.names(), (Names{"lab1/m 2/2020-01-02/001", "lab1/m 2/2020-01-02/002",
                                   "lab2/m1/2020-01-02/001"}));
    EXPECT_TRUE(seen.problems.empty()) << seen.messages();
    EXPECT_EQ(seen.sessions[0].members.size(), 10U);
    EXPECT_EQ(seen.sessions[0].members[0].path, "alf/_ibl_trials.choice.npy");
}

TEST(FindSessions, TakesTheSessionFolderItself) {
    const TemporaryFolder folder;
    Entries entries;
    add_session(entries, "lab1/Subjects/m/2020-01-02/001");
    write_all(folder, entries);
    for (const char* below : {"lab1/Subjects/m/2020-01-02/001", "lab1/Subjects/m/2020-01-02/001/",
                              "lab1/Subjects/m/2020-01-02", "lab1/Subjects/../Subjects/m"}) {
        EXPECT_EQ(visit(folder.path() / below).names(), (Names{"lab1/m/2020-01-02/001"})) << below;
    }
}

TEST(FindSessions, AsksForTheLabWhereTheTreeHasNone) {
    const TemporaryFolder folder;
    Entries entries;
    add_session(entries, "m/2020-01-02/001");
    write_all(folder, entries);
    const auto without = visit(folder.path());
    EXPECT_TRUE(without.sessions.empty());
    ASSERT_EQ(without.problems.size(), 1U);
    EXPECT_EQ(without.problems[0].error.kind(), ErrorKind::usage);
    EXPECT_EQ(without.problems[0].session, "m/2020-01-02/001");
    DiscoveryOptions options;
    options.lab = "mylab";
    EXPECT_EQ(visit(folder.path(), options).names(), (Names{"mylab/m/2020-01-02/001"}));
}

TEST(FindSessions, EndsInLoopsOfLinksAndTakesNothingTwice) {
    const TemporaryFolder folder;
    Entries entries;
    add_session(entries, "lab1/Subjects/m/2020-01-02/001");
    write_all(folder, entries);
    std::filesystem::create_directory_symlink(folder.path(), folder.path() / "lab1/up");
    std::filesystem::create_directory_symlink(folder.path() / "lab1", folder.path() / "again");
    const auto session = folder.path() / "lab1/Subjects/m/2020-01-02/001";
    std::filesystem::create_directory_symlink(session, session / "alf/loop");
    std::filesystem::create_symlink(session / "nowhere.npy", session / "alf/broken.x.npy");
    const auto seen = visit(folder.path());
    ASSERT_EQ(seen.sessions.size(), 1U);
    EXPECT_EQ(seen.sessions[0].members.size(), 10U);
    EXPECT_EQ(seen.sessions[0].issues.size(), 2U);
}

TEST(FindSessions, ReportsTheSameSessionFoundTwice) {
    const TemporaryFolder folder;
    Entries entries;
    add_session(entries, "copy/lab1/Subjects/m/2020-01-02/1");
    add_session(entries, "lab1/Subjects/m/2020-01-02/001");
    write_all(folder, entries);
    const auto seen = visit(folder.path());
    EXPECT_EQ(seen.sessions.size(), 1U);
    ASSERT_EQ(seen.problems.size(), 1U);
    EXPECT_EQ(seen.problems[0].error.kind(), ErrorKind::conflict);
}

TEST(FindSessions, RefusesWhatIsNotThere) {
    const TemporaryFolder folder;
    try {
        (void)find_sessions(folder.path() / "absent");
        FAIL() << "found sessions in nothing";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::not_found);
    }
    folder.write("file", "x");
    EXPECT_THROW((void)find_sessions(folder.path() / "file"), Error);
    EXPECT_THROW(visit(folder.path() / "absent"), Error);
}

TEST(VisitArchive, ReadsEveryCompression) {
    const TemporaryFolder folder;
    Entries entries;
    add_session(entries, "./lab1/Subjects/m/2020-01-02/001");
    add_session(entries, "lab1/Subjects/mäuschen/2020-01-02/001");
    entries.emplace_back("lab1/README", "not of a session");
    for (const char* filter : {"", "gzip", "xz", "bzip2", "zstd"}) {
        folder.write("a.tar", testing::tar_bytes(entries, filter));
        const auto seen = visit(folder.path() / "a.tar");
        EXPECT_EQ(seen.names(), (Names{"lab1/m/2020-01-02/001", "lab1/mäuschen/2020-01-02/001"}))
            << filter;
        EXPECT_TRUE(seen.problems.empty()) << filter << ": " << seen.messages();
        ASSERT_EQ(seen.sessions[0].members.size(), 10U);
        EXPECT_TRUE(seen.sessions[0].members[0].is_in_memory);
        EXPECT_EQ(seen.sessions[0].members[0].sha256.size(), 64U);
        EXPECT_EQ(read_session(seen.sessions[0]).trials.count, 6U);
    }
}

TEST(VisitArchive, PutsScatteredSessionsTogether) {
    // All files of one kind, then all of the next: as far apart as they can be.
    const TemporaryFolder folder;
    Entries entries;
    const auto files = testing::session_files(4);
    for (const auto& [name, content] : files) {
        for (int i = 100; i < 140; ++i) {
            entries.emplace_back("lab1/Subjects/m/2020-01-02/" + std::to_string(i) + "/" + name,
                                 content);
        }
    }
    folder.write("a.tar", testing::tar_bytes(entries));
    const auto seen = visit(folder.path() / "a.tar");
    EXPECT_TRUE(seen.problems.empty()) << seen.messages();
    std::map<std::string, std::size_t> members;
    for (const auto& session : seen.sessions) members[session.number] = session.members.size();
    EXPECT_EQ(members.size(), 40U);
    for (const auto& [number, count] : members) EXPECT_EQ(count, files.size()) << number;
    EXPECT_EQ(seen.sessions.size(), 40U);

    // Too much for the memory at once: several passes, each session whole and once.
    DiscoveryOptions narrow;
    narrow.window_bytes = 20'000;
    const auto again = visit(folder.path() / "a.tar", narrow);
    EXPECT_TRUE(again.problems.empty()) << again.messages();
    EXPECT_EQ(again.sessions.size(), 40U);
    for (const auto& session : again.sessions)
        EXPECT_EQ(session.members.size(), files.size()) << session.number;
}

TEST(VisitArchive, DeliversNothingOfACutArchiveWhoseSessionsLieScattered) {
    const TemporaryFolder folder;
    Entries entries;
    for (const auto& [name, content] : testing::session_files(40)) {
        for (int i = 100; i < 140; ++i) {
            entries.emplace_back("lab1/Subjects/m/2020-01-02/" + std::to_string(i) + "/" + name,
                                 content);
        }
    }
    const auto whole = testing::tar_bytes(entries);
    // In the middle of the first kind of file, and of the fifth.
    for (const double share : {0.05, 0.45}) {
        const auto size = static_cast<double>(whole.size()) * share;
        folder.write("cut.tar", whole.substr(0, static_cast<std::size_t>(size)));
        for (const std::uint64_t window : {std::uint64_t{1} << 28, std::uint64_t{20'000}}) {
            DiscoveryOptions options;
            options.window_bytes = window;
            const auto seen = visit(folder.path() / "cut.tar", options);
            EXPECT_TRUE(seen.sessions.empty()) << share;
            EXPECT_GE(seen.problems.size(), share < 0.1 ? 15U : 40U) << seen.messages();
        }
    }
}

TEST(VisitArchive, DeliversASessionBeforeTheArchiveEnds) {
    const TemporaryFolder folder;
    Entries entries;
    for (int i = 100; i < 130; ++i) {
        add_session(entries, "lab1/Subjects/m/2020-01-02/" + std::to_string(i));
    }
    folder.write("a.tar", testing::tar_bytes(entries));
    std::size_t seen = 0;
    EXPECT_THROW(visit_sessions(
                     folder.path() / "a.tar", {},
                     [&](SessionSource&&) {
                         if (++seen == 5) throw std::runtime_error("enough");
                     },
                     [](DiscoveryProblem&&) {}),
                 std::runtime_error);
    EXPECT_EQ(seen, 5U);
}

TEST(VisitArchive, KeepsOnlyWhatTheReaderWants) {
    const TemporaryFolder folder;
    Entries entries;
    add_session(entries, "lab1/Subjects/m/2020-01-02/001");
    entries.emplace_back("lab1/Subjects/m/2020-01-02/001/raw_video_data/_iblrig_leftCamera.raw.mp4",
                         std::string(100'000, 'v'));
    folder.write("a.tar", testing::tar_bytes(entries, "gzip"));
    const auto seen = visit(folder.path() / "a.tar");
    ASSERT_EQ(seen.sessions.size(), 1U);
    const auto& video = seen.sessions[0].members.back();
    EXPECT_EQ(video.size_bytes, 100'000U);
    EXPECT_TRUE(video.bytes.empty());
    EXPECT_EQ(video.sha256.size(), 64U);
}

TEST(VisitArchive, SkipsAndReportsNamesThatPointOutside) {
    const TemporaryFolder folder;
    Entries entries;
    entries.emplace_back("../lab1/Subjects/m/2020-01-02/001/alf/_ibl_trials.choice.npy", "x");
    entries.emplace_back("/lab1/Subjects/m/2020-01-03/001/alf/_ibl_trials.choice.npy", "x");
    entries.emplace_back("lab1/Subjects/m/2020-01-02/001/../../x/_ibl_trials.choice.npy", "x");
    add_session(entries, "lab1/Subjects/m/2020-01-04/001");
    folder.write("a.tar", testing::tar_bytes(entries));
    const auto seen = visit(folder.path() / "a.tar");
    EXPECT_EQ(seen.names(), (Names{"lab1/m/2020-01-04/001"}));
    // One for the archive, with the count and the first.
    ASSERT_EQ(seen.problems.size(), 1U) << seen.messages();
    EXPECT_NE(seen.messages().find("3 entries"), std::string::npos);
    EXPECT_NE(seen.messages().find("../lab1"), std::string::npos);
}

TEST(VisitArchive, DeliversWhatCameBeforeTheDamage) {
    const TemporaryFolder folder;
    Entries entries;
    for (int i = 1; i <= 5; ++i) {
        add_session(entries, "lab1/Subjects/m/2020-01-02/00" + std::to_string(i), 300);
    }
    for (const char* filter : {"", "gzip", "xz", "zstd", "bzip2"}) {
        const auto whole = testing::tar_bytes(entries, filter);
        folder.write("cut.tar", whole.substr(0, whole.size() * 3 / 4));
        const auto seen = visit(folder.path() / "cut.tar");
        ASSERT_EQ(seen.problems.size(), 1U) << filter << seen.messages();
        EXPECT_EQ(seen.problems[0].error.kind(), ErrorKind::data);
        EXPECT_NE(seen.messages().find("cut.tar"), std::string::npos);
        EXPECT_LT(seen.sessions.size(), 5U) << filter;
        for (const auto& session : seen.sessions) {
            EXPECT_EQ(session.members.size(), 10U) << filter;
            EXPECT_EQ(read_session(session).trials.count, 300U);
        }
        if (std::string(filter).empty()) {
            EXPECT_EQ(seen.sessions.size(), 3U);
            EXPECT_EQ(seen.problems[0].session, "lab1/m/2020-01-02/004");
            EXPECT_NE(seen.messages().find("_ibl_trials."), std::string::npos);
        }
    }
}

TEST(VisitArchive, NoticesATarCutBetweenTwoEntries) {
    const TemporaryFolder folder;
    Entries entries;
    add_session(entries, "lab1/Subjects/m/2020-01-02/001");
    auto bytes = testing::tar_bytes(entries);
    while (bytes.size() >= 512 && bytes.substr(bytes.size() - 512) == std::string(512, '\0')) {
        bytes.resize(bytes.size() - 512);
    }
    folder.write("cut.tar", bytes);
    const auto seen = visit(folder.path() / "cut.tar");
    EXPECT_TRUE(seen.sessions.empty());
    ASSERT_EQ(seen.problems.size(), 1U);
    EXPECT_EQ(seen.problems[0].session, "lab1/m/2020-01-02/001");
}

TEST(VisitArchive, RefusesSizesBeyondTheLimitWithoutTakingMemory) {
    const TemporaryFolder folder;
    Entries entries;
    add_session(entries, "lab1/Subjects/m/2020-01-01/001");
    add_session(entries, "lab1/Subjects/m/2020-01-02/001", 2000);
    add_session(entries, "lab1/Subjects/m/2020-01-03/001");
    folder.write("a.tar", testing::tar_bytes(entries));
    DiscoveryOptions options;
    options.session_limit_bytes = 20'000;
    const auto seen = visit(folder.path() / "a.tar", options);
    EXPECT_EQ(seen.names(), (Names{"lab1/m/2020-01-01/001", "lab1/m/2020-01-03/001"}));
    ASSERT_EQ(seen.problems.size(), 1U) << seen.messages();
    EXPECT_EQ(seen.problems[0].session, "lab1/m/2020-01-02/001");
}

TEST(VisitArchive, DoesNotBelieveAnAbsurdSizeInAHeader) {
    const TemporaryFolder folder;
    Entries entries;
    add_session(entries, "lab1/Subjects/m/2020-01-01/001");
    auto bytes = testing::tar_bytes(entries);
    // The size of the first entry: 11 octal digits at byte 124 of its header; the checksum at 148
    // is of all bytes.
    const std::string huge = "77777777777";
    int difference = 0;
    for (std::size_t i = 0; i < huge.size(); ++i) {
        difference += huge[i] - bytes[124 + i];
        bytes[124 + i] = huge[i];
    }
    const auto old_sum = std::stoi(bytes.substr(148, 6), nullptr, 8);
    char sum[8];
    std::snprintf(sum, sizeof sum, "%06o", static_cast<unsigned>(old_sum + difference));
    bytes.replace(148, 6, sum, 6);
    folder.write("a.tar", bytes);
    const auto seen = visit(folder.path() / "a.tar");
    EXPECT_TRUE(seen.sessions.empty());
    EXPECT_GE(seen.problems.size(), 1U);
}

TEST(VisitArchive, TakesTheLaterOfTwoEntriesOfOneName) {
    const TemporaryFolder folder;
    Entries entries;
    add_session(entries, "lab1/Subjects/m/2020-01-01/001", 4);
    add_session(entries, "lab1/Subjects/m/2020-01-01/001", 7);
    folder.write("a.tar", testing::tar_bytes(entries));
    const auto seen = visit(folder.path() / "a.tar");
    ASSERT_EQ(seen.sessions.size(), 1U);
    EXPECT_EQ(seen.sessions[0].members.size(), 10U);
    EXPECT_EQ(seen.sessions[0].issues.size(), 10U);
    EXPECT_EQ(read_session(seen.sessions[0]).trials.count, 7U);
}

TEST(VisitArchive, RemarksUponLinksAndDoesNotFollowThem) {
    const TemporaryFolder folder;
    Entries entries;
    add_session(entries, "lab1/Subjects/m/2020-01-01/001");
    entries.emplace_back("lab1/Subjects/m/2020-01-01/001/alf/_ibl_trials.repNum.npy -> /etc/passwd",
                         "");
    folder.write("a.tar", testing::tar_bytes(entries));
    const auto seen = visit(folder.path() / "a.tar");
    ASSERT_EQ(seen.sessions.size(), 1U);
    EXPECT_EQ(seen.sessions[0].members.size(), 10U);
    ASSERT_EQ(seen.sessions[0].issues.size(), 1U);
    EXPECT_EQ(seen.sessions[0].issues[0].dataset, "alf/_ibl_trials.repNum.npy");
}

TEST(VisitArchive, ReportsWhatIsNoArchiveAndWhatNamesNoLab) {
    const TemporaryFolder folder;
    folder.write("text.tar", "this is no archive at all, only a line of text");
    folder.write("empty.tar", "");
    for (const char* name : {"text.tar", "empty.tar"}) {
        const auto seen = visit(folder.path() / name);
        EXPECT_TRUE(seen.sessions.empty());
        ASSERT_EQ(seen.problems.size(), 1U) << name;
        EXPECT_EQ(seen.problems[0].error.kind(), ErrorKind::data);
        EXPECT_NE(seen.messages().find(name), std::string::npos);
    }
    Entries entries;
    add_session(entries, "m/2020-01-01/001");
    folder.write("lab.tar", testing::tar_bytes(entries));
    const auto seen = visit(folder.path() / "lab.tar");
    ASSERT_EQ(seen.problems.size(), 1U) << seen.messages();
    EXPECT_EQ(seen.problems[0].error.kind(), ErrorKind::usage);
    DiscoveryOptions options;
    options.lab = "mylab";
    EXPECT_EQ(visit(folder.path() / "lab.tar", options).names(), (Names{"mylab/m/2020-01-01/001"}));
}

}  // namespace
}  // namespace tb::alf
