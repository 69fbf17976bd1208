// The reference's tables of the colony database, read from ours.
#pragma once

#include <string_view>

namespace tb::vectors {

/// A select with the reference's column names. Times of day are those that the lab's clock showed,
/// cut to seconds, as the reference's columns are; moments of histories and accounts are in UTC. A
/// cage or a person from before the first change that is recorded has no time, and is listed where
/// no change is.
/// Source: spec/ibl_behavior.md, 1. @throws tb::Error (data) for another table
[[nodiscard]] std::string_view alyx_table_select(std::string_view table);

}  // namespace tb::vectors
