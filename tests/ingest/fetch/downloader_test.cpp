#include "ingest/fetch/downloader.hpp"

#include "ingest/fetch/download_record.hpp"
#include "ingest/fetch/part_file.hpp"
#include "ingest/fetch/s3_listing.hpp"
#include "src/base/blake2b.hpp"
#include "src/base/sha256.hpp"
#include "tests/ingest/fetch/local_server.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::fetch {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LocalServer;
using testing::ServedAnswer;
using testing::ServedRequest;
using ::testing::SizeIs;

class Download : public ::testing::Test {
  protected:
    Download() {
        auto name = (fs::temp_directory_path() / "fetch_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        for (int i = 0; i < 40'000; ++i) content_ += static_cast<char>('a' + i * 7 % 26);
        options_.first_wait = std::chrono::milliseconds(1);
        options_.longest_wait = std::chrono::milliseconds(4);
        options_.longest_retry_after = std::chrono::milliseconds(5);
        options_.max_attempts = 4;
    }
    ~Download() override { fs::remove_all(folder_); }

    DownloadJob job(const LocalServer& server, const std::string& name = "a.nwb") const {
        return {server.url() + "/" + name,
                folder_ / "deep" / name,
                content_.size(),
                {ChecksumKind::blake2b, blake2b_hex(content_)},
                {}};
    }
    DownloadOutcome get(const DownloadJob& one) { return download({one}, options_).at(0); }
    static std::string text_of(const fs::path& file) {
        std::stringstream text;
        text << std::ifstream(file, std::ios::binary).rdbuf();
        return text.str();
    }
    /// What lies in the folder, by name.
    std::vector<std::string> names() const {
        std::vector<std::string> out;
        for (const auto& entry : fs::directory_iterator(folder_ / "deep"))
            out.push_back(entry.path().filename().string());
        std::ranges::sort(out);
        return out;
    }

    fs::path folder_;
    std::string content_;
    DownloadOptions options_;
};

TEST_F(Download, WritesAFileAndNothingElse) {
    LocalServer server(
        [&](const auto& request) { return LocalServer::file(request, content_, "\"v1\""); });
    const auto outcome = get(job(server));
    EXPECT_EQ(outcome.state, DownloadState::downloaded);
    EXPECT_EQ(outcome.bytes, content_.size());
    EXPECT_EQ(text_of(folder_ / "deep/a.nwb"), content_);
    EXPECT_THAT(names(), ElementsAre("a.nwb"));
    // What is there is not asked for again.
    EXPECT_EQ(get(job(server)).state, DownloadState::present);
    EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_F(Download, GoesOnWhereAConnectionBroke) {
    LocalServer server([&](const ServedRequest& request) {
        auto answer = LocalServer::file(request, content_, "\"v1\"");
        if (request.count < 3) answer.cut_after = 9'000;
        return answer;
    });
    const auto outcome = get(job(server));
    EXPECT_EQ(outcome.state, DownloadState::downloaded) << outcome.error->what();
    EXPECT_EQ(text_of(folder_ / "deep/a.nwb"), content_);
    EXPECT_EQ(outcome.bytes, content_.size());
    const auto requests = server.requests();
    ASSERT_THAT(requests, SizeIs(4));
    EXPECT_EQ(requests[3].range_from(), 27'000U);
    EXPECT_EQ(requests[3].headers.at("if-range"), "\"v1\"");
}

TEST_F(Download, GoesOnInAnotherRunAndTellsHowMuchWasThere) {
    {
        LocalServer server([&](const ServedRequest& request) {
            if (request.count > 0) return ServedAnswer{503, {}, "later", {}, false, {}};
            auto answer = LocalServer::file(request, content_, "\"v1\"");
            answer.cut_after = 30'000;
            return answer;
        });
        const auto outcome = get(job(server));
        ASSERT_EQ(outcome.state, DownloadState::failed);
        EXPECT_EQ(outcome.error->kind(), ErrorKind::unavailable);
        EXPECT_THAT(outcome.error->what(), HasSubstr("503"));
        EXPECT_THAT(names(), ElementsAre("a.nwb.part", "a.nwb.part.json"));
        EXPECT_EQ(fs::file_size(folder_ / "deep/a.nwb.part"), 30'000U);
        // Nobody's signed link is on the disk.
        EXPECT_THAT(text_of(folder_ / "deep/a.nwb.part.json"),
                    ::testing::Not(HasSubstr("127.0.0.1")));
    }
    // This server has another address, so what an earlier run of it left is made by hand.
    LocalServer server(
        [&](const auto& request) { return LocalServer::file(request, content_, "\"v1\""); });
    fs::remove_all(folder_ / "deep");
    {
        PartFile part(job(server).path, job(server).url);
        part.start_over("\"v1\"");
        part.add(content_.substr(0, 12'345));
    }
    const auto outcome = get(job(server));
    EXPECT_EQ(outcome.state, DownloadState::downloaded);
    EXPECT_EQ(outcome.resumed, 12'345U);
    EXPECT_EQ(outcome.bytes, content_.size() - 12'345);
    EXPECT_EQ(text_of(folder_ / "deep/a.nwb"), content_);
}

TEST_F(Download, StartsOverWhenTheServerHasAnotherVersion) {
    for (const bool is_honest : {true, false}) {
        LocalServer server([&](const ServedRequest& request) {
            auto answer = LocalServer::file(request, content_, "\"v2\"");
            // One that does not know If-Range gives the rest of the other version.
            if (!is_honest && request.range_from()) {
                answer.status = 206;
                answer.body = content_.substr(*request.range_from());
                answer.headers["Content-Range"] = fmt::format(
                    "bytes {}-{}/{}", *request.range_from(), content_.size() - 1, content_.size());
            }
            return answer;
        });
        fs::remove_all(folder_ / "deep");
        {
            PartFile part(job(server).path, job(server).url);
            part.start_over("\"v1\"");
            part.add(std::string(5'000, 'x'));
        }
        const auto outcome = get(job(server));
        EXPECT_EQ(outcome.state, DownloadState::downloaded);
        EXPECT_EQ(outcome.resumed, 0U);
        EXPECT_EQ(text_of(folder_ / "deep/a.nwb"), content_);
    }
}

TEST_F(Download, DoesNotGoOnWithAPartOfSomethingElse) {
    LocalServer server(
        [&](const auto& request) { return LocalServer::file(request, content_, "\"v1\""); });
    {
        PartFile part(job(server).path, "another address");
        part.start_over("\"v1\"");
        part.add(std::string(5'000, 'x'));
    }
    const auto outcome = get(job(server));
    EXPECT_EQ(outcome.state, DownloadState::downloaded);
    EXPECT_EQ(server.requests().at(0).range_from(), std::nullopt);
}

TEST_F(Download, TakesAPartThatIsWholeAlready) {
    LocalServer server(
        [&](const auto& request) { return LocalServer::file(request, content_, "\"v1\""); });
    {
        PartFile part(job(server).path, job(server).url);
        part.start_over("\"v1\"");
        part.add(content_);
    }
    const auto outcome = get(job(server));
    EXPECT_EQ(outcome.state, DownloadState::downloaded);
    EXPECT_EQ(outcome.bytes, 0U);
    EXPECT_THAT(names(), ElementsAre("a.nwb"));
}

TEST_F(Download, AnEarlyEndThatLooksLikeAnEndIsNone) {
    LocalServer server([&](const ServedRequest& request) {
        auto answer = LocalServer::file(request, content_, "\"v1\"");
        if (request.count == 0) {
            answer.hides_length = true;
            answer.cut_after = 36'000;
        }
        return answer;
    });
    const auto outcome = get(job(server));
    EXPECT_EQ(outcome.state, DownloadState::downloaded);
    EXPECT_EQ(text_of(folder_ / "deep/a.nwb"), content_);
    // Without a size to go by, the checksum tells.
    LocalServer again([&](const ServedRequest& request) {
        auto answer = LocalServer::file(request, content_, "\"v1\"");
        if (request.count == 0) {
            answer.hides_length = true;
            answer.cut_after = 36'000;
        }
        return answer;
    });
    auto one = job(again, "b.nwb");
    one.size.reset();
    EXPECT_EQ(get(one).state, DownloadState::downloaded);
    EXPECT_EQ(text_of(folder_ / "deep/b.nwb"), content_);
}

TEST_F(Download, AWrongChecksumIsTriedAgainAndThenNamed) {
    const std::string wrong(content_.size(), 'x');
    LocalServer server([&](const ServedRequest& request) {
        return LocalServer::file(request, request.count < 2 ? wrong : content_, "\"v1\"");
    });
    EXPECT_EQ(get(job(server)).state, DownloadState::downloaded);
    EXPECT_THAT(server.requests(), SizeIs(3));
    LocalServer never(
        [&](const auto& request) { return LocalServer::file(request, wrong, "\"v1\""); });
    const auto outcome = get(job(never, "b.nwb"));
    ASSERT_EQ(outcome.state, DownloadState::failed);
    EXPECT_EQ(outcome.error->type(), "HashMismatch");
    EXPECT_THAT(outcome.error->what(), HasSubstr("b.nwb"));
    EXPECT_THAT(never.requests(), SizeIs(11));
    EXPECT_THAT(names(), ElementsAre("a.nwb"));  // neither under its name nor as a part
}

TEST_F(Download, PassingAnswersAreWaitedForAndOthersAreNot) {
    for (const int status : {500, 502, 503, 429, 408}) {
        LocalServer server([&](const ServedRequest& request) {
            if (request.count < 2)
                return ServedAnswer{status, {{"Retry-After", "0"}}, "no", {}, false, {}};
            return LocalServer::file(request, content_, "\"v1\"");
        });
        fs::remove_all(folder_ / "deep");
        EXPECT_EQ(get(job(server)).state, DownloadState::downloaded) << status;
    }
    for (const auto& [status, type] :
         std::map<int, std::string>{{404, "UnknownFile"}, {403, ""}, {400, ""}}) {
        LocalServer server(
            [&](const ServedRequest&) { return ServedAnswer{status, {}, "no", {}, false, {}}; });
        fs::remove_all(folder_ / "deep");
        const auto outcome = get(job(server));
        EXPECT_EQ(outcome.state, DownloadState::failed);
        EXPECT_EQ(outcome.error->type(), type);
        EXPECT_THAT(outcome.error->what(), HasSubstr(std::to_string(status)));
        EXPECT_THAT(server.requests(), SizeIs(1)) << status;
    }
}

TEST_F(Download, WaitsAsLongAsTheServerAsks) {
    options_.longest_retry_after = std::chrono::milliseconds(60'000);
    LocalServer server([&](const ServedRequest& request) {
        if (request.count == 0) return ServedAnswer{429, {{"Retry-After", "1"}}, "", {}, false, {}};
        return LocalServer::file(request, content_, "\"v1\"");
    });
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(get(job(server)).state, DownloadState::downloaded);
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST_F(Download, AsksTheArchiveAgainWhenASignedLinkIsRefused) {
    std::atomic<int> links = 0;
    LocalServer server([&](const ServedRequest& request) {
        if (request.target == "/a.nwb")
            return ServedAnswer{
                302, {{"Location", fmt::format("/signed?{}", ++links)}}, "", {}, false, {}};
        if (request.target != "/signed?1" && request.target != "/signed?3")
            return ServedAnswer{403, {}, "expired", {}, false, {}};
        auto answer = LocalServer::file(request, content_, "\"v1\"");
        if (request.target == "/signed?1") answer.cut_after = 20'000;
        return answer;
    });
    const auto outcome = get(job(server));
    ASSERT_EQ(outcome.state, DownloadState::downloaded);
    EXPECT_EQ(text_of(folder_ / "deep/a.nwb"), content_);
    EXPECT_EQ(links.load(), 3);
    EXPECT_EQ(outcome.bytes, content_.size());  // the byte reached was gone on from
}

TEST_F(Download, GivesUpAServerThatSaysNothing) {
    options_.limits.stall_timeout = std::chrono::seconds(1);
    options_.max_attempts = 2;
    LocalServer server([&](const ServedRequest&) {
        return ServedAnswer{200, {}, "", {}, false, std::chrono::milliseconds(8'000)};
    });
    const auto outcome = get(job(server));
    EXPECT_EQ(outcome.state, DownloadState::failed);
    EXPECT_EQ(outcome.error->kind(), ErrorKind::unavailable);
}

TEST_F(Download, TakesSeveralAtOnceAndOneFailureStopsNoOther) {
    LocalServer server([&](const ServedRequest& request) {
        if (request.target == "/3.nwb") return ServedAnswer{404, {}, "", {}, false, {}};
        auto answer = LocalServer::file(request, content_, "\"v1\"");
        answer.delay = std::chrono::milliseconds(60);
        return answer;
    });
    std::vector<DownloadJob> jobs;
    for (int i = 0; i < 8; ++i) jobs.push_back(job(server, fmt::format("{}.nwb", i)));
    options_.parallel = 4;
    std::size_t told = 0, finished = 0;
    options_.progress = [&](const DownloadProgress& one) {
        ++told;
        EXPECT_LT(one.job, 8U);
        EXPECT_EQ(one.size, content_.size());
    };
    options_.finished = [&](const DownloadJob&) { ++finished; };
    const auto outcomes = download(jobs, options_);
    for (std::size_t i = 0; i < jobs.size(); ++i)
        EXPECT_EQ(outcomes[i].state, i == 3 ? DownloadState::failed : DownloadState::downloaded)
            << i;
    EXPECT_EQ(finished, 7U);
    EXPECT_GE(told, 7U);
    EXPECT_GT(server.most_at_once(), 1);
    EXPECT_LE(server.most_at_once(), 4);
}

TEST_F(Download, TwoProgramsDoNotWriteOneFile) {
    LocalServer server([&](const auto& request) {
        auto answer = LocalServer::file(request, content_, "\"v1\"");
        answer.delay = std::chrono::milliseconds(100);
        return answer;
    });
    const auto outcomes = download({job(server), job(server), job(server)}, options_);
    int downloaded = 0;
    for (const auto& outcome : outcomes) {
        EXPECT_NE(outcome.state, DownloadState::failed);
        downloaded += outcome.state == DownloadState::downloaded;
    }
    EXPECT_EQ(downloaded, 1);
    EXPECT_THAT(server.requests(), SizeIs(1));
    EXPECT_THAT(names(), ElementsAre("a.nwb"));
}

TEST_F(Download, StopsWhenItIsAsked) {
    std::atomic<bool> stop = false;
    options_.stop = &stop;
    LocalServer server([&](const ServedRequest& request) {
        auto answer = LocalServer::file(request, content_, "\"v1\"");
        answer.cut_after = 10'000;
        stop = request.count == 1;
        return answer;
    });
    const auto outcome = get(job(server));
    EXPECT_EQ(outcome.state, DownloadState::failed);
    EXPECT_THAT(outcome.error->what(), HasSubstr("stopped"));
    EXPECT_TRUE(fs::exists(folder_ / "deep/a.nwb.part"));
}

TEST_F(Download, RefusesWhatDoesNotFitBeforeItAsks) {
    LocalServer server(
        [&](const auto& request) { return LocalServer::file(request, content_, ""); });
    auto one = job(server);
    one.size = std::uint64_t{1} << 62U;
    try {
        (void)download({one}, options_);
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "NoSpace");
    }
    EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(Download, RefusesWhatStandsInTheFilesPlace) {
    LocalServer server(
        [&](const auto& request) { return LocalServer::file(request, content_, ""); });
    fs::create_directories(folder_ / "deep/a.nwb");
    EXPECT_EQ(get(job(server)).error->type(), "CachePath");
    fs::remove(folder_ / "deep/a.nwb");
    fs::create_symlink("/nowhere/at/all", folder_ / "deep/a.nwb");
    EXPECT_EQ(get(job(server)).error->type(), "CachePath");
}

TEST_F(Download, LinksToAFileWithTheSameChecksum) {
    LocalServer server(
        [&](const auto& request) { return LocalServer::file(request, content_, ""); });
    DownloadRecord record(folder_);
    options_.find_same = [&](const Checksum& checksum) { return record.find(checksum.hex); };
    options_.finished = [&](const DownloadJob& one) { record.add(one.path, one.checksum.hex); };
    EXPECT_EQ(get(job(server)).state, DownloadState::downloaded);
    EXPECT_EQ(get(job(server, "b.nwb")).state, DownloadState::linked);
    EXPECT_TRUE(fs::is_symlink(folder_ / "deep/b.nwb"));
    EXPECT_EQ(text_of(folder_ / "deep/b.nwb"), content_);
    EXPECT_THAT(server.requests(), SizeIs(1));
    EXPECT_EQ(record.entries().size(), 2U);
    // A record of a file that is gone leads nowhere.
    fs::remove(folder_ / "deep/a.nwb");
    fs::remove(folder_ / "deep/b.nwb");
    EXPECT_EQ(get(job(server, "c.nwb")).state, DownloadState::downloaded);
}

TEST_F(Download, EntriesOfTwoWritersOfTheRecordSurvive) {
    std::vector<std::thread> writers;
    for (int w = 0; w < 4; ++w)
        writers.emplace_back([&, w] {
            DownloadRecord record(folder_);
            for (int i = 0; i < 25; ++i) record.add(folder_ / fmt::format("{}-{}", w, i), "aa");
        });
    for (auto& writer : writers) writer.join();
    EXPECT_EQ(DownloadRecord(folder_).entries().size(), 100U);
}

TEST_F(Download, ChecksByTheArchivesKindOfChecksum) {
    const auto file = folder_ / "x";
    std::ofstream(file) << "abc";
    EXPECT_EQ(checksum_of_file(ChecksumKind::sha256, file), sha256_hex("abc"));
    // md5 of the md5 of abc, computed with Python's hashlib.
    EXPECT_EQ(checksum_of_file(ChecksumKind::dandi_etag, file),
              "af5da9f45af7a300e3aded972f8ff687-1");
    EXPECT_EQ(checksum_of_file(ChecksumKind::none, file), "");
}

TEST_F(Download, ListsABucketPageByPage) {
    LocalServer server([&](const ServedRequest& request) {
        ServedAnswer answer;
        if (request.target.find("continuation-token") == std::string::npos) {
            EXPECT_EQ(request.target, "/?list-type=2&prefix=p%2Fmanifests%2F");
            if (request.count == 0) return ServedAnswer{503, {}, "", {}, false, {}};
            answer.body =
                "<?xml "
                "version=\"1.0\"?><ListBucketResult><Contents><Key>p/manifests/b&amp;c.json</Key>"
                "<Size>1</Size></Contents><IsTruncated>true</IsTruncated>"
                "<NextContinuationToken>a+b/c=</NextContinuationToken></ListBucketResult>";
        } else {
            EXPECT_EQ(request.target,
                      "/?continuation-token=a%2Bb%2Fc%3D&list-type=2&prefix=p%2Fmanifests%2F");
            answer.body =
                "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>p/manifests/"
                "a.json</Key>"
                "</Contents></ListBucketResult>";
        }
        return answer;
    });
    EXPECT_THAT(list_objects(server.url(), "p/manifests/", options_),
                ElementsAre("p/manifests/a.json", "p/manifests/b&c.json"));
    EXPECT_THROW((void)parse_listing("<html>no</html>"), Error);
    EXPECT_THROW((void)parse_listing("<ListBucketResult><Contents><Key>a"), Error);
    EXPECT_THROW(
        (void)parse_listing("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"),
        Error);
}

}  // namespace
}  // namespace tb::fetch
