// Which keys a worker takes next, and how many.
#pragma once

#include "src/populate/batch.hpp"
#include "src/populate/worker_context.hpp"

#include <limits>
#include <map>
#include <string>
#include <vector>

namespace tb::populate {

/// Remembers per table where in its queue the worker is and how long its keys take. Takes from the
/// budget that the program's workers share. Belongs to the worker's thread.
class Claimer {
  public:
    explicit Claimer(const WorkerContext& context) : context_(context) {}

    /// Claims the next keys of a table. @return none when nothing is claimable, the budget is
    /// spent, or this program is too old for the table
    /// @throws tb::Error when claiming fails
    [[nodiscard]] std::vector<ClaimedKey> take(db::Session& session, const TableInfo& table,
                                               int code_version);
    /// Tells how long the keys of the last claim took, from claim to commit.
    void learn(const TableInfo& table, double seconds_per_key);
    /// Gives back budget of keys that were claimed and not tried.
    void return_budget(std::size_t untaken);
    /// Tables whose results are of newer code than this program's.
    [[nodiscard]] int too_old() const noexcept { return too_old_; }

  private:
    /// Where in a table's queue this worker is, and how many keys it takes at a time.
    struct Place {
        int priority = std::numeric_limits<int>::min();
        std::int64_t queue_no = 0;
        double seconds_per_key = 0.05;  ///< a guess; the first claims tell
        int claims_since_start = 0;
        bool too_old = false;
    };

    /// Keys of about a second's work. Of slow keys never more than a quarter of those that wait, so
    /// that at the queue's end no worker sits on what another could do.
    int claim_size(db::Session& session, const TableInfo& table, const Place& place);
    /// Takes from the shared budget; gives 0 when it is spent.
    int take_budget(int wanted);

    const WorkerContext& context_;
    std::map<std::string, Place> places_;
    int too_old_ = 0;
};

}  // namespace tb::populate
