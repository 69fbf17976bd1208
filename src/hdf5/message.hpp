// Messages between a process and its child: numbers and texts in order, framed by their length.
#pragma once

#include "src/hdf5/tree.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tb::hdf5 {

/// A message that says something else than it should.
class BadMessage : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

class MessageWriter {
  public:
    void number(std::uint64_t value);
    void text(std::string_view text);
    void sizes(const std::vector<std::size_t>& values);
    void texts(const std::vector<std::string>& values);
    void node(const Node& node);
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

  private:
    void type(const ValueType& type);
    void attribute(const Attribute& attribute);
    std::string bytes_;
};

/// Takes a message apart; believes no length. @throws BadMessage
class MessageReader {
  public:
    explicit MessageReader(std::string_view bytes) : bytes_(bytes) {}
    [[nodiscard]] std::uint64_t number();
    [[nodiscard]] std::string text();
    [[nodiscard]] std::vector<std::size_t> sizes();
    [[nodiscard]] std::vector<std::string> texts();
    [[nodiscard]] Node node();

  private:
    [[nodiscard]] std::string_view take(std::size_t n);
    /// A count of things that take at least `least` bytes each.
    [[nodiscard]] std::size_t count(std::size_t least);
    [[nodiscard]] ValueType type(int depth);
    [[nodiscard]] Attribute attribute();
    std::string_view bytes_;
};

/// @return false when the other side is gone
[[nodiscard]] bool send_message(int socket, std::string_view bytes);
/// Nothing when the other side is gone, or says that a message is longer than `longest`.
[[nodiscard]] std::optional<std::string> receive_message(int socket, std::size_t longest);

}  // namespace tb::hdf5
