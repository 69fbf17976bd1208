// In which order the tasks of a session were run.
#pragma once

#include "ingest/alf/session_files.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tb::alf {

/// The tasks of a session in the order of its experiment description; where there is none, or it
/// does not tell, in the order of their folders' numbers. (spec/known_troubles.md, 2, row 8)
class TaskOrder {
  public:
    TaskOrder() = default;
    /// @param collections  raw_task_data_NN in the order in which they were run
    explicit TaskOrder(std::vector<std::string> collections)
        : collections_(std::move(collections)) {}

    /// Whether one collection's task was run before another's: raw_task_data_NN, and alf/task_NN,
    /// which is extracted from it. Those of the description come first, others by their names.
    [[nodiscard]] bool is_before(std::string_view one, std::string_view other) const;

  private:
    [[nodiscard]] std::size_t place_of(std::string_view collection) const;

    std::vector<std::string> collections_;
};

/// The order that the description at the session's root tells; copies of it beside it are only
/// files. Where it is another than that of the folders' numbers, this is an issue (TaskOrder).
[[nodiscard]] TaskOrder read_task_order(SessionFiles& files);

}  // namespace tb::alf
