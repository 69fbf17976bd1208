// The part of Thrift's compact protocol that Parquet's headers use: read from bytes that may lie,
// with the place of every fault.
#pragma once

#include "ingest/formats/parquet_format.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace tb::formats::parquet {

// Types of the compact protocol.
inline constexpr int type_true = 1;
inline constexpr int type_false = 2;
inline constexpr int type_byte = 3;
inline constexpr int type_i16 = 4;
inline constexpr int type_i64 = 6;
inline constexpr int type_double = 7;
inline constexpr int type_binary = 8;
inline constexpr int type_list = 9;
inline constexpr int type_set = 10;
inline constexpr int type_map = 11;
inline constexpr int type_struct = 12;
inline constexpr int type_uuid = 13;
inline constexpr int max_nesting = 32;  // of structures that we skip

class ThriftReader {
  public:
    ThriftReader(const Source& source, std::size_t begin, std::size_t end)
        : source_(source), at_(begin), end_(end) {}

    [[nodiscard]] std::size_t position() const { return at_; }
    [[nodiscard]] std::size_t left() const { return end_ - at_; }
    [[noreturn]] void fail(std::string_view what) const { source_.fail(at_, what); }

    [[nodiscard]] std::uint8_t byte() {
        if (at_ >= end_) fail("a structure does not end before its room does");
        return std::to_integer<std::uint8_t>(source_.bytes[at_++]);
    }

    [[nodiscard]] std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t next = byte();
            value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
            if ((next & 0x80U) == 0) return value;
        }
        fail("a number has too many bytes");
    }

    [[nodiscard]] std::int64_t integer(int type) {
        if (type == type_byte) return static_cast<std::int8_t>(byte());
        if (type < type_i16 || type > type_i64) fail("malformed structure, expected a number");
        const std::uint64_t value = varint();
        return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
    }

    /// A number that must lie in 0..most.
    [[nodiscard]] std::size_t size(int type, std::int64_t most, std::string_view what) {
        const std::int64_t value = integer(type);
        if (value < 0 || value > most) fail(std::string(what) + " is " + std::to_string(value));
        return static_cast<std::size_t>(value);
    }

    [[nodiscard]] int small(int type, std::string_view what) {
        return static_cast<int>(size(type, std::numeric_limits<std::int32_t>::max(), what));
    }

    [[nodiscard]] bool boolean(int type) {
        if (type != type_true && type != type_false)
            fail("malformed structure, expected a boolean");
        return type == type_true;
    }

    [[nodiscard]] std::string_view text(int type) {
        if (type != type_binary) fail("malformed structure, expected text");
        const std::uint64_t size = varint();
        if (size > left())
            fail("a text of " + std::to_string(size) + " bytes is longer than its room");
        const auto result = as_text(source_.bytes.subspan(at_, static_cast<std::size_t>(size)));
        at_ += static_cast<std::size_t>(size);
        return result;
    }

    /// Calls visit(field id, type) for each field; what it does not consume (returns false) is
    /// skipped.
    template <class Visit>
    void structure(int type, Visit&& visit) {
        if (type != type_struct) fail("malformed structure, expected a structure");
        std::int64_t id = 0;
        while (true) {
            const std::uint8_t head = byte();
            if (head == 0) return;
            const int field_type = head & 0x0F;
            if ((head >> 4U) == 0) {
                id = integer(type_i16);
            } else {
                id += head >> 4U;
            }
            if (!visit(id, field_type)) skip(field_type, 0);
        }
    }

    /// Calls visit(element type) for each element, which must consume it.
    template <class Visit>
    void list(int type, Visit&& visit) {
        if (type != type_list) fail("malformed structure, expected a list");
        const auto [count, element] = list_head();
        for (std::uint64_t i = 0; i < count; ++i) visit(element);
    }

    void skip(int type, int nesting) {
        if (nesting > max_nesting) fail("structures are nested too deeply");
        switch (type) {
            case type_true:
            case type_false:
                return;
            case type_byte:
                (void)byte();
                return;
            case type_i16:
            case type_i16 + 1:
            case type_i64:
                (void)varint();
                return;
            case type_double:
                advance(8);
                return;
            case type_uuid:
                advance(16);
                return;
            case type_binary:
                (void)text(type);
                return;
            case type_list:
            case type_set: {
                const auto [count, element] = list_head();
                for (std::uint64_t i = 0; i < count; ++i) skip_element(element, nesting + 1);
                return;
            }
            case type_map: {
                const std::uint64_t count = varint();
                if (count == 0) return;
                if (count > left()) fail("a map is longer than its room");
                const std::uint8_t types = byte();
                for (std::uint64_t i = 0; i < count; ++i) {
                    skip_element(types >> 4U, nesting + 1);
                    skip_element(types & 0x0F, nesting + 1);
                }
                return;
            }
            case type_struct: {
                while (true) {
                    const std::uint8_t head = byte();
                    if (head == 0) return;
                    if ((head >> 4U) == 0) (void)varint();
                    skip(head & 0x0F, nesting + 1);
                }
            }
            default:
                fail("malformed structure, unknown type " + std::to_string(type));
        }
    }

  private:
    struct ListHead {
        std::uint64_t count;
        int element;
    };
    /// Every element takes at least one byte, so the count is bounded by what is left.
    [[nodiscard]] ListHead list_head() {
        const std::uint8_t head = byte();
        std::uint64_t count = head >> 4U;
        if (count == 15) count = varint();
        if (count > left()) fail("a list of " + std::to_string(count) + " is longer than its room");
        return {count, head & 0x0F};
    }
    void skip_element(int type, int nesting) {
        if (type == type_true || type == type_false) {
            (void)byte();  // in containers booleans are bytes
        } else {
            skip(type, nesting);
        }
    }
    void advance(std::size_t count) {
        if (count > left()) fail("a structure does not end before its room does");
        at_ += count;
    }

    const Source& source_;
    std::size_t at_;
    std::size_t end_;
};

}  // namespace tb::formats::parquet
