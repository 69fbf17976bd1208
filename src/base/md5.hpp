// MD5 of bytes, to compare with what others list. It proves nothing against who means harm.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace tb {

/// 32 lower-case hex digits.
[[nodiscard]] std::string md5_hex(std::span<const std::byte> bytes);

}  // namespace tb
