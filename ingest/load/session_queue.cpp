#include "ingest/load/session_queue.hpp"

#include <algorithm>

namespace tb::load {
namespace {

// Of files held in memory.
constexpr std::size_t most_waiting_bytes = std::size_t{256} << 20;
constexpr std::size_t most_waiting = 512;

std::string subject_of(const SessionToRead& session) {
    return session.lab + "/" + session.subject;
}

}  // namespace

bool SessionQueue::push(std::unique_ptr<SessionToRead> session) {
    std::unique_lock lock(mutex_);
    const auto bytes = session->held_bytes;
    const auto has_room = [&] {
        return closed_ || waiting_.empty() ||
               (waiting_.size() < most_waiting && bytes_ + bytes <= most_waiting_bytes);
    };
    if (!has_room()) {
        finder_waits_ = true;  // takers wait for no more then
        has_work_.notify_all();
        has_room_.wait(lock, has_room);
        finder_waits_ = false;
    }
    if (closed_) return false;
    bytes_ += bytes;
    waiting_.push_back(std::move(session));
    has_work_.notify_one();
    return true;
}

SessionBatch SessionQueue::pop() {
    std::unique_lock lock(mutex_);
    SessionBatch batch;
    has_work_.wait(lock, [&] { return closed_ || (finished_ && waiting_.empty()) || take(batch); });
    if (closed_) batch.clear();
    return batch;
}

void SessionQueue::done(const SessionBatch& batch) {
    const std::lock_guard lock(mutex_);
    for (const auto& session : batch) taken_.erase(subject_of(*session));
    has_work_.notify_all();
}

void SessionQueue::finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    has_work_.notify_all();
}

void SessionQueue::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    has_work_.notify_all();
    has_room_.notify_all();
}

/// Moves sessions of free subjects into the batch, at most a taker's share of what is waiting.
bool SessionQueue::take(SessionBatch& batch) {
    // While more is coming quickly, a fuller batch is worth the wait.
    if (!finished_ && !finder_waits_ && waiting_.size() < most_batch_ * takers_) return false;
    const auto share =
        std::clamp<std::size_t>(waiting_.size() / takers_, std::size_t{1}, most_batch_);
    std::set<std::string> own;
    std::size_t bytes = 0;
    for (auto at = waiting_.begin(); at != waiting_.end() && batch.size() < share;) {
        const auto subject = subject_of(**at);
        if (!own.contains(subject) && taken_.contains(subject)) {
            ++at;
            continue;
        }
        bytes += (*at)->held_bytes;
        if (!batch.empty() && bytes > most_batch_bytes) break;
        if (!(*at)->subject.empty()) own.insert(subject);
        bytes_ -= (*at)->held_bytes;
        batch.push_back(std::move(*at));
        at = waiting_.erase(at);
    }
    taken_.insert(own.begin(), own.end());
    if (!batch.empty()) has_room_.notify_one();
    return !batch.empty();
}

}  // namespace tb::load
