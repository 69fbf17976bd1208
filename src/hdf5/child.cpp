#include "src/hdf5/child.hpp"

#include "src/hdf5/handle.hpp"
#include "src/hdf5/listing.hpp"
#include "src/hdf5/message.hpp"
#include "src/hdf5/slice_reader.hpp"

#include <cerrno>
#include <cfenv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TRIALBASE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TRIALBASE_SANITIZED 1
#endif
#endif

namespace tb::hdf5 {

namespace {

constexpr int socket_fd = 3;
constexpr int file_fd = 4;
constexpr rlim_t descriptors_with_plugins = 64;

// What follows runs in the child, after fork(): one thread, nothing of the parent's is used, no
// destructor of the parent's objects runs.

void limit(int what, rlim_t most) {
    rlimit now{};
    if (getrlimit(static_cast<__rlimit_resource_t>(what), &now) != 0) return;
    now.rlim_cur = now.rlim_max == RLIM_INFINITY ? most : std::min(most, now.rlim_max);
    setrlimit(static_cast<__rlimit_resource_t>(what), &now);
}

[[maybe_unused]] std::size_t address_space_bytes() {  // sanitizers map too much for a limit
    std::size_t pages = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
        if (std::fscanf(file, "%zu", &pages) != 1) pages = 0;
        std::fclose(file);
    }
    return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

/// Only the socket, the file and /dev/null stay open: the parent's connections and files are no
/// business of this process, and would be kept open by it.
bool take_descriptors(int socket, int file) {
    // Away from the numbers that are about to be used.
    socket = fcntl(socket, F_DUPFD, 10);
    file = fcntl(file, F_DUPFD, 10);
    const int nothing = ::open("/dev/null", O_RDWR);
    if (socket < 0 || file < 0 || nothing < 0) return false;
    for (const int standard : {0, 1, 2}) {
        if (dup2(nothing, standard) < 0) return false;
    }
    if (dup2(socket, socket_fd) < 0 || dup2(file, file_fd) < 0) return false;
    if (syscall(SYS_close_range, static_cast<unsigned>(file_fd + 1), ~0U, 0U) != 0)
        closefrom(file_fd + 1);
    return true;
}

/// Processor time from now on; a process that uses more is ended by the kernel.
void allow_processor_time(unsigned seconds) {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    limit(RLIMIT_CPU,
          static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1 + seconds);
}

/// While HDF5 works it cannot open another file, whatever the one that it reads says: there is no
/// descriptor left. (External storage and virtual data sets are refused before that, by name.)
void forbid_files() {
#ifndef TRIALBASE_SANITIZED
    // Sanitizers open /proc/self/maps when an exception is thrown.
    limit(RLIMIT_NOFILE, file_fd + 2);
#endif
}
void with_plugins(const std::function<void()>& run) {
    // Filters that were built with -ffast-math tell the processor, when they are loaded, to take
    // tiny numbers as zero.
    std::fenv_t mode;
    std::fegetenv(&mode);
    limit(RLIMIT_NOFILE, descriptors_with_plugins);
    run();
    forbid_files();
    std::fesetenv(&mode);
}

void prepare_process(const Limits& limits) {
    for (const int number : {SIGINT, SIGHUP, SIGQUIT}) std::signal(number, SIG_IGN);
    for (const int number : {SIGTERM, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU, SIGPIPE})
        std::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    limit(RLIMIT_CORE, 0);
#ifndef TRIALBASE_SANITIZED
    // Sanitizers reserve more address space than any limit would leave.
    limit(RLIMIT_AS, address_space_bytes() + limits.memory_bytes);
#endif
    allow_processor_time(limits.cpu_s);
}

std::string failure(std::string_view type, std::string_view message) {
    MessageWriter writer;
    writer.number(static_cast<std::uint64_t>(Answer::failed));
    writer.text(type);
    writer.text(message);
    return writer.bytes();
}

/// The file, opened by its descriptor's number: what the path leads to by now does not matter.
File open_file() {
    const PropertyList access(H5Pcreate(H5P_FILE_ACCESS), "prepare opening");
    // 1 MB of chunks per data set; slice_reader.cpp asks for more where rows of chunks are wider.
    check_h5(H5Pset_cache(access.get(), 0, 521, std::size_t{1} << 20, 1.0), "prepare opening");
    return {H5Fopen(fmt::format("/proc/self/fd/{}", file_fd).c_str(), H5F_ACC_RDONLY, access.get()),
            "open it"};
}

class Server {
  public:
    Server(std::span<std::byte> shared, std::size_t file_bytes, const Limits& limits)
        : shared_(shared), file_bytes_(file_bytes), limits_(limits) {}

    std::string answer(std::string_view message) {
        try {
            return try_answer(message);
        } catch (const ReadFailure& error) {
            return failure(error.type(), error.what());
        } catch (const std::bad_alloc&) {
            return failure("HostileFile", "it takes more memory than is allowed");
        } catch (const std::exception& error) {
            return failure("DamagedFile", error.what());
        }
    }

