// Binary COPY (`copy ... to stdout with (format binary)`) taken apart into rows and fields.
#pragma once

#include "trialbase/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tb::app {

/// An integer in the byte order of the network.
template <class T>
T integer_at(const char* bytes) {
    std::make_unsigned_t<T> value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        value = static_cast<std::make_unsigned_t<T>>((value << 8) |
                                                     static_cast<unsigned char>(bytes[i]));
    }
    return static_cast<T>(value);
}

/// Takes chunks as they come and calls `on_row` with the fields of each whole row; a field without
/// bytes is NULL. The views end with the call.
template <class OnRow>
class BinaryRows {
  public:
    BinaryRows(std::size_t columns, OnRow on_row) : fields_(columns), on_row_(std::move(on_row)) {}

    void feed(std::string_view chunk) {
        if (held_.empty()) {
            const auto used = consume(chunk);
            held_ = chunk.substr(used);
        } else {
            held_ += chunk;
            held_.erase(0, consume(held_));
        }
    }

  private:
    static constexpr std::size_t signature_length = 11;

    /// Takes the whole rows at the front of `data`. @return bytes used
    std::size_t consume(std::string_view data) {
        std::size_t at = 0;
        if (!is_past_header_) {
            if (data.size() < signature_length + 8) return 0;
            const auto extension = static_cast<std::size_t>(
                integer_at<std::uint32_t>(data.data() + signature_length + 4));
            if (data.size() < signature_length + 8 + extension) return 0;
            at = signature_length + 8 + extension;
            is_past_header_ = true;
        }
        while (true) {
            if (data.size() - at < 2) return at;
            const auto count = integer_at<std::int16_t>(data.data() + at);
            if (count < 0) return data.size();  // the end's mark
            if (static_cast<std::size_t>(count) != fields_.size()) {
                throw Error(ErrorKind::internal,
                            "a row of a query has an unexpected number of fields");
            }
            std::size_t next = at + 2;
            for (auto& field : fields_) {
                if (data.size() - next < 4) return at;
                const auto length = integer_at<std::int32_t>(data.data() + next);
                next += 4;
                field.reset();
                if (length < 0) continue;
                if (data.size() - next < static_cast<std::size_t>(length)) return at;
                field = data.substr(next, static_cast<std::size_t>(length));
                next += static_cast<std::size_t>(length);
            }
            on_row_(fields_);
            at = next;
        }
    }

    std::vector<std::optional<std::string_view>> fields_;
    OnRow on_row_;
    std::string held_;
    bool is_past_header_ = false;
};

}  // namespace tb::app
