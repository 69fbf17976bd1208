// An open file that is read once, front to back.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace tb::formats {

/// Owner of the descriptor. Used by one thread. size() is the length when it was opened.
class RegularFile {
  public:
    /// @throws tb::Error (io) when it cannot be opened or is not a regular file
    explicit RegularFile(const std::filesystem::path& file);
    ~RegularFile();
    RegularFile(const RegularFile&) = delete;
    RegularFile& operator=(const RegularFile&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// For libraries that read by it; not together with read().
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    /// The next bytes, all of them. @throws tb::Error (io) when the file ends before
    void read(std::span<std::byte> into);

  private:
    std::string name_;
    int descriptor_ = -1;
    std::size_t size_ = 0;
    std::size_t position_ = 0;
};

}  // namespace tb::formats
