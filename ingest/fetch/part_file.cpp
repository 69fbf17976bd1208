#include "ingest/fetch/part_file.hpp"

#include "include/trialbase/error.hpp"
#include "src/base/sha256.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::fetch {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

[[noreturn]] void fail(const std::string& doing, const fs::path& file, int code) {
    const bool is_full = code == ENOSPC || code == EDQUOT;
    throw Error(ErrorKind::io,
                fmt::format("cannot {} {}: {}", doing, file.string(), std::strerror(code)),
                is_full ? "Make room and run it again: it goes on where it stopped." : "",
                is_full ? "NoSpace" : "");
}

/// Flushes a folder, so that a name in it survives a crash.
void flush_folder(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;  // some file systems do not let folders be opened
    ::fsync(descriptor);
    ::close(descriptor);
}

}  // namespace

PartFile::PartFile(fs::path path, std::string_view of)
    : path_(std::move(path)),
      part_path_(path_.string() + ".part"),
      note_path_(path_.string() + ".part.json"),
      // An address may hold a signature, which is nobody's business on the disk.
      of_(sha256_hex(of)) {
    std::error_code fault;
    fs::create_directories(path_.parent_path(), fault);
    if (fault) fail("make the folder", path_.parent_path(), fault.value());
    while (true) {
        descriptor_ = ::open(part_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (descriptor_ < 0) fail("open", part_path_, errno);
        while (::flock(descriptor_, LOCK_EX) != 0) {
            if (errno == EINTR) continue;
            const int code = errno;
            ::close(descriptor_);
            fail("lock", part_path_, code);
        }
        // Whoever held it may have finished and renamed it.
        struct stat held {
        }, named{};
        if (::fstat(descriptor_, &held) == 0 && ::lstat(part_path_.c_str(), &named) == 0 &&
            held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
            size_ = static_cast<std::uint64_t>(held.st_size);
            break;
        }
        ::close(descriptor_);
    }
    std::ifstream in(note_path_);
    const auto note = json::parse(in, nullptr, false);
    if (note.is_object() && note.value("of", json()) == json(of_) &&
        note.value("etag", json()).is_string()) {
        etag_ = note["etag"].get<std::string>();
    } else if (size_ > 0) {
        start_over({});
    }
    ::lseek(descriptor_, 0, SEEK_END);
}

PartFile::~PartFile() {
    if (descriptor_ < 0) return;
    if (size_ == 0) {  // nothing to go on from
        std::error_code ignored;
        fs::remove(note_path_, ignored);
        fs::remove(part_path_, ignored);
    }
    ::close(descriptor_);
}

void PartFile::start_over(const std::string& etag) {
    if (::ftruncate(descriptor_, 0) != 0) fail("empty", part_path_, errno);
    ::lseek(descriptor_, 0, SEEK_SET);
    size_ = 0;
    etag_ = etag;
    write_note();
}

void PartFile::write_note() const {
    const auto temporary = note_path_.string() + ".new";
    {
        std::ofstream out(temporary, std::ios::trunc);
        out << json{{"of", of_}, {"etag", etag_}}.dump(-1, ' ', true,
                                                       json::error_handler_t::replace);
        if (!out.flush()) fail("write", temporary, errno != 0 ? errno : EIO);
    }
    if (::rename(temporary.c_str(), note_path_.c_str()) != 0) fail("name", note_path_, errno);
}

void PartFile::add(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write", part_path_, errno);
        size_ += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void PartFile::finish() {
    if (::fsync(descriptor_) != 0) fail("flush", part_path_, errno);
    // Removed first: a crash in between leaves a part of nothing known, which starts over.
    std::error_code ignored;
    fs::remove(note_path_, ignored);
    if (::rename(part_path_.c_str(), path_.c_str()) != 0) fail("name", path_, errno);
    flush_folder(path_.parent_path());
    ::close(descriptor_);
    descriptor_ = -1;
}

}  // namespace tb::fetch
