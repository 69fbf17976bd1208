// An HTTP server on this machine that behaves as badly as a test asks.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tb::testing {

struct ServedRequest {
    std::string target;                          ///< path and query
    std::map<std::string, std::string> headers;  ///< names in lower case
    int count = 0;                               ///< how often this target was asked for before
    std::string method;                          ///< GET, POST
    std::string body;                            ///< of a POST

    /// The first byte of `Range: bytes=N-`; nothing without one.
    [[nodiscard]] std::optional<std::size_t> range_from() const;
};

struct ServedAnswer {
    int status = 200;
    std::map<std::string, std::string> headers;
    std::string body;
    std::optional<std::size_t>
        cut_after;                       ///< closes the connection after so many bytes of the body
    bool hides_length = false;           ///< no Content-Length: the end is where it closes
    std::chrono::milliseconds delay{0};  ///< before the answer
};

/// Serves until it is destroyed; each connection is closed after one answer.
class LocalServer {
  public:
    using Handler = std::function<ServedAnswer(const ServedRequest&)>;
    explicit LocalServer(Handler handler);
    ~LocalServer();
    LocalServer(const LocalServer&) = delete;
    LocalServer& operator=(const LocalServer&) = delete;

    [[nodiscard]] std::string url() const;  ///< http://127.0.0.1:<port>
    [[nodiscard]] std::vector<ServedRequest> requests() const;
    [[nodiscard]] int most_at_once() const { return most_at_once_.load(); }

    /// A file as servers give it: whole, or from the byte asked for while If-Range holds.
    static ServedAnswer file(const ServedRequest& request, const std::string& content,
                             const std::string& etag);

  private:
    void serve(int connection);

    Handler handler_;
    int listener_ = -1;
    int port_ = 0;
    mutable std::mutex mutex_;
    std::vector<ServedRequest> requests_;
    std::vector<std::thread> workers_;
    std::atomic<int> at_once_{0}, most_at_once_{0};
    std::atomic<bool> ends_{false};
    std::thread acceptor_;
};

}  // namespace tb::testing
