// Session files for tests: made by shared/tools/make_change_detection_nwb.py or
// make_openscope_nwb.py, then changed by h5py.
#pragma once

#include <filesystem>
#include <string>

namespace tb::testing {

/// A folder of its own with files, removed at the end.
class NwbFiles {
  public:
    NwbFiles();
    ~NwbFiles();
    NwbFiles(const NwbFiles&) = delete;
    NwbFiles& operator=(const NwbFiles&) = delete;

    /// Why no file can be made here (no shared folder, no python3 with h5py); empty when all is
    /// well.
    [[nodiscard]] static std::string obstacle();
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    /// Makes a file. @param options  of the tool (`--trials 20 --ophys`)
    /// @param change  Python statements on `f`, the file open for writing (h5py), and `np`
    std::filesystem::path make(const std::string& name, const std::string& options,
                               const std::string& change = {}) const;
    /// A file of the OpenScope credit-assignment experiment, likewise
    /// (`--session-id 999000001 --mouse-id 499001`).
    std::filesystem::path make_openscope(const std::string& name, const std::string& options,
                                         const std::string& change = {}) const;
    /// A copy of a file, changed in the same way.
    std::filesystem::path copy(const std::filesystem::path& original, const std::string& name,
                               const std::string& change) const;

  private:
    std::filesystem::path make_with(const char* tool, const std::string& name,
                                    const std::string& options, const std::string& change) const;
    void change_file(const std::filesystem::path& file, const std::string& change) const;
    std::filesystem::path folder_;
};

}  // namespace tb::testing
