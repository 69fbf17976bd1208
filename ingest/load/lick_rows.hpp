// Licks as rows of task.lick: of any world whose animals lick.
#pragma once

#include "src/db/session.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tb::load {

/// Licks of several sessions.
class LickRows {
  public:
    /// @param lick_s  times in file order [s, session clock]; numbered from 1
    void add(const std::string& session_id, std::span<const double> lick_s);
    /// The statement that inserts them; none where there are none.
    void add_step(std::vector<db::Session::Step>& steps) const;

  private:
    std::vector<std::string> session_id_;
    std::vector<std::int64_t> number_;
    std::vector<double> time_s_;
};

}  // namespace tb::load
