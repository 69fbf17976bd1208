// One HTTP request at a time, by libcurl (which does not show).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tb::fetch {

struct HttpRequest {
    std::string url;
    std::uint64_t from_byte = 0;            ///< above 0: only what follows (Range)
    std::string if_range;                   ///< ETag of the part at hand; empty: unconditionally
    std::vector<std::string> headers = {};  ///< further ones, `Name: value`
    std::optional<std::string> post = {};   ///< a form to be posted; else the request is a GET
    bool follows_redirects = true;  ///< not where headers or a form must go to this host alone
};

/// What the server said before the body.
struct HttpHead {
    int status = 0;
    std::optional<std::uint64_t> content_length;  ///< of this answer's body
    std::optional<std::uint64_t> range_start;     ///< of a 206
    std::optional<std::uint64_t> total_size;      ///< behind the slash of Content-Range
    std::string etag;
    std::optional<std::chrono::seconds> retry_after;
    std::string location;  ///< of a redirect that is not followed
};

/// How a request ended.
struct HttpResult {
    HttpHead head;
    bool is_complete = false;  ///< an answer was read to its end
    bool was_redirected = false;
    std::string fault;  ///< why it is not complete
};

struct HttpLimits {
    std::chrono::milliseconds connect_timeout{20'000};
    std::chrono::seconds stall_timeout{60};  ///< without a byte, the connection counts as broken
    int max_redirects = 10;
};

/// A connection that is kept for the next request. Used by one thread.
class HttpClient {
  public:
    explicit HttpClient(HttpLimits limits = {});
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Called once per request that is answered, before its body: false ends the request.
    using OnHead = std::function<bool(const HttpHead&)>;
    /// Gets the body in pieces: false ends the request.
    using OnBody = std::function<bool(std::string_view)>;
    /// GET (or POST of a form), redirects followed (http and https only) unless the request says
    /// not. `stop` ends the request at once. What goes wrong on the way is in the result; nothing
    /// is thrown for it, but what the callbacks throw is.
    HttpResult get(const HttpRequest& request, const OnHead& on_head, const OnBody& on_body,
                   const std::atomic<bool>* stop = nullptr);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// True for answers after which the same request may do better: 408, 429, 5xx.
[[nodiscard]] bool is_passing_status(int status);

}  // namespace tb::fetch
