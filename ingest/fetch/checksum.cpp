#include "ingest/fetch/checksum.hpp"

#include "include/trialbase/error.hpp"
#include "src/base/blake2b.hpp"
#include "src/base/sha256.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace tb::fetch {
namespace {

class Md5 {
  public:
    Md5() {
        if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr) != 1)
            throw Error(ErrorKind::internal, "cannot start an md5 digest");
    }
    void add(const void* bytes, std::size_t count) {
        if (EVP_DigestUpdate(context_.get(), bytes, count) != 1)
            throw Error(ErrorKind::internal, "cannot continue an md5 digest");
    }
    std::array<unsigned char, 16> digest() {
        std::array<unsigned char, 16> out{};
        if (EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) != 1)
            throw Error(ErrorKind::internal, "cannot finish an md5 digest");
        return out;
    }

  private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                     &EVP_MD_CTX_free};
};

/// Size of a part: 64 MiB, and more where that would make over 10 000 of them (whole MiB).
std::uintmax_t part_size(std::uintmax_t file_size) {
    constexpr std::uintmax_t mib = 1U << 20U, usual = 64 * mib, most_parts = 10'000;
    if (file_size <= usual * most_parts) return usual;
    return ((file_size + most_parts - 1) / most_parts + mib - 1) / mib * mib;
}

std::string dandi_etag(const std::filesystem::path& file) {
    std::error_code fault;
    const auto size = std::filesystem::file_size(file, fault);
    std::ifstream in(file, std::ios::binary);
    if (fault || !in) throw Error(ErrorKind::io, "cannot read " + file.string());
    const auto per_part = part_size(size);
    Md5 whole;
    std::size_t parts = 0;
    std::vector<char> block(std::size_t{1} << 20U);
    std::uintmax_t left = size;
    do {
        Md5 part;
        for (auto todo = std::min(per_part, left); todo > 0;) {
            const auto count =
                static_cast<std::streamsize>(std::min<std::uintmax_t>(todo, block.size()));
            if (!in.read(block.data(), count))
                throw Error(ErrorKind::io, "cannot read " + file.string() + " to its end");
            part.add(block.data(), static_cast<std::size_t>(count));
            todo -= static_cast<std::uintmax_t>(count);
            left -= static_cast<std::uintmax_t>(count);
        }
        const auto digest = part.digest();
        whole.add(digest.data(), digest.size());
        ++parts;
    } while (left > 0);
    std::string text;
    for (const auto byte : whole.digest()) text += fmt::format("{:02x}", byte);
    return fmt::format("{}-{}", text, parts);
}

}  // namespace

std::string checksum_of_file(ChecksumKind kind, const std::filesystem::path& file) {
    switch (kind) {
        case ChecksumKind::none:
            return {};
        case ChecksumKind::blake2b:
            return blake2b_of_file(file);
        case ChecksumKind::sha256:
            return sha256_of_file(file);
        case ChecksumKind::dandi_etag:
            return dandi_etag(file);
    }
    throw Error(ErrorKind::internal, "unknown kind of checksum");
}

}  // namespace tb::fetch
