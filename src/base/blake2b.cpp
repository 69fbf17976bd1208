#include "src/base/blake2b.hpp"

#include "include/trialbase/error.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb {

struct Blake2b::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                    &EVP_MD_CTX_free};
};

Blake2b::Blake2b() : state_(std::make_unique<State>()) {
    if (!state_->context ||
        EVP_DigestInit_ex(state_->context.get(), EVP_blake2b512(), nullptr) != 1) {
        throw Error(ErrorKind::internal, "cannot start a blake2b digest");
    }
}

Blake2b::Blake2b(Blake2b&&) noexcept = default;
Blake2b& Blake2b::operator=(Blake2b&&) noexcept = default;
Blake2b::~Blake2b() = default;

void Blake2b::add(std::string_view bytes) {
    if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1)
        throw Error(ErrorKind::internal, "cannot continue a blake2b digest");
}

std::string Blake2b::hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size) != 1)
        throw Error(ErrorKind::internal, "cannot finish a blake2b digest");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(std::size_t{2} * size);
    for (unsigned int i = 0; i < size; ++i) {
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

std::string blake2b_hex(std::string_view bytes) {
    Blake2b digest;
    digest.add(bytes);
    return digest.hex();
}

std::string blake2b_of_file(const std::filesystem::path& file) {
    // A pipe that took the file's place must not be waited for.
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        throw Error(ErrorKind::io, "cannot open " + file.string() + ": " + std::strerror(errno));
    const std::unique_ptr<const int, void (*)(const int*)> closer(
        &descriptor, [](const int* opened) { ::close(*opened); });
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        throw Error(ErrorKind::io, "cannot read " + file.string() + ": not a regular file");
    Blake2b digest;
    std::vector<char> block(std::size_t{1} << 18);
    while (true) {
        const auto got = ::read(descriptor, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            throw Error(ErrorKind::io,
                        "cannot read " + file.string() + ": " + std::strerror(errno));
        if (got == 0) break;
        digest.add(std::string_view(block.data(), static_cast<std::size_t>(got)));
    }
    return digest.hex();
}

}  // namespace tb
