// What the tests of ALF share: the folder of real data, temporary folders, tar archives made by
// hand.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tb::alf::testing {

/// The folder of shared data: $TRIALBASE_SHARED, else `../shared` beside the source, else a
/// `shared` found upwards.
[[nodiscard]] std::optional<std::filesystem::path> shared_data(const std::string& below);

/// A folder of its own below the system's temporary one, removed at the end.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    void write(const std::string& file, std::string_view content) const;

  private:
    std::filesystem::path path_;
};

/// (name, content) of each entry of an archive, in order. Names go in as they are, but `a -> b`
/// makes a symbolic link.
using Entries = std::vector<std::pair<std::string, std::string>>;
/// A tar of them. @param filter  "", "gzip", "xz", "zstd", "bzip2"
[[nodiscard]] std::string tar_bytes(const Entries& entries, const std::string& filter = "");

/// The trial files of a small good session, by path inside it: `trials` rows.
[[nodiscard]] Entries session_files(std::size_t trials, const std::string& collection = "alf/");

/// The rows of a CSV file as maps; quoted fields may hold commas, and quotes doubled.
[[nodiscard]] std::vector<std::map<std::string, std::string>> read_rows(
    const std::filesystem::path& file);

}  // namespace tb::alf::testing
