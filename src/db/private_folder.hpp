// Files below the private server's folder. It belongs to the server's account, which may not be the
// user: everything here acts as that account (AsServerAccount), follows no links where a file is
// named, and takes nothing over that it did not make.
#pragma once

#include "src/base/descriptor.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tb::db {

/// Makes a folder that only the server's account (and root) can enter, and what leads to it. One
/// that exists must be the account's own; the user's own is given to it when it is empty.
/// @param path  absolute, without links
/// @throws tb::Error (io) when it cannot be made, is another's or no folder
void make_private_folder(const std::filesystem::path& path);

/// Content of a plain file, nothing when it is absent or something else (a link, a pipe).
/// @param from  where to begin; @param most  bytes to read at most
[[nodiscard]] std::optional<std::string> read_private_file(const std::filesystem::path& path,
                                                           std::uint64_t from = 0,
                                                           std::size_t most = 1 << 20);
/// Size of a plain file, 0 when there is none.
[[nodiscard]] std::uint64_t private_file_size(const std::filesystem::path& path);

/// Writes a file beside its place under a name that nobody can foresee, and renames it there.
/// @throws tb::Error (io)
void write_private_file(const std::filesystem::path& path, std::string_view text);
/// Adds to the end of a plain file. @throws tb::Error (io)
void append_private_file(const std::filesystem::path& path, std::string_view text);
/// A new folder whose name begins with `prefix` and cannot be foreseen. @throws tb::Error (io)
[[nodiscard]] std::filesystem::path make_temporary_folder(const std::filesystem::path& parent,
                                                          const std::string& prefix);

/// One program at a time changes a server's folder.
class FolderLock {
  public:
    /// @throws tb::Error (io); (unavailable) when another program holds it for so long
    FolderLock(const std::filesystem::path& file, std::chrono::seconds timeout);

  private:
    Descriptor file_;
};

}  // namespace tb::db
