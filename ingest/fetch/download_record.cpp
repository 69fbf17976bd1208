#include "ingest/fetch/download_record.hpp"

#include "include/trialbase/error.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

namespace tb::fetch {

namespace fs = std::filesystem;
using nlohmann::json;

FolderLock::FolderLock(const fs::path& folder) {
    std::error_code fault;
    fs::create_directories(folder, fault);
    const auto file = folder / ".trialbase.lock";
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0)
        throw Error(ErrorKind::io,
                    fmt::format("cannot open {}: {}", file.string(), std::strerror(errno)));
    while (::flock(descriptor_, LOCK_EX) != 0) {
        if (errno == EINTR) continue;
        const int code = errno;
        ::close(descriptor_);
        throw Error(ErrorKind::io,
                    fmt::format("cannot lock {}: {}", file.string(), std::strerror(code)));
    }
}

FolderLock::~FolderLock() {
    ::close(descriptor_);
}

void replace_file(const fs::path& file, const std::string& text) {
    const auto temporary = fmt::format("{}.{}.new", file.string(), ::getpid());
    {
        std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
        out << text;
        if (!out.flush()) throw Error(ErrorKind::io, fmt::format("cannot write {}", temporary));
    }
    std::error_code fault;
    fs::rename(temporary, file, fault);
    if (fault)
        throw Error(ErrorKind::io,
                    fmt::format("cannot name {}: {}", file.string(), fault.message()));
}

DownloadRecord::DownloadRecord(fs::path folder)
    : folder_(std::move(folder)), file_(folder_ / "_downloaded_data.json") {}

std::map<std::string, std::string> DownloadRecord::entries() const {
    std::ifstream in(file_, std::ios::binary);
    if (!in) return {};
    const auto read = json::parse(in, nullptr, false);
    const auto fail = [&] {
        throw Error(ErrorKind::data,
                    fmt::format("{} is no JSON object of paths and checksums", file_.string()),
                    "Move it away; files that are there are found without it.");
    };
    if (!read.is_object()) fail();
    std::map<std::string, std::string> out;
    for (const auto& [path, checksum] : read.items()) {
        if (!checksum.is_string()) fail();
        out.emplace(path, checksum.get<std::string>());
    }
    return out;
}

std::optional<fs::path> DownloadRecord::find(const std::string& checksum) const {
    for (const auto& [path, known] : entries()) {
        std::error_code ignored;
        if (known == checksum && fs::is_regular_file(path, ignored)) return path;
    }
    return std::nullopt;
}

void DownloadRecord::add(const fs::path& file, const std::string& checksum) {
    add_all({{fs::absolute(file).lexically_normal().string(), checksum}});
}

void DownloadRecord::add_all(const std::map<std::string, std::string>& files) {
    if (files.empty()) return;
    const FolderLock lock(folder_);
    auto all = entries();
    for (const auto& [path, checksum] : files) all[path] = checksum;
    replace_file(file_, json(all).dump(4, ' ', false, json::error_handler_t::replace));
}

}  // namespace tb::fetch
