// What all readers of files need: memory that is not zeroed first, whole files as bytes, and errors
// that name the place.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tb::formats {

static_assert(std::endian::native == std::endian::little,
              "the readers assume a little-endian host");

/// Leaves new elements as they are instead of zeroing them: a file is read straight into the memory
/// that keeps it.
template <class T>
class DefaultInitAllocator : public std::allocator<T> {
  public:
    template <class U>
    struct rebind {
        using other = DefaultInitAllocator<U>;
    };
    DefaultInitAllocator() = default;
    template <class U>
    DefaultInitAllocator(const DefaultInitAllocator<U>&) noexcept {
    }  // NOLINT: rebinding is implicit
    template <class U>
    void construct(U* place) noexcept(noexcept(::new (static_cast<void*>(place)) U)) {
        ::new (static_cast<void*>(place)) U;
    }
    template <class U, class... Arguments>
    void construct(U* place, Arguments&&... arguments) {
        std::construct_at(place, std::forward<Arguments>(arguments)...);
    }
};

using ByteBuffer = std::vector<std::byte, DefaultInitAllocator<std::byte>>;

/// A whole regular file. One that shrinks while it is read is an error, one that grows is read to
/// its old length.
/// @throws tb::Error (io) when it cannot be opened or read, or is not a regular file
[[nodiscard]] ByteBuffer read_file(const std::filesystem::path& file);

/// Throws tb::Error (data) "<name>: at byte <offset>: <what>".
[[noreturn]] void throw_bad_bytes(std::string_view name, std::size_t offset, std::string_view what);

/// A little-endian value from bytes of any alignment; the caller has checked that they are there.
template <class T>
[[nodiscard]] T load(const std::byte* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return value;
}

/// The value of an IEEE half-precision number.
[[nodiscard]] double half_to_double(std::uint16_t bits) noexcept;

/// Appends a Unicode character (at most 0x10FFFF, no surrogate: the caller has checked) as UTF-8.
void append_utf8(std::string& text, std::uint32_t code);

/// True for well-formed UTF-8 without zero bytes.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;
/// The text with every byte that is_utf8() does not take as `\xNN`.
[[nodiscard]] std::string escaped_utf8(std::string_view text);

[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

}  // namespace tb::formats
