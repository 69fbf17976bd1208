// The values of one column of a Parquet file: from the bytes of a page and its encoding to numbers,
// texts and booleans.
#pragma once

#include "ingest/formats/parquet_encoding.hpp"
#include "ingest/formats/parquet_schema.hpp"
#include "ingest/formats/table.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tb::formats::parquet {

inline constexpr std::int64_t julian_day_of_1970 = 2440588;
inline constexpr std::int64_t day_us = 86'400'000'000;
inline constexpr std::size_t text_overhead = 32;  // of a string's own memory

/// What a stored value becomes.
enum class Conversion { as_it_is, unsigned32, unsigned64, decimal, float16, timestamp96, uuid };

inline Conversion conversion_of(const SchemaElement& element) {
    const Physical type = *element.type;
    if (type == Physical::int96) return Conversion::timestamp96;
    switch (element.meaning) {
        case Meaning::decimal:
            return type == Physical::boolean || type == Physical::real32 || type == Physical::real64
                       ? Conversion::as_it_is
                       : Conversion::decimal;
        case Meaning::unsigned_integer:
            return type == Physical::int32   ? Conversion::unsigned32
                   : type == Physical::int64 ? Conversion::unsigned64
                                             : Conversion::as_it_is;
        case Meaning::float16:
            return type == Physical::fixed_byte_array && element.type_length == 2
                       ? Conversion::float16
                       : Conversion::as_it_is;
        case Meaning::uuid:
            return type == Physical::fixed_byte_array && element.type_length == 16
                       ? Conversion::uuid
                       : Conversion::as_it_is;
        default:
            return Conversion::as_it_is;
    }
}

/// Bytes of a value of fixed width; 0 for the others.
inline std::size_t width_of(const SchemaElement& element) {
    switch (*element.type) {
        case Physical::int32:
        case Physical::real32:
            return 4;
        case Physical::int64:
        case Physical::real64:
            return 8;
        case Physical::int96:
            return 12;
        case Physical::fixed_byte_array:
            return static_cast<std::size_t>(element.type_length);
        case Physical::boolean:
        case Physical::byte_array:
            break;
    }
    return 0;
}

inline std::string uuid_text(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
        const auto byte = static_cast<unsigned char>(bytes[i]);
        text.push_back(digits[byte >> 4U]);
        text.push_back(digits[byte & 0xFU]);
    }
    return text;
}

/// Decodes the values of one column that are present. T: double, int64_t, std::uint8_t (boolean) or
/// std::string.
template <class T>
class ValueDecoder {
  public:
    ValueDecoder(const SchemaElement& element, Allowance& allowance)
        : element_(element),
          allowance_(allowance),
          conversion_(conversion_of(element)),
          width_(width_of(element)),
          divisor_(std::pow(10.0, element.scale)) {}

    void start_group() {
        dictionary_.clear();
        has_dictionary_ = false;
    }

    void read_dictionary(std::span<const std::byte> bytes, std::size_t count, int encoding,
                         const Where& where) {
        if (has_dictionary_) where.fail("a second dictionary in one column chunk");
        if (encoding != static_cast<int>(Encoding::plain) &&
            encoding != static_cast<int>(Encoding::plain_dictionary))
            where.fail("a dictionary in encoding " + encoding_name(encoding));
        has_dictionary_ = true;
        allowance_.charge(count, sizeof(T), where.page, "a dictionary");
        read_plain(bytes, count, dictionary_, where);
    }

