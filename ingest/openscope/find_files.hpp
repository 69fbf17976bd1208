// Which session files a folder has, and which of a session's files is read. Source:
// spec/openscope.md, 0 and 2.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tb::openscope {

/// A file by its name, `sub-<mouseid>_*ses-<session>*.nwb`.
struct SessionFileName {
    std::filesystem::path file;
    std::int64_t mouseid = 0;
    std::optional<std::int64_t> sessid;  ///< nothing: the session is named by its start
    std::string timestamp;               ///< 20180926T172917 of older drafts; else empty
    bool has_behavior = false, has_ophys = false;
    bool has_images = false;  ///< stimulus frames, too
    bool has_stacks = false;  ///< whole image stacks (obj-raw)
};

/// Nothing for another name.
[[nodiscard]] std::optional<SessionFileName> session_file_name(const std::filesystem::path& file);

/// What lies below a path (or the path itself), each list in the order of names.
struct FoundFiles {
    std::vector<SessionFileName> sessions;
    std::vector<std::filesystem::path> tables;     ///< mouse_df.csv, metadata.csv by their headers
    std::vector<std::filesystem::path> trackings;  ///< by their names
};
/// Files with other names are left alone; one that is named itself by the path must be one of
/// these.
/// @throws tb::Error (not_found) when the path is not there; (usage) for a single file that is none
/// of these
[[nodiscard]] FoundFiles find_files(const std::filesystem::path& path);

/// Of the files of one session the one that is read: behaviour and imaging in it, its name by the
/// session's id before one by its start, without stimulus frames unless they are wanted, without
/// image stacks where there is a choice, the first by name.
/// @throws tb::Error (data, DataKind) when no file has both behaviour and imaging
[[nodiscard]] const SessionFileName& choose_file(const std::vector<SessionFileName>& files,
                                                 bool wants_images);

}  // namespace tb::openscope
