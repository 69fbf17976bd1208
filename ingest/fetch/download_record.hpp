// Which files of a cache folder were downloaded, with their checksums: _downloaded_data.json, which
// the Allen Institute's package reads and writes, too. Source: spec/change_detection.md, 2.3.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace tb::fetch {

/// Holds a cache folder's bookkeeping for one program at a time (a lock on the file
/// `.trialbase.lock` in it), as long as it lives.
class FolderLock {
  public:
    /// Waits for it. @throws tb::Error (io) when the folder or the file in it cannot be made
    explicit FolderLock(const std::filesystem::path& folder);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

  private:
    int descriptor_ = -1;
};

/// Puts text in a file at once: a reader finds the old or the new one, whole.
/// @throws tb::Error (io)
void replace_file(const std::filesystem::path& file, const std::string& text);

/// The record of one cache folder: absolute path -> checksum.
class DownloadRecord {
  public:
    explicit DownloadRecord(std::filesystem::path folder);

    /// A file with this checksum that exists still. @throws tb::Error (data) when the record is no
    /// JSON object of texts
    [[nodiscard]] std::optional<std::filesystem::path> find(const std::string& checksum) const;
    /// Adds a file, with what others have added meanwhile. @throws tb::Error (io); (data) as find()
    void add(const std::filesystem::path& file, const std::string& checksum);
    /// The same for many at once: absolute path -> checksum.
    void add_all(const std::map<std::string, std::string>& files);
    [[nodiscard]] std::map<std::string, std::string> entries() const;

  private:
    std::filesystem::path folder_, file_;
};

}  // namespace tb::fetch