    /// Appends `count` values.
    void append(std::span<const std::byte> bytes, std::size_t count, int encoding,
                std::vector<T>& out, const Where& where) {
        if (count == 0) return;
        switch (static_cast<Encoding>(encoding)) {
            case Encoding::plain:
                read_plain(bytes, count, out, where);
                return;
            case Encoding::plain_dictionary:
            case Encoding::rle_dictionary:
                read_indices(bytes, count, out, where);
                return;
            case Encoding::rle:
                if constexpr (std::is_same_v<T, std::uint8_t>) {
                    read_run_booleans(bytes, count, out, where);
                    return;
                }
                break;
            case Encoding::delta_binary_packed:
                if (*element_.type == Physical::int32 || *element_.type == Physical::int64) {
                    read_deltas(bytes, count, out, where);
                    return;
                }
                break;
            case Encoding::delta_length_byte_array:
                if (*element_.type == Physical::byte_array) {
                    read_delta_lengths(bytes, count, out, where);
                    return;
                }
                break;
            case Encoding::delta_byte_array:
                if (*element_.type == Physical::byte_array ||
                    *element_.type == Physical::fixed_byte_array) {
                    read_delta_texts(bytes, count, out, where);
                    return;
                }
                break;
            case Encoding::byte_stream_split:
                if (width_ > 0) {
                    read_split(bytes, count, out, where);
                    return;
                }
                break;
            default:
                break;
        }
        where.fail("encoding " + encoding_name(encoding) + " is not supported for type " +
                   std::string(physical_name(*element_.type)));
    }

  private:
    T from_integer(std::int64_t value, const Where& where) const {
        switch (conversion_) {
            case Conversion::unsigned32:
                value = static_cast<std::uint32_t>(value);
                break;
            case Conversion::unsigned64:
                if constexpr (std::is_same_v<T, std::int64_t>) {
                    if (value < 0)
                        where.fail("the value " +
                                   std::to_string(static_cast<std::uint64_t>(value)) +
                                   " is larger than a signed 64-bit integer");
                } else if constexpr (std::is_same_v<T, double>) {
                    return static_cast<double>(static_cast<std::uint64_t>(value));
                }
                break;
            case Conversion::decimal:
                if constexpr (std::is_same_v<T, double>)
                    return static_cast<double>(value) / divisor_;
                break;
            default:
                break;
        }
        if constexpr (std::is_arithmetic_v<T>) {
            return static_cast<T>(value);
        } else {
            where.fail("numbers where text was expected");
        }
    }

    /// `bytes` as they are, or the decimal, half-precision number or UUID in them.
    T from_bytes(std::string_view bytes, const Where& where) {
        if constexpr (std::is_same_v<T, std::string>) {
            if (bytes.size() > 15)
                allowance_.charge(bytes.size() + text_overhead, 1, where.page, "text");
            return conversion_ == Conversion::uuid ? uuid_text(bytes) : std::string(bytes);
        } else if constexpr (std::is_same_v<T, double>) {
            if (conversion_ == Conversion::float16)
                return half_to_double(
                    load<std::uint16_t>(reinterpret_cast<const std::byte*>(bytes.data())));
            if (bytes.empty()) where.fail("an empty decimal");
            long double value = static_cast<signed char>(bytes.front());
            for (const char next : bytes.substr(1))
                value = value * 256.0L + static_cast<unsigned char>(next);
            return static_cast<double>(value / static_cast<long double>(divisor_));
        } else {
            where.fail("text where numbers were expected");
        }
    }

    T from_fixed(const std::byte* from, const Where& where) {
        switch (*element_.type) {
            case Physical::int32:
                return from_integer(load<std::int32_t>(from), where);
            case Physical::int64:
                return from_integer(load<std::int64_t>(from), where);
            case Physical::int96: {
                const auto nanoseconds = load<std::int64_t>(from);
                const std::int64_t day = load<std::int32_t>(from + 8) - julian_day_of_1970;
                std::int64_t value = 0;
                if (__builtin_mul_overflow(day, day_us, &value) ||
                    __builtin_add_overflow(value, nanoseconds / 1000, &value))
                    where.fail("a timestamp is outside the range of 64-bit microseconds");
                return from_integer(value, where);
            }
            case Physical::real32:
                if constexpr (std::is_same_v<T, double>)
                    return static_cast<double>(load<float>(from));
                break;
            case Physical::real64:
                if constexpr (std::is_same_v<T, double>) return load<double>(from);
                break;
            default:
                return from_bytes({reinterpret_cast<const char*>(from), width_}, where);
        }
        where.fail("a type that does not fit its column");
    }

