// Sessions on their way from the one that finds them to those that read and load them.
#pragma once

#include "ingest/load/session_source.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace tb::load {

using SessionBatch = std::vector<std::unique_ptr<SessionToRead>>;

/// So many bytes of files or traces of one batch are held in memory; a larger session goes alone.
inline constexpr std::size_t most_batch_bytes = std::size_t{32} << 20;

/// Sessions found and not yet taken; the finder waits when too many are. Takers get batches of
/// sessions whose subjects no other taker has: sessions of one subject change the subject's rows
/// and stamps, and would only wait for each other in the database. From any thread.
class SessionQueue {
  public:
    /// @param takers  threads that call pop()
    /// @param most_batch  sessions of a batch at most
    SessionQueue(unsigned takers, std::size_t most_batch)
        : takers_(takers), most_batch_(most_batch) {}

    /// @return false when nobody wants any more
    bool push(std::unique_ptr<SessionToRead> session);
    /// The next batch; empty when there will be none. done() gives its subjects back.
    SessionBatch pop();
    void done(const SessionBatch& batch);
    /// No more will come: takers get what is left.
    void finish();
    /// Nobody takes any more.
    void close();

  private:
    bool take(SessionBatch& batch);

    std::mutex mutex_;
    std::condition_variable has_work_;
    std::condition_variable has_room_;
    std::deque<std::unique_ptr<SessionToRead>> waiting_;
    std::set<std::string> taken_;  ///< subjects
    unsigned takers_;
    std::size_t most_batch_;
    std::size_t bytes_ = 0;
    bool finder_waits_ = false;
    bool finished_ = false;
    bool closed_ = false;
};

}  // namespace tb::load
