#include "app/cli/child_process.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" char** environ;

namespace tb::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_messages = std::size_t{1} << 16;

[[noreturn]] void fail(const std::string& doing, int code) {
    throw Error(ErrorKind::io, fmt::format("cannot {}: {}", doing, std::strerror(code)));
}

/// One end of a channel; closed with it.
class End {
  public:
    explicit End(int file) : file_(file) {}
    End(End&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    End& operator=(End&&) = delete;
    ~End() { close(); }
    void close() {
        if (file_ >= 0) ::close(file_);
        file_ = -1;
    }
    [[nodiscard]] int get() const { return file_; }

  private:
    int file_;
};

/// Two ends: ours, and the child's. Sockets, because writing to one whose reader is gone can be
/// told not to raise SIGPIPE.
std::pair<End, End> channel() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        fail("make a channel to a program", errno);
    return {End(ends[0]), End(ends[1])};
}

/// A running child; killed and waited for unless it has ended.
class Child {
  public:
    explicit Child(pid_t process) : process_(process) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (process_ <= 0) return;
        kill();
        (void)wait();
    }
    void kill() const { ::kill(process_, SIGKILL); }
    /// @return its status as waitpid gives it
    int wait() {
        int status = 0;
        while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
        }
        process_ = 0;
        return status;
    }
    /// @return its status when it ends in time
    std::optional<int> wait_until(Clock::time_point until) {
        int status = 0;
        while (::waitpid(process_, &status, WNOHANG) != process_) {
            if (Clock::now() >= until) return std::nullopt;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        process_ = 0;
        return status;
    }

  private:
    pid_t process_;
};

std::vector<char*> environment_of_children() {
    std::vector<char*> kept;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (std::strncmp(*variable, "NODE_", 5) != 0) kept.push_back(*variable);
    }
    kept.push_back(nullptr);
    return kept;
}

/// Starts the program with the three ends as its standard files. @return 0 or the error's number
int start(const std::vector<std::string>& command, const std::array<int, 3>& files,
          pid_t& process) {
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    auto environment = environment_of_children();
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    for (int target = 0; target < 3; ++target)
        ::posix_spawn_file_actions_adddup2(&actions, files[static_cast<std::size_t>(target)],
                                           target);
    sigset_t none, defaults;
    ::sigemptyset(&none);
    ::sigemptyset(&defaults);
    ::sigaddset(&defaults, SIGPIPE);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int code = ::posix_spawnp(&process, arguments[0], &actions, &attributes, arguments.data(),
                                    environment.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    return code;
}

/// Gives the pieces one after the other, as far as they are taken at once.
class Input {
  public:
    Input(std::span<const std::string_view> pieces, End end)
        : pieces_(pieces), end_(std::move(end)) {
        skip_empty();
    }
    [[nodiscard]] int file() const { return end_.get(); }
    void give() {
        const auto piece = pieces_[at_].substr(given_);
        const auto count =
            ::send(end_.get(), piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (count < 0) {  // it reads no more: what it says, and its status, tell why
            end_.close();
            return;
        }
        given_ += static_cast<std::size_t>(count);
        if (given_ == pieces_[at_].size()) {
            ++at_;
            given_ = 0;
            skip_empty();
        }
    }

  private:
    void skip_empty() {
        while (at_ < pieces_.size() && pieces_[at_].empty()) ++at_;
        if (at_ == pieces_.size()) end_.close();
    }
    std::span<const std::string_view> pieces_;
    End end_;
    std::size_t at_ = 0;
    std::size_t given_ = 0;
};

/// Takes what is there into `text`, no more of it than `most`; closes at the end.
void take(End& end, std::string& text, std::size_t most) {
    std::array<char, 65536> buffer{};
    const auto count = ::recv(end.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        end.close();
        return;
    }
    text.append(buffer.data(), std::min(static_cast<std::size_t>(count), most - text.size()));
}

}  // namespace

ChildEnded run_child(const std::vector<std::string>& command,
                     std::span<const std::string_view> input, std::chrono::milliseconds at_most) {
    const auto until = Clock::now() + at_most;
    auto [our_input, its_input] = channel();
    auto [our_output, its_output] = channel();
    auto [our_messages, its_messages] = channel();
    pid_t process = 0;
    ChildEnded ended;
    const int code =
        start(command, {its_input.get(), its_output.get(), its_messages.get()}, process);
    if (code == ENOENT) {
        ended.was_found = false;
        return ended;
    }
    if (code != 0) fail("start " + command.front(), code);
    Child child(process);
    its_input.close();
    its_output.close();
    its_messages.close();

    Input giving(input, std::move(our_input));
    while (our_output.get() >= 0 || our_messages.get() >= 0) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
        if (left <= 0) break;
        std::array<pollfd, 3> files{{{giving.file(), POLLOUT, 0},
                                     {our_output.get(), POLLIN, 0},
                                     {our_messages.get(), POLLIN, 0}}};
        if (::poll(files.data(), files.size(), static_cast<int>(std::min<long long>(left, 60000))) <
                0 &&
            errno != EINTR)
            fail("wait for " + command.front(), errno);
        if (files[0].revents != 0 && giving.file() >= 0) giving.give();
        if (files[1].revents != 0) take(our_output, ended.output, std::string::npos);
        if (files[2].revents != 0) take(our_messages, ended.messages, most_messages);
    }
    auto ended_with = child.wait_until(until);
    if (!ended_with) {
        ended.was_late = true;
        child.kill();
        ended_with = child.wait();
    }
    const int status = *ended_with;
    ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return ended;
}

}  // namespace tb::app
