#include "src/db/run_program.hpp"

#include "src/base/descriptor.hpp"
#include "src/db/server_account.hpp"
#include "trialbase/error.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" char** environ;

namespace tb::db {

Finished run_program(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    std::vector<char*> environment;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (std::strncmp(*variable, "PG", 2) != 0) environment.push_back(*variable);
    }
    environment.push_back(nullptr);

    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw Error(ErrorKind::io, "cannot make a pipe: " + std::string(std::strerror(errno)));
    }
    const Descriptor reading(ends[0]);
    const pid_t child = ::fork();
    if (child == 0) {
        // Only calls that are safe between fork and exec in a program with threads.
        ::dup2(ends[1], 1);
        ::dup2(ends[1], 2);
        const int null = ::open("/dev/null", O_RDONLY);
        if (null >= 0) ::dup2(null, 0);
        if (::chdir("/") != 0) ::_exit(126);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::execve(arguments[0], arguments.data(), environment.data());
        ::_exit(127);
    }
    ::close(ends[1]);
    if (child < 0)
        throw Error(ErrorKind::io, "cannot start a program: " + std::string(std::strerror(errno)));
    Finished finished;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto count = ::read(reading.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        finished.output.append(buffer.data(), static_cast<std::size_t>(count));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return finished;
}

std::vector<std::string> as_server(std::vector<std::string> command) {
    if (!is_root()) return command;
    std::vector<std::string> out{"/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres",
                                 "--init-groups",    "--reset-env",      "--"};
    if (!std::filesystem::exists(out.front())) out.front() = "/bin/setpriv";
    out.insert(out.end(), command.begin(), command.end());
    return out;
}

}  // namespace tb::db
