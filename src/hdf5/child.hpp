// The child process that has an untrusted file open, and the questions that it is asked.
#pragma once

#include "src/hdf5/untrusted_file.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace tb::hdf5 {

/// Bytes that one answer with numbers may have, and for how many of them there is room: the child
/// fills some while another is looked at, and the two rarely wait for each other.
inline constexpr std::size_t slot_bytes = std::size_t{2} << 20;
inline constexpr std::size_t n_slots = 8;
/// Longest message of either side.
inline constexpr std::size_t longest_message = std::size_t{256} << 20;

enum class Question : std::uint8_t { list = 1, numbers, texts, references };

/// First word of an answer.
enum class Answer : std::uint8_t { done = 0, failed = 1 };

/// Starts, is asked, ends. Memory that is shared with the child lasts as long as this.
class Child {
  public:
    /// @param file_descriptor  of the file, kept by the caller; the child opens it again by number
    /// @throws tb::Error (io) when no process or memory can be had
    Child(int file_descriptor, std::size_t file_bytes, const Limits& limits);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// @return false when the child is gone
    [[nodiscard]] bool ask(std::string_view message) const;
    /// Nothing when the child is gone: how_it_ended() says why.
    [[nodiscard]] std::optional<std::string> answer() const;
    [[nodiscard]] std::span<const std::byte> slot(std::size_t index) const;
    /// Waits for its end. `crashed (signal 11)`, `used more than 60 s of processor time`, ...
    [[nodiscard]] std::string how_it_ended();

  private:
    pid_t pid_ = -1;
    int socket_ = -1;
    std::byte* shared_ = nullptr;
    unsigned cpu_s_ = 0;
};

}  // namespace tb::hdf5
