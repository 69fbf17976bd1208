// What comes from the server piece by piece: COPY out, notifications.
#include "src/db/session_impl.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <poll.h>

namespace tb::db {

std::int64_t Session::copy_out(const Sql& sql, const std::function<void(std::string_view)>& sink) {
    impl_->require_usable(sql.name);
    auto* const pg = impl_->pg();
    ResultHandle start(PQexec(pg, sql.text.c_str()), &PQclear);
    const auto status = PQresultStatus(start.get());
    if (status != PGRES_COPY_OUT) {
        if (status == PGRES_COPY_IN) impl_->leave_copy(status);
        if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE)
            impl_->fail(start.get(), sql);
        throw Error(ErrorKind::internal, fmt::format("{}: not a COPY to stdout", sql.name));
    }
    for (;;) {
        char* raw = nullptr;
        const int length = PQgetCopyData(pg, &raw, 0);
        const std::unique_ptr<char, decltype(&PQfreemem)> chunk(raw, &PQfreemem);
        if (length == -1) break;
        if (length < 0) impl_->fail(nullptr, sql);
        try {
            sink({raw, static_cast<std::size_t>(length)});
        } catch (...) {
            cancel();
            impl_->leave_copy(PGRES_COPY_OUT);
            throw;
        }
    }
    const auto result = impl_->checked(PQgetResult(pg), sql);
    impl_->drain();
    return std::strtoll(PQcmdTuples(result.get()), nullptr, 10);
}

void Session::listen(std::string_view channel) {
    exec({"listen", "listen " + quote_identifier(channel)});
}

std::vector<Session::Notification> Session::wait_notifications(std::chrono::milliseconds timeout,
                                                               int wake_fd) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + timeout;
    auto* const pg = impl_->pg();
    std::vector<Notification> out;
    for (;;) {
        impl_->require_usable("wait for notifications");
        const bool alive = PQconsumeInput(pg) == 1 && PQstatus(pg) == CONNECTION_OK;
        while (auto* raw = PQnotifies(pg)) {
            const std::unique_ptr<PGnotify, decltype(&PQfreemem)> one(raw, &PQfreemem);
            out.push_back({one->relname, one->extra});
        }
        if (!out.empty()) return out;
        if (!alive) impl_->fail(nullptr, {"wait for notifications", ""});
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return out;
        std::array<pollfd, 2> fds{};
        fds[0] = {PQsocket(pg), POLLIN, 0};
        fds[1] = {wake_fd, POLLIN, 0};
        const int ready = ::poll(fds.data(), wake_fd >= 0 ? 2 : 1,
                                 static_cast<int>(std::min<long long>(left, 1 << 30)));
        if (ready < 0 && errno == EINTR) return out;  // a signal: the caller looks at its stop flag
        if (wake_fd >= 0 && ready > 0 && fds[1].revents != 0 && fds[0].revents == 0) return out;
    }
}

}  // namespace tb::db
