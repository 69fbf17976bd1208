#include "src/store/flush.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace tb::store {

int flush_folder(const std::filesystem::path& folder) {
    const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return errno;
    // Some network file systems know no fsync of folders and have none to do.
    const int code = ::fsync(opened) != 0 && errno != EINVAL ? errno : 0;
    ::close(opened);
    return code;
}

void all_at_once(std::size_t n, const std::function<void(std::size_t)>& action) {
    constexpr std::size_t most = 8;
    std::atomic<std::size_t> next{0};
    const auto take_in_turn = [&] {
        for (std::size_t i = next++; i < n; i = next++) action(i);
    };
    std::vector<std::jthread> helpers;  // joined at the end
    try {
        while (helpers.size() + 1 < std::min(n, most)) helpers.emplace_back(take_in_turn);
    } catch (const std::system_error&) {
        // No more threads to be had: those that there are do it.
    }
    take_in_turn();
}

}  // namespace tb::store
