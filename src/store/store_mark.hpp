// The mark in a store's root, by which a store is known again: a small file `trialbase_store`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace tb::store {

inline constexpr const char* mark_name = "trialbase_store";

struct StoreMark {
    std::string store_id;           ///< identity of the store
    std::string database_identity;  ///< of the database that it belongs to
    std::string database_name;      ///< as people know it, for messages
    std::string token;              ///< of the last program that opened it for writing
    bool operator==(const StoreMark&) const = default;
};

/// The mark, nothing where there is no root or no mark in it.
/// @throws tb::Error (unavailable, StoreUnavailable) when it cannot be read or is no mark of ours
[[nodiscard]] std::optional<StoreMark> read_mark(const std::filesystem::path& root);

/// Replaces the mark; on the disk when it returns.
/// @throws tb::Error (unavailable, StoreUnavailable) when it cannot be written
void write_mark(const std::filesystem::path& root, const StoreMark& mark);

}  // namespace tb::store
