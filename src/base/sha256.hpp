// SHA-256 of bytes and streams (OpenSSL underneath, which does not show).
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tb {

/// A digest being computed. One thread at a time.
class Sha256 {
  public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    ~Sha256();

    void add(std::span<const std::byte> bytes);
    void add(std::string_view text);
    /// The digest as 64 lower-case hex digits. Ends the computation: afterwards start a new one.
    [[nodiscard]] std::string hex();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256_hex(std::span<const std::byte> bytes);
[[nodiscard]] std::string sha256_hex(std::string_view text);
/// @throws tb::Error (io) when the file cannot be read
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& file);

}  // namespace tb
