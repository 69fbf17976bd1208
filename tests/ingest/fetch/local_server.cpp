#include "tests/ingest/fetch/local_server.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tb::testing {

std::optional<std::size_t> ServedRequest::range_from() const {
    const auto found = headers.find("range");
    if (found == headers.end() || !found->second.starts_with("bytes=")) return std::nullopt;
    return std::stoul(found->second.substr(6));
}

LocalServer::LocalServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        throw std::runtime_error("cannot listen");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] {
        while (!ends_) {
            pollfd waiting{listener_, POLLIN, 0};
            if (::poll(&waiting, 1, 20) <= 0) continue;
            const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) continue;
            const std::lock_guard lock(mutex_);
            workers_.emplace_back([this, connection] { serve(connection); });
        }
    });
}

LocalServer::~LocalServer() {
    ends_ = true;
    acceptor_.join();
    for (auto& worker : workers_) worker.join();
    ::close(listener_);
}

std::string LocalServer::url() const {
    return fmt::format("http://127.0.0.1:{}", port_);
}

std::vector<ServedRequest> LocalServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void LocalServer::serve(int connection) {
    std::string text;
    char block[4096];
    while (text.find("\r\n\r\n") == std::string::npos) {
        const auto count = ::recv(connection, block, sizeof block, 0);
        if (count <= 0) {
            ::close(connection);
            return;
        }
        text.append(block, static_cast<std::size_t>(count));
    }
    ServedRequest request;
    const auto first = text.find(' ');
    request.target = text.substr(first + 1, text.find(' ', first + 1) - first - 1);
    for (auto at = text.find("\r\n") + 2; text.compare(at, 2, "\r\n") != 0;) {
        const auto end = text.find("\r\n", at), colon = text.find(':', at);
        auto name = text.substr(at, colon - at);
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
        request.headers[name] = text.substr(colon + 2, end - colon - 2);
        at = end + 2;
    }
    request.method = text.substr(0, first);
    if (const auto length = request.headers.find("content-length");
        length != request.headers.end()) {
        request.body = text.substr(text.find("\r\n\r\n") + 4);
        while (request.body.size() < std::stoul(length->second)) {
            const auto count = ::recv(connection, block, sizeof block, 0);
            if (count <= 0) break;
            request.body.append(block, static_cast<std::size_t>(count));
        }
    }
    const int running = ++at_once_;
    for (int most = most_at_once_;
         running > most && !most_at_once_.compare_exchange_weak(most, running);) {
    }
    {
        const std::lock_guard lock(mutex_);
        request.count =
            static_cast<int>(std::ranges::count(requests_, request.target, &ServedRequest::target));
        requests_.push_back(request);
    }
    const auto answer = handler_(request);
    for (auto left = answer.delay; left.count() > 0 && !ends_;
         left -= std::chrono::milliseconds(10))
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    auto out = fmt::format("HTTP/1.1 {} Answer\r\nConnection: close\r\n", answer.status);
    for (const auto& [name, value] : answer.headers) out += fmt::format("{}: {}\r\n", name, value);
    if (!answer.hides_length) out += fmt::format("Content-Length: {}\r\n", answer.body.size());
    out += "\r\n" + answer.body.substr(0, answer.cut_after.value_or(answer.body.size()));
    for (std::size_t sent = 0; sent < out.size();) {
        const auto count = ::send(connection, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<std::size_t>(count);
    }
    --at_once_;
    ::shutdown(connection, SHUT_WR);
    ::close(connection);
}

ServedAnswer LocalServer::file(const ServedRequest& request, const std::string& content,
                               const std::string& etag) {
    ServedAnswer answer;
    if (!etag.empty()) answer.headers["ETag"] = etag;
    const auto from = request.range_from();
    const auto condition = request.headers.find("if-range");
    if (!from || (condition != request.headers.end() && condition->second != etag)) {
        answer.body = content;
    } else if (*from >= content.size()) {
        answer.status = 416;
        answer.headers["Content-Range"] = fmt::format("bytes */{}", content.size());
    } else {
        answer.status = 206;
        answer.body = content.substr(*from);
        answer.headers["Content-Range"] =
            fmt::format("bytes {}-{}/{}", *from, content.size() - 1, content.size());
    }
    return answer;
}

}  // namespace tb::testing
