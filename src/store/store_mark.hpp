// The mark in a store's root, by which a store is known again: a small file `trialbase_store`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

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

/// Copies of the database that have written to the store without owning it: one line each,
/// identity and name. Their files are named by no row of the owner.
inline constexpr const char* guests_name = "trialbase_store.guests";
[[nodiscard]] std::vector<std::string> guests(const std::filesystem::path& root);
/// Adds a line once; on the disk when it returns.
/// @throws tb::Error (unavailable, StoreUnavailable) when it cannot be written
void add_guest(const std::filesystem::path& root, const std::string& line);

}  // namespace tb::store
