#include "src/base/md5.hpp"

#include "include/trialbase/error.hpp"

#include <array>
#include <string_view>

#include <openssl/evp.h>

namespace tb {

std::string md5_hex(std::span<const std::byte> bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr) != 1)
        throw Error(ErrorKind::internal, "cannot compute an md5 digest");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
        text += digits[digest[i] >> 4U];
        text += digits[digest[i] & 15U];
    }
    return text;
}

}  // namespace tb
