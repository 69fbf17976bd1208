#include "src/base/uuid.hpp"

#include "include/trialbase/error.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace tb {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_hyphen_position(std::size_t i) {
    return i == 8 || i == 13 || i == 18 || i == 23;
}

void set_version(Uuid& uuid, unsigned version) {
    uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0fU) | (version << 4));
    uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3fU) | 0x80U);
}

}  // namespace

std::string Uuid::to_string() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (is_hyphen_position(text.size())) text += '-';
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Uuid uuid;
    std::size_t nibble = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_hyphen_position(i)) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const int value = hex_value(text[i]);
        if (value < 0) return std::nullopt;
        auto& byte = uuid.bytes[nibble / 2];
        byte = static_cast<std::uint8_t>((byte << 4) | value);
        ++nibble;
    }
    return uuid;
}

Uuid uuid5(const Uuid& name_space, std::string_view name) {
    std::string text(name_space.bytes.begin(), name_space.bytes.end());
    text += name;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
        throw Error(ErrorKind::internal, "cannot compute a sha-1 digest");
    }
    Uuid uuid;
    std::copy_n(digest.begin(), uuid.bytes.size(), uuid.bytes.begin());
    set_version(uuid, 5);
    return uuid;
}

Uuid source_uuid(std::string_view source, std::string_view identifier) {
    static const Uuid name_space = *Uuid::parse("7146a078-285e-5d98-ba83-4ab8c953e126");
    return uuid5(name_space, std::string(source) + ":" + std::string(identifier));
}

Uuid new_run_id() {
    static std::mutex mutex;
    static std::uint64_t last_ms = 0;
    static std::uint64_t counter = 0;  // the 12 bits after the version, and nothing else

    Uuid uuid;
    if (RAND_bytes(uuid.bytes.data(), static_cast<int>(uuid.bytes.size())) != 1) {
        throw Error(ErrorKind::internal, "the system gives no random bytes");
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto now_ms = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    std::uint64_t ms = 0;
    std::uint64_t count = 0;
    {
        const std::lock_guard lock(mutex);
        if (now_ms > last_ms) {
            last_ms = now_ms;
            counter = 0;
        } else if (++counter > 0xfff) {  // more than 4096 in a millisecond: borrow from the next
            ++last_ms;
            counter = 0;
        }
        ms = last_ms;
        count = counter;
    }
    for (std::size_t i = 0; i < 6; ++i) {
        uuid.bytes[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
    }
    uuid.bytes[6] = static_cast<std::uint8_t>(count >> 8);
    uuid.bytes[7] = static_cast<std::uint8_t>(count & 0xff);
    set_version(uuid, 7);
    return uuid;
}

}  // namespace tb
