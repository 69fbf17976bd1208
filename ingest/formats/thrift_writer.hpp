// Structures of Thrift's compact protocol, written; thrift_reader.hpp reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tb::formats::parquet {

/// The bytes of a number, the lowest first.
template <class T>
void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

inline void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
        value >>= 7U;
    }
    out.push_back(static_cast<char>(value));
}

/// Structures in the compact protocol.
class ThriftWriter {
  public:
    explicit ThriftWriter(std::string& out) : out_(out) {}

    void number(int id, std::int64_t value, int type = 5) {
        head(id, type);
        zigzag(value);
    }
    void long_number(int id, std::int64_t value) { number(id, value, 6); }
    void boolean(int id, bool value) { head(id, value ? 1 : 2); }
    void text(int id, std::string_view value) {
        head(id, 8);
        plain_text(value);
    }
    void plain_text(std::string_view value) {
        put_varint(out_, value.size());
        out_ += value;
    }
    void list(int id, std::size_t count, int element_type) {
        head(id, 9);
        if (count < 15) {
            out_.push_back(static_cast<char>((count << 4U) | static_cast<unsigned>(element_type)));
        } else {
            out_.push_back(static_cast<char>(0xF0U | static_cast<unsigned>(element_type)));
            put_varint(out_, count);
        }
    }
    void zigzag(std::int64_t value) {
        put_varint(out_,
                   (static_cast<std::uint64_t>(value) << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0));
    }
    /// A structure as a field, or (begin_element) as an element of a list; end() closes either.
    void begin(int id) {
        head(id, 12);
        begin_element();
    }
    void begin_element() {
        outer_.push_back(last_);
        last_ = 0;
    }
    void end() {
        out_.push_back('\0');
        last_ = outer_.back();
        outer_.pop_back();
    }

  private:
    void head(int id, int type) {
        out_.push_back(
            static_cast<char>(((id - last_) << 4) | type));  // our ids never jump by more than 15
        last_ = id;
    }
    std::string& out_;
    int last_ = 0;
    std::vector<int> outer_;
};

}  // namespace tb::formats::parquet
