// Alyx over the network: lists of a colony database, page by page. Source: spec/ibl_behavior.md, 14
// and its correction; spec/known_troubles.md, 2, row 1.
#pragma once

#include "include/trialbase/error.hpp"
#include "ingest/fetch/http.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace tb::alyx {

struct RestOptions {
    std::string
        url;  ///< https://alyx.internationalbrainlab.org, with a path where it lies below one
    std::string user;
    std::function<std::string()> password;  ///< asked when a token is needed, and not kept
    std::size_t page_size = 250;            ///< objects a page, at most 1000
    int max_attempts = 8;                   ///< of one request, before the list is given up
    /// Waits between attempts: the first, doubled up to the longest; Retry-After stands before
    /// them.
    std::chrono::milliseconds first_wait{1000}, longest_wait{60'000};
    std::chrono::milliseconds longest_retry_after{600'000};
    fetch::HttpLimits limits;
    const std::atomic<bool>* stop = nullptr;
};

/// One page of a list.
struct RestPage {
    nlohmann::json results;  ///< an array
    std::size_t count = 0;   ///< objects in the whole list, as this page tells
    /// Path and query of the page that follows, on the configured host; empty on the last one.
    std::string next;
};

/// A session with a colony database. Requests go to the configured host alone: of an address that
/// the server tells only path and query are used, redirects are not followed, so that the token is
/// never sent elsewhere. What passes (broken connections, half pages, 408, 429, 5xx) is tried
/// again; a token that is no longer good is fetched anew once for a request. Used by one thread.
class RestClient {
  public:
    explicit RestClient(RestOptions options);

    /// A page of a list. @param target  path and query below the address: "/sessions?limit=250"
    /// @throws tb::Error: usage, AccessDenied (wrong name or password, or no right); not_found,
    /// UnknownEndpoint; data, OddAnswer (no page); unavailable when the server cannot be reached or
    /// goes on failing, or when it was stopped
    [[nodiscard]] RestPage page(const std::string& target);
    /// One object. @throws as page()
    [[nodiscard]] nlohmann::json object(const std::string& target);

    /// Where a list begins. @param filter  further parameters, `&name=value...`
    [[nodiscard]] std::string first_page(const std::string& endpoint,
                                         const std::string& filter = {}) const;
    /// The page `back` objects earlier: for lists that became shorter while they were read.
    [[nodiscard]] static std::string earlier(const std::string& target, std::size_t back);

    [[nodiscard]] std::size_t requests() const noexcept { return requests_; }

  private:
    struct Answer {
        int status = 0;
        std::string body;
    };
    [[nodiscard]] nlohmann::json get(const std::string& target);
    [[nodiscard]] Answer send(const fetch::HttpRequest& request, const std::string& target);
    void fetch_token();
    [[nodiscard]] std::string path_below(const std::string& address) const;
    void wait(std::optional<std::chrono::seconds> asked, std::chrono::milliseconds& next) const;

    RestOptions options_;
    std::string base_path_;  // of the address; empty at the top
    fetch::HttpClient client_;
    std::string token_;
    std::size_t requests_ = 0;
};

}  // namespace tb::alyx
