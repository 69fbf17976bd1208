#include "ingest/alf/archive_stream.hpp"

#include "include/trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

namespace tb::alf {
namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 18;
/// Bounds that no archive of sessions reaches.
constexpr std::size_t most_entries = 20'000'000;

std::string entry_name(archive_entry* entry) {
    if (const char* name = archive_entry_pathname_utf8(entry)) return name;
    if (const char* name = archive_entry_pathname(entry)) return name;
    return {};
}

}  // namespace

void ArchiveStream::Closer::operator()(archive* handle) const noexcept {
    archive_read_free(handle);
}

ArchiveStream::ArchiveStream(const std::filesystem::path& file, UnpackBounds bounds)
    : bounds_(bounds), file_(file), handle_(archive_read_new()), buffer_(block_bytes) {
    if (!handle_) throw Error(ErrorKind::internal, "cannot create an archive reader");
    auto* const handle = handle_.get();
    // Not archive_read_support_filter_all(): it starts programs for what the library cannot unpack.
    for (auto* const support :
         {archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
          archive_read_support_filter_xz, archive_read_support_filter_zstd,
          archive_read_support_filter_lz4, archive_read_support_format_tar,
          archive_read_support_format_gnutar, archive_read_support_format_zip_streamable}) {
        if (support(handle) != ARCHIVE_OK)
            throw Error(ErrorKind::internal, "the archive library lacks a compression");
    }
    if (archive_read_open_fd(handle, file_.descriptor(), block_bytes) != ARCHIVE_OK) {
        throw Error(ErrorKind::data,
                    file.string() + ": cannot be read as an archive: " + last_error(),
                    "Give a folder of sessions or a tar archive (plain, gzip, bzip2, xz, zstd, "
                    "lz4) or a zip.");
    }
}

ArchiveStream::~ArchiveStream() = default;

std::string ArchiveStream::last_error() const {
    const char* text = archive_error_string(handle_.get());
    return text ? text : "unknown error";
}

bool ArchiveStream::next() {
    if (!damage_.empty()) return false;
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(handle_.get(), &entry);
    if (status == ARCHIVE_EOF) {
        if (lacks_closing_block())
            damage_ = "ends after entry " + raw_name_ + " without the closing block of a tar";
        return false;
    }
    if (status == ARCHIVE_FATAL || status == ARCHIVE_RETRY || entry == nullptr) {
        damage_ = raw_name_.empty() ? "is not an archive that can be read: "
                                    : "is damaged after entry " + raw_name_ + ": ";
        damage_ += last_error();
        return false;
    }
    if (unpacks_too_far()) return false;
    if (++ordinal_ > most_entries) {
        damage_ = "has more than " + std::to_string(most_entries) + " entries";
        return false;
    }
    describe(entry);
    return true;
}

void ArchiveStream::describe(archive_entry* entry) {
    raw_name_ = entry_name(entry);
    path_.clear();
    const std::string_view raw = raw_name_;
    points_outside_ = raw.starts_with('/') || raw.find('\0') != std::string_view::npos;
    std::size_t begin = 0;
    while (begin < raw.size()) {
        const auto end = std::min(raw.find('/', begin), raw.size());
        const auto part = raw.substr(begin, end - begin);
        begin = end + 1;
        if (part.empty() || part == ".") continue;
        if (part == "..") points_outside_ = true;
        if (!path_.empty()) path_ += '/';
        path_ += part;
    }
    const auto type = archive_entry_filetype(entry);
    is_link_ = type == AE_IFLNK || archive_entry_hardlink(entry) != nullptr;
    is_file_ = type == AE_IFREG && !is_link_;
    is_folder_ = type == AE_IFDIR;
    const std::int64_t stated = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;
    stated_bytes_ = static_cast<std::uint64_t>(std::max<std::int64_t>(stated, 0));
}

bool ArchiveStream::unpacks_too_far() {
    const auto unpacked = archive_filter_bytes(handle_.get(), 0);
    const auto packed = std::max<std::int64_t>(archive_filter_bytes(handle_.get(), -1), 1);
    if (unpacked <= bounds_.harmless_bytes || unpacked / packed <= bounds_.most_times_packed)
        return false;
    damage_ = "unpacks to more than " + std::to_string(bounds_.most_times_packed) +
              " times its size at entry " + raw_name_;
    return true;
}

bool ArchiveStream::read(const std::function<bool(std::span<const std::byte>)>& take) {
    while (true) {
        const auto got = archive_read_data(handle_.get(), buffer_.data(), buffer_.size());
        if (got == 0) return true;
        if (got < 0) {
            damage_ = "entry " + raw_name_ + " is damaged: " + last_error();
            return false;
        }
        if (unpacks_too_far()) return false;
        if (!take(std::span(buffer_.data(), static_cast<std::size_t>(got)))) return true;
    }
}

/// A tar closes with blocks of zeros. libarchive does not miss them, but their absence is how a
/// plain tar that was cut between two entries looks; a cut compressed stream is noticed by its
/// filter.
bool ArchiveStream::lacks_closing_block() const {
    if (archive_filter_code(handle_.get(), 0) != ARCHIVE_FILTER_NONE) return false;
    if ((archive_format(handle_.get()) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR)
        return false;
    std::array<char, 512> block{};
    const auto at = static_cast<std::int64_t>(file_.size()) - std::ssize(block);
    return at < 0 ||
           ::pread(file_.descriptor(), block.data(), block.size(), at) != std::ssize(block) ||
           std::any_of(block.begin(), block.end(), [](char c) { return c != 0; });
}

}  // namespace tb::alf
