// Entries of a tar or zip archive, streamed once: a compressed tar cannot be read at random.
#pragma once

#include "ingest/formats/regular_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct archive;
struct archive_entry;

namespace tb::alf {

/// What an archive may unpack to: beyond `harmless_bytes`, so many times its own size.
struct UnpackBounds {
    std::int64_t harmless_bytes = std::int64_t{256} << 20;
    std::int64_t most_times_packed = 300;
};

/// One pass over an archive. Only formats and compressions that are read in this process are known
/// (tar, zip; gzip, bzip2, xz, zstd, lz4): no program is started for an archive's sake. What
/// unpacks beyond the bounds counts as damaged.
class ArchiveStream {
  public:
    /// @throws tb::Error (data) when the file cannot be read as an archive; (io) when it cannot be
    /// opened or is no regular file (any more)
    explicit ArchiveStream(const std::filesystem::path& file, UnpackBounds bounds = {});
    ~ArchiveStream();
    ArchiveStream(const ArchiveStream&) = delete;
    ArchiveStream& operator=(const ArchiveStream&) = delete;

    /// Moves to the next entry. False at the end, or where the archive is damaged: then damage()
    /// says how.
    bool next();
    [[nodiscard]] const std::string& damage() const noexcept { return damage_; }

    // Of the entry:
    [[nodiscard]] std::size_t ordinal() const noexcept { return ordinal_; }  ///< from 1
    [[nodiscard]] const std::string& raw_name() const noexcept { return raw_name_; }
    /// The name without "./" and doubled slashes.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] bool points_outside() const noexcept { return points_outside_; }
    [[nodiscard]] bool is_file() const noexcept { return is_file_; }
    [[nodiscard]] bool is_link() const noexcept { return is_link_; }
    [[nodiscard]] bool is_folder() const noexcept { return is_folder_; }
    [[nodiscard]] std::uint64_t stated_bytes() const noexcept { return stated_bytes_; }

    /// Gives the entry's content block by block until `take` returns false. False when it is
    /// damaged: damage() says how, and nothing more can be read.
    bool read(const std::function<bool(std::span<const std::byte>)>& take);

  private:
    struct Closer {
        void operator()(archive* handle) const noexcept;
    };

    void describe(archive_entry* entry);
    [[nodiscard]] bool lacks_closing_block() const;
    bool unpacks_too_far();  ///< says so in damage_
    [[nodiscard]] std::string last_error() const;

    UnpackBounds bounds_;
    formats::RegularFile file_;
    std::unique_ptr<archive, Closer> handle_;
    std::vector<std::byte> buffer_;
    std::string damage_;
    std::string raw_name_;
    std::string path_;
    std::size_t ordinal_ = 0;
    std::uint64_t stated_bytes_ = 0;
    bool points_outside_ = false;
    bool is_file_ = false;
    bool is_link_ = false;
    bool is_folder_ = false;
};

}  // namespace tb::alf
