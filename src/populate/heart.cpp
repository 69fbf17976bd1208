#include "src/populate/heart.hpp"

#include "src/base/quoted.hpp"
#include "src/base/user_entry.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <spdlog/spdlog.h>
#include <unistd.h>

namespace tb::populate {

namespace {

std::string os_user() {
    const auto entry = acting_user();
    return entry ? entry->name : std::to_string(geteuid());
}

std::string host_name() {
    char name[256] = {};
    gethostname(name, sizeof name - 1);
    return name;
}

}  // namespace

void announce(db::Session& session, const WorkerContext& context) {
    const auto& options = context.options;
    session.exec({"worker start",
                  "select engine.worker_start($1::uuid, $2, $3::integer, $4, $5, $6, "
                  "make_interval(secs => $7::double precision))"},
                 db::Params()
                     .text(context.worker_id)
                     .text(host_name())
                     .integer(getpid())
                     .text(os_user())
                     .text(options.program_version)
                     .text(options.git_revision)
                     .number(static_cast<double>(options.lease.count()) / 1000.0));
}

Heart::Heart(const WorkerContext& context)
    : context_(context), thread_([this] { beat_until_stopped(); }) {}

Heart::~Heart() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Heart::set_doing(std::string doing) {
    const std::lock_guard lock(mutex_);
    doing_ = std::move(doing);
}

void Heart::set_give_up(std::function<void(db::Session&)> give_up) {
    const std::lock_guard lock(mutex_);
    give_up_ = std::move(give_up);
}

void Heart::beat_until_stopped() {
    std::unique_ptr<db::Session> session;
    std::optional<Clock::time_point> stop_seen;
    auto next_beat = Clock::now();
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const auto doing = doing_;
        lock.unlock();
        try {
            if (context_.options.stop_signal != nullptr &&
                context_.options.stop_signal->load() != 0 && !stop_seen)
                stop_seen = Clock::now();
            if (Clock::now() >= next_beat) {
                if (!session) session = std::make_unique<db::Session>(context_.options.connect);
                beat(*session, doing);
                session->exec_prepared({"reclaim", "select engine.reclaim_expired()"});
                next_beat = Clock::now() + context_.options.lease / 3;
            }
            if (stop_seen && context_.options.owns_process &&
                Clock::now() - *stop_seen > context_.options.stop_grace)
                give_up(session);
        } catch (const std::exception& error) {
            spdlog::warn("event=heartbeat_failed worker={} message={}", context_.worker_id,
                         Quoted{error.what()});
            session.reset();
            next_beat = Clock::now() + std::min<std::chrono::milliseconds>(
                                           context_.options.lease / 10, std::chrono::seconds(2));
        }
        lock.lock();
        wake_.wait_for(lock,
                       std::min<std::chrono::milliseconds>(context_.options.lease / 3,
                                                           std::chrono::milliseconds(200)),
                       [this] { return stopping_; });
    }
}

void Heart::beat(db::Session& session, const std::string& doing) {
    const auto known = session.exec_prepared(
        {"heartbeat",
         "select engine.worker_heartbeat($1::uuid, make_interval(secs => "
         "$2::double precision), $3, $4::bigint, $5::bigint)"},
        db::Params()
            .text(context_.worker_id)
            .number(static_cast<double>(context_.options.lease.count()) / 1000.0)
            .text(doing)
            .integer(context_.own.done.load())
            .integer(context_.own.errors.load()));
    if (!known.get<bool>(0, std::size_t{0})) {  // silent for so long that it was forgotten
        spdlog::warn("event=worker_unknown worker={}", context_.worker_id);
        announce(session, context_);
    }
    last_beat_ = Clock::now();
}

void Heart::help(db::Session& session) {
    if (Clock::now() - last_beat_.load() < context_.options.lease / 2) return;
    std::string doing;
    {
        const std::lock_guard lock(mutex_);
        doing = doing_;
    }
    beat(session, doing);
}

void Heart::give_up(std::unique_ptr<db::Session>& session) {
    std::function<void(db::Session&)> action;
    {
        const std::lock_guard lock(mutex_);
        action = give_up_;
    }
    if (!session) session = std::make_unique<db::Session>(context_.options.connect);
    if (action) action(*session);
    session->exec({"worker stop", "select engine.worker_stop($1::uuid, $2::bigint, $3::bigint)"},
                  db::Params()
                      .text(context_.worker_id)
                      .integer(context_.own.done.load())
                      .integer(context_.own.errors.load()));
    spdlog::warn(
        "event=gave_up worker={} message=\"stopped during a computation; its key is pending "
        "again\"",
        context_.worker_id);
    _exit(130);
}

}  // namespace tb::populate
