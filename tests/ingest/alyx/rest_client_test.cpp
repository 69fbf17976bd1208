#include "ingest/alyx/rest_client.hpp"

#include "tests/ingest/fetch/local_server.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::alyx {
namespace {

using ::testing::HasSubstr;
using testing::LocalServer;
using testing::ServedAnswer;
using testing::ServedRequest;

RestOptions options_of(const LocalServer& server) {
    RestOptions options;
    options.url = server.url();
    options.user = "ada & co";
    options.password = [] { return std::string("se=cret"); };
    options.page_size = 2;
    options.max_attempts = 4;
    options.first_wait = std::chrono::milliseconds(1);
    options.longest_wait = std::chrono::milliseconds(4);
    options.longest_retry_after = std::chrono::milliseconds(1);
    return options;
}

ServedAnswer token(const std::string& text = "abc") {
    ServedAnswer answer;
    answer.body = fmt::format(R"({{"token": "{}"}})", text);
    return answer;
}

ServedAnswer body(const std::string& text, int status = 200) {
    ServedAnswer answer;
    answer.status = status;
    answer.body = text;
    return answer;
}

std::string error_type(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.type();
    }
    return "no error";
}

TEST(RestClient, FollowsPathAndQueryOfTheNextPageOnItsOwnHost) {
    LocalServer server([](const ServedRequest& request) {
        if (request.target == "/auth-token") return token();
        if (request.target == "/labs?limit=2&offset=0")
            return body(R"({"count": 3, "next": "http://elsewhere.example/labs?limit=2&offset=2",
                            "results": [{"name": "a"}, {"name": "b"}]})");
        if (request.target == "/labs?limit=2&offset=2")
            return body(R"({"count": 3, "next": null, "results": [{"name": "c"}]})");
        return body("{}", 404);
    });
    RestClient client(options_of(server));
    auto page = client.page(client.first_page("labs"));
    EXPECT_EQ(page.count, 3u);
    EXPECT_EQ(page.next, "/labs?limit=2&offset=2");
    page = client.page(page.next);
    EXPECT_EQ(page.results.size(), 1u);
    EXPECT_EQ(page.next, "");
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 3u);
    EXPECT_EQ(requests[0].method, "POST");
    EXPECT_EQ(requests[0].body, "username=ada%20%26%20co&password=se%3Dcret");
    EXPECT_EQ(requests[2].headers.at("authorization"), "Token abc");
    EXPECT_EQ(error_type([&] { (void)client.page("/none?limit=2"); }), "UnknownEndpoint");
}

TEST(RestClient, WaitsAndGoesOnWhereAServerIsFullOrFails) {
    LocalServer server([](const ServedRequest& request) {
        if (request.target == "/auth-token") return token();
        ServedAnswer answer = body(R"({"count": 1, "next": null, "results": [{"name": "a"}]})");
        if (request.count == 0) {
            answer.status = 429;
            answer.headers["Retry-After"] = "600";
        } else if (request.count == 1) {
            answer.status = 502;
        } else if (request.count == 2) {
            answer.hides_length = true;  // half a page that looks whole
            answer.cut_after = 20;
        }
        return answer;
    });
    RestClient client(options_of(server));
    EXPECT_EQ(client.page("/labs?limit=2&offset=0").results.size(), 1u);
    EXPECT_EQ(server.requests().size(), 5u);
    LocalServer broken([](const ServedRequest& request) {
        return request.target == "/auth-token" ? token() : body("oh", 503);
    });
    RestClient other(options_of(broken));
    try {
        (void)other.page("/labs?limit=2&offset=0");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
        EXPECT_THAT(error.what(), HasSubstr("status 503 after 4 attempts"));
        EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("abc")));
    }
}

TEST(RestClient, FetchesANewTokenOnceInTheMiddleOfAList) {
    LocalServer server([](const ServedRequest& request) {
        if (request.target == "/auth-token") return token(request.count == 0 ? "old" : "new");
        if (request.headers.at("authorization") == "Token old" &&
            request.target == "/labs?limit=2&offset=2")
            return body(R"({"detail": "Invalid token."})", 401);
        return body(R"({"count": 3, "next": "/labs?limit=2&offset=2", "results": [{}]})");
    });
    RestClient client(options_of(server));
    EXPECT_EQ(client.page("/labs?limit=2&offset=0").next, "/labs?limit=2&offset=2");
    EXPECT_EQ(error_type([&] { (void)client.page("/labs?limit=2&offset=2"); }), "OddAnswer")
        << "a next page that is the same would never end";
    EXPECT_EQ(std::ranges::count(server.requests(), "/auth-token", &ServedRequest::target), 2);
    LocalServer closed([](const ServedRequest& request) {
        return request.target == "/auth-token" ? token() : body("{}", 401);
    });
    RestClient other(options_of(closed));
    EXPECT_EQ(error_type([&] { (void)other.page("/labs"); }), "AccessDenied");
    EXPECT_EQ(closed.requests().size(), 4u);
}

TEST(RestClient, RefusesWhatIsNoColonyDatabase) {
    LocalServer wrong([](const ServedRequest&) {
        return body(R"({"non_field_errors": ["Unable to log in"]})", 400);
    });
    RestClient refused(options_of(wrong));
    EXPECT_EQ(error_type([&] { (void)refused.page("/labs"); }), "AccessDenied");
    LocalServer moved([](const ServedRequest&) {
        auto answer = body("{}", 301);
        answer.headers["Location"] = "https://elsewhere.example/auth-token";
        return answer;
    });
    RestClient redirected(options_of(moved));
    EXPECT_EQ(error_type([&] { (void)redirected.page("/labs"); }), "Redirected");
    EXPECT_EQ(moved.requests().size(), 1u);
    LocalServer other([](const ServedRequest& request) {
        if (request.target == "/auth-token") return token();
        if (request.target == "/labs") return body("[{}, {}]");
        if (request.target == "/next")
            return body(R"({"count": 1, "next": "http://h/auth-token?x", "results": []})");
        return body(R"({"count": 1})");
    });
    RestClient odd(options_of(other));
    EXPECT_EQ(odd.page("/labs").results.size(), 2u);
    EXPECT_EQ(error_type([&] { (void)odd.page("/next"); }), "OddAnswer");
    EXPECT_EQ(error_type([&] { (void)odd.page("/page"); }), "OddAnswer");
    for (const char* address : {"alyx.example", "https://ada:secret@alyx.example", "ftp://x"}) {
        RestOptions options;
        options.url = address;
        EXPECT_THROW(RestClient{options}, Error) << address;
    }
}

TEST(RestClient, StepsBackByWhatVanished) {
    EXPECT_EQ(RestClient::earlier("/a?limit=2&offset=40&x=1", 3), "/a?limit=2&offset=37&x=1");
    EXPECT_EQ(RestClient::earlier("/a?offset=2", 3), "/a?offset=0");
    EXPECT_EQ(RestClient::earlier("/a", 3), "/a");
}

}  // namespace
}  // namespace tb::alyx
