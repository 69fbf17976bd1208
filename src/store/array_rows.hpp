// Rows of store.array.
#pragma once

#include "src/db/session.hpp"
#include "src/store/array_store.hpp"

#include <span>

namespace tb::store {

/// The statement that inserts rows of store.array, to be sent before the rows that refer to them,
/// in the same transaction, and only after the files are published.
[[nodiscard]] db::Session::Step insert_arrays_step(std::span<const StoredArray* const> arrays);
/// The same, executed. Nothing for no arrays.
void insert_arrays(db::Session& session, std::span<const StoredArray* const> arrays);
void insert_arrays(db::Session& session, std::span<const StoredArray> arrays);

}  // namespace tb::store