    void read_plain(std::span<const std::byte> bytes, std::size_t count, std::vector<T>& out,
                    const Where& where) {
        const auto need = [&](bool enough) {
            if (!enough) where.fail("the page's values end too early");
        };
        if (*element_.type == Physical::boolean) {
            need((count + 7) / 8 <= bytes.size());
            for (std::size_t i = 0; i < count; ++i)
                append_boolean((std::to_integer<unsigned>(bytes[i >> 3U]) >> (i & 7U)) & 1U, out,
                               where);
        } else if (*element_.type == Physical::byte_array) {
            out.reserve(out.size() + std::min(count, bytes.size() / 4));
            std::size_t at = 0;
            for (std::size_t i = 0; i < count; ++i) {
                need(bytes.size() - at >= 4);
                const std::size_t size = load<std::uint32_t>(bytes.data() + at);
                at += 4;
                need(size <= bytes.size() - at);
                out.push_back(from_bytes(as_text(bytes.subspan(at, size)), where));
                at += size;
            }
        } else {
            need(width_ == 0 || count <= bytes.size() / width_);
            const std::size_t begin = out.size();
            if constexpr (std::is_same_v<T, double> || std::is_same_v<T, std::int64_t>) {
                const bool is_same =
                    conversion_ == Conversion::as_it_is &&
                    *element_.type ==
                        (std::is_same_v<T, double> ? Physical::real64 : Physical::int64);
                if (is_same) {
                    out.resize(begin + count);
                    if (count > 0) std::memcpy(out.data() + begin, bytes.data(), count * sizeof(T));
                    return;
                }
            }
            out.reserve(begin + count);
            for (std::size_t i = 0; i < count; ++i)
                out.push_back(from_fixed(bytes.data() + i * width_, where));
        }
    }

    void read_indices(std::span<const std::byte> bytes, std::size_t count, std::vector<T>& out,
                      const Where& where) {
        if (!has_dictionary_) where.fail("dictionary indices without a dictionary");
        if (bytes.empty()) where.fail("the page's values end too early");
        const auto width = std::to_integer<unsigned>(bytes.front());
        if (width > 32) where.fail("dictionary indices of " + std::to_string(width) + " bits");
        HybridReader reader(bytes.subspan(1), width, where);
        out.reserve(out.size() + count);
        std::uint32_t indices[1024];
        for (std::size_t left = count; left > 0;) {
            const std::size_t take = std::min<std::size_t>(left, std::size(indices));
            reader.read({indices, take});
            for (std::size_t i = 0; i < take; ++i) {
                if (indices[i] >= dictionary_.size())
                    where.fail("dictionary index " + std::to_string(indices[i]) + " of " +
                               std::to_string(dictionary_.size()));
                const T& value = dictionary_[indices[i]];
                if constexpr (std::is_same_v<T, std::string>)
                    if (value.size() > 15)
                        allowance_.charge(value.size() + text_overhead, 1, where.page, "text");
                out.push_back(value);
            }
            left -= take;
        }
    }

    void read_run_booleans(std::span<const std::byte> bytes, std::size_t count, std::vector<T>& out,
                           const Where& where) {
        if (bytes.size() < 4) where.fail("the page's values end too early");
        const std::size_t size = load<std::uint32_t>(bytes.data());
        if (size > bytes.size() - 4) where.fail("the page's values end too early");
        HybridReader reader(bytes.subspan(4, size), 1, where);
        std::vector<std::uint8_t> values(count);
        (void)reader.read_levels(values, 1);
        for (const std::uint8_t value : values) append_boolean(value, out, where);
    }

