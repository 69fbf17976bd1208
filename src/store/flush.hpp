// Making files and folders durable, many at once.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>

namespace tb::store {

/// 0, or why (errno) the folder's entries cannot be made durable.
[[nodiscard]] int flush_folder(const std::filesystem::path& folder);

/// Calls action(0) .. action(n - 1), up to eight at the same time: for calls that wait for the
/// disk. A disk's flush serves all who wait for it, so that eight flushes at once take about as
/// long as one, and one processor is enough for them. Comes back when all have. Actions must not
/// throw and must not touch what another does; the order is any.
void all_at_once(std::size_t n, const std::function<void(std::size_t)>& action);

}  // namespace tb::store
