// Checksums by which archives describe their files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tb::fetch {

enum class ChecksumKind {
    none,
    blake2b,    ///< 64 bytes, 128 hex digits (Allen Institute)
    sha256,     ///< 64 hex digits
    dandi_etag  ///< MD5 over the MD5s of parts of 64 MiB, and `-<parts>` behind it (DANDI)
};

struct Checksum {
    ChecksumKind kind = ChecksumKind::none;
    std::string hex;  ///< lower case; of a dandi_etag with its number of parts
};

/// The checksum of a file in the form of a kind; empty for none.
/// @throws tb::Error (io) when the file cannot be read
[[nodiscard]] std::string checksum_of_file(ChecksumKind kind, const std::filesystem::path& file);

}  // namespace tb::fetch
