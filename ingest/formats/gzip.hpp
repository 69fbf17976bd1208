// Files of one gzip stream (.json.gz).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tb::formats {

/// True when the bytes begin as a gzip stream does.
[[nodiscard]] bool is_gzip(std::span<const std::byte> bytes) noexcept;

/// What a file of gzip members holds.
/// @param largest_size  no more than so many bytes may come out
/// @throws tb::Error (data) "<name>: at byte <offset>: ..." for damaged or cut streams, bytes
/// behind them, and for more than largest_size bytes
[[nodiscard]] std::string gunzipped(std::span<const std::byte> bytes, std::string_view name,
                                    std::size_t largest_size = std::size_t{1} << 31U);

}  // namespace tb::formats
