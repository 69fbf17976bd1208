// Files and folders below a store's root: made without following links, with errors that say what a
// full, missing or read-only disk means.
#pragma once

#include <filesystem>
#include <string>

namespace tb::store {

/// Throws for an errno: a store that is full, read-only or gone is unavailable.
/// @throws tb::Error (io; unavailable, with sqlstate 53100 when the disk is full)
[[noreturn]] void fail_io(const std::string& doing, const std::filesystem::path& path, int code);

/// @throws tb::Error (io) when a folder between the root and `relative` is a link
void refuse_links(const std::filesystem::path& root, const std::filesystem::path& relative);

/// Makes a folder below the root and what leads to it; publish makes them durable. The root itself
/// is made only when asked, and never its parent: a disk that is not mounted must not be replaced
/// by a folder. No folder below the root may be a link. @throws as fail_io
void make_folders(const std::filesystem::path& root, const std::filesystem::path& relative,
                  bool make_root);

}  // namespace tb::store
