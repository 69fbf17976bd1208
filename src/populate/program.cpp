#include "src/populate/program.hpp"

#include "src/base/quoted.hpp"

#include <csignal>
#include <cstring>
#include <new>
#include <thread>

#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tb::populate {

namespace {

std::atomic<int> stop_signal{0};
std::atomic<int> interrupts{0};

/// A terminal's Ctrl-C reaches the workers as well as the program, which passes on a SIGTERM; the
/// two may arrive in either order. Only a second SIGINT means: now, without handing back.
extern "C" void remember_signal(int number) {
    if (number == SIGINT && interrupts.fetch_add(1) > 0) _exit(130);
    stop_signal.store(number);
}

struct Shared {
    Counters counters;
    std::atomic<bool> has_message{false};
    char message[1024] = {};
    char hint[512] = {};

    /// Of the first worker that fails.
    void keep(const Error& error) {
        if (has_message.exchange(true)) return;
        std::strncpy(message, error.what(), sizeof message - 1);
        std::strncpy(hint, error.hint().c_str(), sizeof hint - 1);
    }
};

/// Signals by which a process ends for a mistake in it; others come from outside (the kernel, when
/// memory is short, or a person).
bool is_defect(int signal) {
    return signal == SIGSEGV || signal == SIGABRT || signal == SIGFPE || signal == SIGILL ||
           signal == SIGBUS;
}

/// Memory shared with child processes.
class SharedBlock {
  public:
    SharedBlock() {
        void* place = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (place == MAP_FAILED)
            throw Error(ErrorKind::io,
                        fmt::format("cannot share memory with workers: {}", std::strerror(errno)));
        shared_ = new (place) Shared;
    }
    ~SharedBlock() { munmap(shared_, sizeof(Shared)); }
    SharedBlock(const SharedBlock&) = delete;
    SharedBlock& operator=(const SharedBlock&) = delete;
    Shared* operator->() { return shared_; }
    Shared& operator*() { return *shared_; }

  private:
    Shared* shared_;
};

/// Signals come and go in pieces of many megabytes: memory that is given back to the system and
/// asked for again costs more (a fault per page of 4 kB) than most of what is computed with it.
void keep_freed_memory() {
    mallopt(M_MMAP_THRESHOLD, 1 << 26);
    mallopt(M_TRIM_THRESHOLD, 1 << 28);
}

[[noreturn]] void child(const WorkerOptions& options, Shared& shared, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // a worker does not outlive its program
    if (getppid() != parent) _exit(130);
    keep_freed_memory();
    int status = 0;
    try {
        run_worker(options, shared.counters);
    } catch (const Error& error) {
        status = error.exit_status();
        shared.keep(error);
    } catch (const std::exception& error) {
        const auto ours = error_of(error);
        status = ours.exit_status();
        shared.keep(ours);
    }
    spdlog::default_logger()->flush();
    _exit(stop_signal.load() != 0 ? 130 : status);
}

}  // namespace

ProgramResult run_program(const WorkerOptions& given, int workers, std::int64_t limit,
                          const std::function<void(const Progress&)>& show) {
    SharedBlock shared;
    shared->counters.budget = limit;
    auto options = given;
    options.owns_process = true;
    options.workers = workers;
    options.stop_signal = &stop_signal;
    stop_signal = 0;
    interrupts = 0;

    struct sigaction action = {}, old_int = {}, old_term = {};
    action.sa_handler = remember_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &old_int);
    sigaction(SIGTERM, &action, &old_term);

    const auto started = std::chrono::steady_clock::now();
    const auto parent = getpid();
    std::vector<pid_t> children;
    for (int w = 0; w < workers; ++w) {
        const auto pid = fork();
        if (pid == 0) child(options, *shared, parent);
        if (pid < 0) {
            if (children.empty())
                throw Error(ErrorKind::io,
                            fmt::format("cannot start a worker: {}", std::strerror(errno)));
            spdlog::warn("event=fork_failed message={}", Quoted{std::strerror(errno)});
            break;
        }
        children.push_back(pid);
    }

    ProgramResult result;
    const auto progress = [&] {
        auto& c = shared->counters;
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
        return Progress{c.done.load(), c.settled.load(), c.errors.load(), c.retried.load(),
                        seconds.count()};
    };
    bool passed_on = false;
    int idle_ms = 0;
    while (!children.empty()) {
        if (stop_signal.load() != 0 && !passed_on) {
            for (const auto pid : children) kill(pid, SIGTERM);
            passed_on = true;
        }
        int status = 0;
        const auto pid = waitpid(-1, &status, WNOHANG);
        if (pid <= 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            if (show && (idle_ms += 5) >= 200) {
                idle_ms = 0;
                show(progress());
            }
            continue;
        }
        std::erase(children, pid);
        const bool by_signal = WIFSIGNALED(status);
        const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        if (by_signal || (code != 0 && code != 130)) {
            ++result.failed_workers;
            if (result.first_failure.empty()) {
                result.first_failure =
                    by_signal ? fmt::format("worker {} was killed by signal {} ({})", pid,
                                            WTERMSIG(status), strsignal(WTERMSIG(status)))
                              : std::string(shared->message);
                if (!by_signal) result.failure_hint = shared->hint;
                result.failure_status =
                    !by_signal ? code
                               : static_cast<int>(is_defect(WTERMSIG(status)) ? ErrorKind::internal
                                                                              : ErrorKind::partial);
            }
        }
    }
    sigaction(SIGINT, &old_int, nullptr);
    sigaction(SIGTERM, &old_term, nullptr);

    auto& c = shared->counters;
    result.total = progress();
    result.lost = c.lost;
    result.commits = c.commits;
    result.statements = c.statements;
    result.fetch_s = static_cast<double>(c.fetch_us) / 1e6;
    result.compute_s = static_cast<double>(c.compute_us) / 1e6;
    result.write_s = static_cast<double>(c.write_us) / 1e6;
    result.claim_s = static_cast<double>(c.claim_us) / 1e6;
    result.interrupted = stop_signal.load() != 0;
    result.limit_reached = limit >= 0 && c.budget.load() == 0;
    return result;
}

}  // namespace tb::populate