  private:
    std::string try_answer(std::string_view message) {
        MessageReader reader(message);
        const auto question = static_cast<Question>(reader.number());
        MessageWriter writer;
        writer.number(static_cast<std::uint64_t>(Answer::done));
        if (question == Question::list) {
            file_ = open_file();
            forbid_files();
            listing_ = list_file(file_.get(), limits_.objects);
            // The listing goes by addresses. What comes after it goes by paths of hard links;
            // should the library ever meet another link, it cannot follow it out of the file.
            H5Lunregister(H5L_TYPE_EXTERNAL);
            reader_.emplace(file_.get(), file_bytes_, listing_, with_plugins);
            writer.number(listing_.nodes.size());
            for (const auto& node : listing_.nodes) writer.node(node);
            listing_.nodes = {};
            if (writer.bytes().size() > longest_message)
                throw ReadFailure("HostileFile", "its listing is longer than 256 MB");
            return writer.bytes();
        }
        const auto path = reader.text();
        const auto member = reader.text();
        Box box;
        box.start = reader.sizes();
        box.count = reader.sizes();
        switch (question) {
            case Question::numbers: {
                const auto dtype = reader.text();
                const auto slot = reader.number();
                if (slot >= n_slots) throw BadMessage("no such slot");
                writer.number(reader_.value().numbers(
                    path, member, dtype, box, shared_.subspan(slot * slot_bytes, slot_bytes)));
                break;
            }
            case Question::texts:
                writer.texts(reader_.value().texts(path, member, box));
                break;
            case Question::references:
                writer.texts(reader_.value().references(path, member, box));
                break;
            default:
                throw BadMessage("no such question");
        }
        return writer.bytes();
    }

    std::span<std::byte> shared_;
    std::size_t file_bytes_;
    Limits limits_;
    File file_;
    Listing listing_;
    std::optional<SliceReader> reader_;
};

[[noreturn]] void serve(int socket, int file, std::size_t file_bytes, const Limits& limits,
                        std::byte* shared) {
    if (!take_descriptors(socket, file)) _exit(126);
    prepare_process(limits);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    Server server({shared, slot_bytes * n_slots}, file_bytes, limits);
    while (const auto message = receive_message(socket_fd, longest_message)) {
        allow_processor_time(limits.cpu_s);
        if (!send_message(socket_fd, server.answer(*message))) break;
    }
    _exit(0);
}

}  // namespace

Child::Child(int file_descriptor, std::size_t file_bytes, const Limits& limits)
    : cpu_s_(limits.cpu_s) {
    void* memory = ::mmap(nullptr, slot_bytes * n_slots, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw Error(ErrorKind::io, fmt::format("cannot share memory: {}", std::strerror(errno)));
    shared_ = static_cast<std::byte*>(memory);
    int pair[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        const int error = errno;
        ::munmap(shared_, slot_bytes * n_slots);
        throw Error(ErrorKind::io, fmt::format("cannot make a socket: {}", std::strerror(error)));
    }
    {
        // No other thread is inside the library when the process is copied, so that its lock is
        // free in the child.
        const H5Guard guard;
        pid_ = ::fork();
        if (pid_ == 0) serve(pair[1], file_descriptor, file_bytes, limits, shared_);
    }
    const int error = errno;
    ::close(pair[1]);
    socket_ = pair[0];
    if (pid_ < 0) {
        ::close(socket_);
        ::munmap(shared_, slot_bytes * n_slots);
        throw Error(ErrorKind::io, fmt::format("cannot start a process: {}", std::strerror(error)));
    }
}

Child::~Child() {
    (void)how_it_ended();
    ::munmap(shared_, slot_bytes * n_slots);
}

bool Child::ask(std::string_view message) const {
    return send_message(socket_, message);
}
std::optional<std::string> Child::answer() const {
    return receive_message(socket_, longest_message);
}
std::span<const std::byte> Child::slot(std::size_t index) const {
    return {shared_ + index * slot_bytes, slot_bytes};
}

std::string Child::how_it_ended() {
    if (socket_ >= 0) {
        // Without its socket it ends by itself; one that is busy is not waited for.
        ::shutdown(socket_, SHUT_RDWR);
        ::close(socket_);
        socket_ = -1;
    }
    if (pid_ < 0) return "ended";
    int status = 0;
    pid_t ended = 0;
    for (int i = 0; i < 20 && ended == 0; ++i) {
        if (i > 0) ::usleep(1000);
        ended = ::waitpid(pid_, &status, WNOHANG);
    }
    if (ended == 0) {
        ::kill(pid_, SIGKILL);
        while ((ended = ::waitpid(pid_, &status, 0)) < 0 && errno == EINTR) {
        }
    }
    const auto pid = std::exchange(pid_, -1);
    if (ended != pid) return "ended";
    if (WIFSIGNALED(status)) {
        if (WTERMSIG(status) == SIGXCPU)
            return fmt::format("used more than {} s of processor time", cpu_s_);
        return fmt::format("crashed (signal {})", WTERMSIG(status));
    }
    return fmt::format("ended with status {}", WEXITSTATUS(status));
}

}  // namespace tb::hdf5
