// Which keys a worker takes next, and how many.
#pragma once

#include "src/populate/batch.hpp"
#include "src/populate/worker_context.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tb::populate {

/// Remembers per table how long its keys take. The place in the queue and the budget are shared by
/// the program's workers. Belongs to the worker's thread.
class Claimer {
  public:
    /// @param bytes_together  what tables that read arrays may read before it is read again
    Claimer(const WorkerContext& context, std::size_t bytes_together)
        : context_(context), bytes_together_(bytes_together) {}

    /// Claims the next keys of a table. @return none when nothing is claimable, the budget is
    /// spent, this program is too old for the table, or the claim failed (see retry_delay)
    /// @throws tb::Error (passing) when the database is lost or takes nothing for the moment, or
    /// when a condition that the user gave is wrong
    [[nodiscard]] std::vector<ClaimedKey> take(db::Session& session, const TableInfo& table,
                                               int code_version);
    /// Tells how long the keys of the last claim took, from claim to commit, and how much of the
    /// array store they read.
    void learn(const TableInfo& table, double seconds_per_key, double bytes_per_key);
    /// Whether the table's keys read arrays, as far as it is known.
    [[nodiscard]] bool reads_arrays(const TableInfo& table);
    /// Gives back budget of keys that were claimed and not tried.
    void return_budget(std::size_t untaken);
    /// How long to wait before a claim that failed is tried again; 0 when the last one did not fail
    /// or the table is given up.
    [[nodiscard]] std::chrono::milliseconds retry_delay(const TableInfo& table);
    /// Whether nothing more will be claimed of a table: this program is too old for it, or its
    /// claims keep failing.
    [[nodiscard]] bool is_given_up(const TableInfo& table);
    /// Forgets failures of claims: tables that were given up are asked again.
    void try_again();
    /// The first error by which a table was given up.
    [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }
    /// Tables whose results are of newer code than this program's.
    [[nodiscard]] int too_old() const noexcept { return too_old_; }

  private:
    /// What this worker knows of a table.
    struct Place {
        double seconds_per_key = 0.05;  ///< a guess; the first claims tell
        double bytes_per_key = 0;       ///< read from the array store
        int claim_failures = 0;         ///< in a row
        bool has_just_failed = false;
        bool too_old = false;
        [[nodiscard]] bool is_given_up() const { return claim_failures >= most_claim_failures; }
    };
    static constexpr int most_claim_failures = 5;

    /// Keys of about a second's work. Of slow keys never more than a quarter of those that wait, so
    /// that at the queue's end no worker sits on what another could do. Tables that read arrays
    /// take as few at a time as are kept in memory, all the same number, so that they stay at the
    /// same sessions.
    int claim_size(db::Session& session, const TableInfo& table, const Place& place);
    /// Takes from the shared budget; gives 0 when it is spent.
    int take_budget(int wanted);

    const WorkerContext& context_;
    std::size_t bytes_together_;
    std::map<std::string, Place> places_;
    int too_old_ = 0;
    std::optional<Error> error_;
};

}  // namespace tb::populate
