#include "ingest/alyx/rest_client.hpp"

#include "ingest/fetch/s3_listing.hpp"

#include <algorithm>
#include <charconv>
#include <thread>

#include <fmt/format.h>

namespace tb::alyx {
namespace {

using nlohmann::json;

constexpr std::size_t largest_answer = std::size_t{256} << 20U;

/// What follows scheme and host: path and query.
std::string after_host(const std::string& address) {
    const auto scheme = address.find("://");
    if (scheme == std::string::npos) return address;
    const auto path = address.find('/', scheme + 3);
    return path == std::string::npos ? std::string("/") : address.substr(path);
}

bool is_refusal(int status) {
    return status == 400 || status == 401 || status == 403;
}

}  // namespace

RestClient::RestClient(RestOptions options)
    : options_(std::move(options)), client_(options_.limits) {
    while (options_.url.ends_with('/')) options_.url.pop_back();
    if (!options_.url.starts_with("http://") && !options_.url.starts_with("https://"))
        throw Error(ErrorKind::usage,
                    fmt::format("'{}' is no address of a colony database", options_.url),
                    "It begins with https://.");
    if (options_.url.find('@') != std::string::npos || options_.url.find('?') != std::string::npos)
        throw Error(ErrorKind::usage, "the address must hold no name, password or query",
                    "Give the user by --user and the password by --password-file.");
    base_path_ = after_host(options_.url);
    if (base_path_ == "/") base_path_.clear();
    options_.page_size = std::clamp<std::size_t>(options_.page_size, 1, 1000);
}

std::string RestClient::first_page(const std::string& endpoint, const std::string& filter) const {
    return fmt::format("/{}?limit={}&offset=0{}", endpoint, options_.page_size, filter);
}

std::string RestClient::earlier(const std::string& target, std::size_t back) {
    const auto name = target.find("offset=");
    if (name == std::string::npos) return target;
    const auto* const first = target.data() + name + 7;
    const auto* const last = target.data() + target.size();
    std::size_t offset = 0;
    const auto [end, fault] = std::from_chars(first, last, offset);
    if (fault != std::errc{}) return target;
    return target.substr(0, name + 7) + std::to_string(offset - std::min(offset, back)) +
           std::string(end, last);
}

// Servers behind proxies write http or another host into the address of the next page: only its
// path and query are used, and only where it is the list that is read.
std::string RestClient::path_below(const std::string& address) const {
    auto path = after_host(address);
    if (!base_path_.empty() && path.starts_with(base_path_ + "/"))
        path = path.substr(base_path_.size());
    if (!path.starts_with("/") || path.starts_with("//") ||
        path.find_first_of(" \r\n\t#") != std::string::npos)
        throw Error(ErrorKind::data, fmt::format("{}: the next page has no path", options_.url), "",
                    "OddAnswer");
    return path;
}

void RestClient::wait(std::optional<std::chrono::seconds> asked,
                      std::chrono::milliseconds& next) const {
    auto left =
        asked ? std::min(std::chrono::milliseconds(*asked), options_.longest_retry_after) : next;
    next = std::min(2 * next, options_.longest_wait);
    while (left.count() > 0 && (options_.stop == nullptr || !options_.stop->load())) {
        const auto step = std::min(left, std::chrono::milliseconds(50));
        std::this_thread::sleep_for(step);
        left -= step;
    }
}

RestClient::Answer RestClient::send(const fetch::HttpRequest& request, const std::string& target) {
    auto next_wait = options_.first_wait;
    std::string fault;
    for (int attempt = 1; attempt <= options_.max_attempts; ++attempt) {
        if (options_.stop != nullptr && options_.stop->load()) break;
        Answer answer;
        ++requests_;
        const auto result = client_.get(
            request, [](const fetch::HttpHead&) { return true; },
            [&](std::string_view piece) {
                if (answer.body.size() + piece.size() > largest_answer)
                    throw Error(ErrorKind::data,
                                fmt::format("{}{}: more than 256 MiB", options_.url, target), "",
                                "OddAnswer");
                answer.body += piece;
                return true;
            },
            options_.stop);
        answer.status = result.head.status;
        const bool is_passing = fetch::is_passing_status(answer.status);
        // An answer without a length that was cut off shows as text that is no JSON.
        const bool is_half = answer.status == 200 && !json::accept(answer.body);
        if (result.is_complete && !is_passing && !is_half) {
            if (answer.status >= 300 && answer.status < 400)
                throw Error(
                    ErrorKind::usage,
                    fmt::format("{}{} leads to {}", options_.url, target, result.head.location),
                    "Give the address that it leads to; redirects are not followed, so "
                    "that the token goes to no other host.",
                    "Redirected");
            return answer;
        }
        fault = !result.is_complete ? result.fault
                : is_passing        ? fmt::format("status {}", answer.status)
                                    : std::string("half an answer");
        if (attempt < options_.max_attempts) wait(result.head.retry_after, next_wait);
    }
    if (options_.stop != nullptr && options_.stop->load())
        throw Error(ErrorKind::unavailable, "stopped", "Run it again: it goes on where it was.");
    throw Error(ErrorKind::unavailable,
                fmt::format("{}{}: {} after {} attempts", options_.url, target, fault,
                            options_.max_attempts),
                "Run it again later: it goes on where it was.");
}

void RestClient::fetch_token() {
    fetch::HttpRequest request;
    request.url = options_.url + "/auth-token";
    request.follows_redirects = false;
    request.headers = {"Accept: application/json"};
    request.post = fmt::format("username={}&password={}", fetch::query_encoded(options_.user),
                               fetch::query_encoded(options_.password()));
    const auto answer = send(request, "/auth-token");
    if (is_refusal(answer.status))
        throw Error(ErrorKind::usage,
                    fmt::format("{} does not accept user '{}' with this password", options_.url,
                                options_.user),
                    "Ask the administrators of the colony database for an account.",
                    "AccessDenied");
    const auto told = json::parse(answer.body, nullptr, false);
    if (answer.status != 200 || !told.is_object() || !told.value("token", json()).is_string())
        throw Error(
            ErrorKind::data,
            fmt::format("{}/auth-token: status {} and no token", options_.url, answer.status),
            "Is this the address of a colony database?", "OddAnswer");
    token_ = told.at("token").get<std::string>();
    if (token_.find_first_of("\r\n") != std::string::npos)
        throw Error(ErrorKind::data, options_.url + "/auth-token: the token has line breaks", "",
                    "OddAnswer");
}

json RestClient::get(const std::string& target) {
    if (token_.empty()) fetch_token();
    for (bool is_second = false;; is_second = true) {
        fetch::HttpRequest request;
        request.url = options_.url + target;
        request.follows_redirects = false;
        request.headers = {"Accept: application/json", "Authorization: Token " + token_};
        const auto answer = send(request, target);
        if (answer.status == 401 && !is_second) {
            fetch_token();
            continue;
        }
        if (answer.status == 401 || answer.status == 403)
            throw Error(
                ErrorKind::usage,
                fmt::format("{}{}: user '{}' may not read it", options_.url, target, options_.user),
                "", "AccessDenied");
        if (answer.status == 404)
            throw Error(ErrorKind::not_found,
                        fmt::format("{}{}: there is no such list", options_.url, target), "",
                        "UnknownEndpoint");
        if (answer.status != 200)
            throw Error(ErrorKind::data,
                        fmt::format("{}{}: status {}", options_.url, target, answer.status), "",
                        "OddAnswer");
        return json::parse(answer.body);
    }
}

RestPage RestClient::page(const std::string& target) {
    auto told = get(target);
    RestPage page;
    if (told.is_array()) {  // lists that are not cut into pages
        page.count = told.size();
        page.results = std::move(told);
        return page;
    }
    const auto results = told.is_object() ? told.find("results") : told.end();
    if (!told.is_object() || results == told.end() || !results->is_array())
        throw Error(ErrorKind::data, fmt::format("{}{}: no page of a list", options_.url, target),
                    "Is this the address of a colony database?", "OddAnswer");
    if (told.contains("count") && told.at("count").is_number_unsigned())
        page.count = told.at("count").get<std::size_t>();
    const auto next = told.value("next", json());
    if (next.is_string()) {
        page.next = path_below(next.get<std::string>());
        const auto list = target.substr(0, target.find('?'));
        if (page.next.substr(0, page.next.find('?')) != list &&
            page.next.substr(0, page.next.find('?')) != list + "/")
            throw Error(ErrorKind::data,
                        fmt::format("{}{}: the next page is one of another list: {}", options_.url,
                                    target, page.next),
                        "", "OddAnswer");
        if (page.next == target)
            throw Error(ErrorKind::data,
                        fmt::format("{}{}: the next page is the same", options_.url, target), "",
                        "OddAnswer");
    }
    page.results = std::move(*results);
    return page;
}

json RestClient::object(const std::string& target) {
    auto told = get(target);
    if (!told.is_object())
        throw Error(ErrorKind::data, fmt::format("{}{}: no object", options_.url, target), "",
                    "OddAnswer");
    return told;
}

}  // namespace tb::alyx
