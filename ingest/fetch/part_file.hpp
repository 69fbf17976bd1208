// A file that is being downloaded: its bytes so far, and which version of what they are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tb::fetch {

/// `<path>.part` and `<path>.part.json`, held by one program at a time. Used by one thread.
class PartFile {
  public:
    /// Opens or makes it and waits until no other program holds it.
    /// @param of  what is downloaded (its address); a part of something else is emptied
    /// @throws tb::Error (io) when it cannot be made
    PartFile(std::filesystem::path path, std::string_view of);
    ~PartFile();  ///< the part stays where it holds anything
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    /// ETag of the version that the bytes are of; empty where the server gives none.
    [[nodiscard]] const std::string& etag() const noexcept { return etag_; }
    [[nodiscard]] const std::filesystem::path& part_path() const noexcept { return part_path_; }

    /// Empties it; what follows is of this version. @throws tb::Error (io)
    void start_over(const std::string& etag);
    /// @throws tb::Error (io), of type NoSpace when the disk is full
    void add(std::string_view bytes);
    /// Flushes it to the disk and gives it its final name. Nothing more may be called.
    /// @throws tb::Error (io)
    void finish();

  private:
    void write_note() const;

    std::filesystem::path path_, part_path_, note_path_;
    std::string of_, etag_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
};

}  // namespace tb::fetch