    void append_boolean(unsigned value, std::vector<T>& out, const Where& where) {
        if constexpr (std::is_arithmetic_v<T>) {
            out.push_back(static_cast<T>(value));
        } else {
            where.fail("booleans where text was expected");
        }
    }

    void read_deltas(std::span<const std::byte> bytes, std::size_t count, std::vector<T>& out,
                     const Where& where) {
        (void)read_delta_integers(bytes, count, scratch(numbers_, count, where), where);
        out.reserve(out.size() + count);
        const bool is_narrow =
            *element_.type == Physical::int32;  // sums wrap around at 32 bits there
        for (const std::int64_t value : numbers_)
            out.push_back(
                from_integer(is_narrow ? static_cast<std::int32_t>(value) : value, where));
    }

    void read_delta_lengths(std::span<const std::byte> bytes, std::size_t count,
                            std::vector<T>& out, const Where& where) {
        std::size_t at = read_delta_integers(bytes, count, scratch(numbers_, count, where), where);
        out.reserve(out.size() + count);
        for (const std::int64_t length : numbers_) {
            if (length < 0 || static_cast<std::uint64_t>(length) > bytes.size() - at)
                where.fail("a text of " + std::to_string(length) +
                           " bytes is longer than its page");
            const auto size = static_cast<std::size_t>(length);
            out.push_back(from_bytes(as_text(bytes.subspan(at, size)), where));
            at += size;
        }
    }

    void read_delta_texts(std::span<const std::byte> bytes, std::size_t count, std::vector<T>& out,
                          const Where& where) {
        std::vector<std::int64_t>& prefixes = scratch(numbers_, count, where);
        std::vector<std::int64_t>& lengths = scratch(more_numbers_, count, where);
        std::size_t at = read_delta_integers(bytes, count, prefixes, where);
        at += read_delta_integers(bytes.subspan(at), count, lengths, where);
        out.reserve(out.size() + count);
        std::string text;
        for (std::size_t i = 0; i < count; ++i) {
            if (prefixes[i] < 0 || static_cast<std::uint64_t>(prefixes[i]) > text.size() ||
                lengths[i] < 0 || static_cast<std::uint64_t>(lengths[i]) > bytes.size() - at)
                where.fail("a text with " + std::to_string(prefixes[i]) + " repeated and " +
                           std::to_string(lengths[i]) + " new bytes does not fit");
            const auto size = static_cast<std::size_t>(lengths[i]);
            text.resize(static_cast<std::size_t>(prefixes[i]));
            text += as_text(bytes.subspan(at, size));
            at += size;
            if (width_ > 0 && text.size() != width_)
                where.fail("a text of another length than its type's");
            out.push_back(from_bytes(text, where));
        }
    }

    void read_split(std::span<const std::byte> bytes, std::size_t count, std::vector<T>& out,
                    const Where& where) {
        if (count > bytes.size() / width_) where.fail("the page's values end too early");
        const std::size_t stride = bytes.size() / width_;
        std::vector<std::byte> value(width_);
        out.reserve(out.size() + count);
        for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t part = 0; part < width_; ++part)
                value[part] = bytes[part * stride + i];
            out.push_back(from_fixed(value.data(), where));
        }
    }

    std::vector<std::int64_t>& scratch(std::vector<std::int64_t>& numbers, std::size_t count,
                                       const Where& where) {
        numbers.clear();
        if (numbers.capacity() < count)
            allowance_.charge(count, sizeof(std::int64_t), where.page, "a page");
        return numbers;
    }

    const SchemaElement& element_;
    Allowance& allowance_;
    Conversion conversion_;
    std::size_t width_;
    double divisor_;
    std::vector<T> dictionary_;
    std::vector<std::int64_t> numbers_;
    std::vector<std::int64_t> more_numbers_;
    bool has_dictionary_ = false;
};

}  // namespace tb::formats::parquet
