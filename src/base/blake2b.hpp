// BLAKE2b with a digest of 64 bytes and no key, of bytes and files (OpenSSL underneath, which does
// not show).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace tb {

/// A digest being computed. One thread at a time.
class Blake2b {
  public:
    Blake2b();
    Blake2b(Blake2b&&) noexcept;
    Blake2b& operator=(Blake2b&&) noexcept;
    ~Blake2b();

    void add(std::string_view bytes);
    /// The digest as 128 lower-case hex digits. Ends the computation: afterwards start a new one.
    [[nodiscard]] std::string hex();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] std::string blake2b_hex(std::string_view bytes);
/// @throws tb::Error (io) when the file cannot be read or is no regular one
[[nodiscard]] std::string blake2b_of_file(const std::filesystem::path& file);

}  // namespace tb
