// Pipeline mode of a session: many statements sent before the first answer is read.
#include "src/db/session_impl.hpp"
#include "src/db/session_settings.hpp"

#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tb::db {

namespace {

/// Leaves pipeline mode whatever happened, so that the session stays usable.
class PipelineMode {
  public:
    explicit PipelineMode(PGconn* pg) : pg_(pg) {
        if (PQenterPipelineMode(pg_) != 1 || PQsetnonblocking(pg_, 1) != 0) {
            throw Error(ErrorKind::internal,
                        "cannot enter pipeline mode: " + trimmed(PQerrorMessage(pg_)));
        }
    }
    ~PipelineMode() {
        PQsetnonblocking(pg_, 0);
        // Answers left over by an exception: read up to the sync, if one was sent.
        while (PQstatus(pg_) == CONNECTION_OK && PQexitPipelineMode(pg_) != 1) {
            if (!synced_ && PQpipelineSync(pg_) != 1) break;
            synced_ = true;
            auto* const result = PQgetResult(pg_);
            if (result == nullptr && ++empty_ > 1) break;
            if (result != nullptr) empty_ = 0;
            PQclear(result);
        }
    }
    PipelineMode(const PipelineMode&) = delete;
    PipelineMode& operator=(const PipelineMode&) = delete;

    void sync_sent() noexcept { synced_ = true; }
    /// Sends what is buffered, taking in answers meanwhile: a server that cannot write stops
    /// reading.
    [[nodiscard]] bool flush() const {
        for (;;) {
            const int left = PQflush(pg_);
            if (left == 0) return true;
            if (left < 0) return false;
            if (wait_socket(PQsocket(pg_), true, -1) && PQconsumeInput(pg_) != 1) return false;
        }
    }

  private:
    PGconn* pg_;
    bool synced_ = false;
    int empty_ = 0;
};

/// Statements sent and the answers still to come.
struct SentPipeline {
    explicit SentPipeline(PGconn* pg) : mode(pg) {}
    /// One entry per answer to expect, in order, so that each error finds its statement.
    struct Expected {
        std::size_t step;       ///< of_settings: sent by ourselves
        std::string preparing;  ///< the name being prepared, empty for the statement itself
    };
    static constexpr std::size_t of_settings = static_cast<std::size_t>(-1);
    PipelineMode mode;
    std::vector<Expected> expected;
    std::vector<Sql> sql;
    bool is_read_only = false;  ///< a transaction in it only reads, by our own wish
};

}  // namespace

void Session::pipeline_send(std::span<const Step> steps) {
    if (steps.empty()) return;
    impl_->require_usable(steps.front().sql.name);
    auto* const pg = impl_->pg();
    auto run = std::make_shared<SentPipeline>(pg);
    for (const auto& step : steps) run->sql.push_back(step.sql);

    std::unordered_set<std::string> sent;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto& step = steps[i];
        const BoundParams bound(step.params);
        int ok = 1;
        if (step.prepared && !impl_->is_pooled) {
            const auto name = prepared_name(step.sql, step.params);
            if (!impl_->prepared.contains(name) && sent.insert(name).second) {
                ok = PQsendPrepare(pg, name.c_str(), step.sql.text.c_str(), bound.count(),
                                   bound.types.data());
                if (ok == 1) run->expected.push_back({i, name});
            }
            if (ok == 1) {
                ok = PQsendQueryPrepared(pg, name.c_str(), bound.count(), bound.values.data(),
                                         bound.lengths.data(), bound.formats.data(),
                                         format_code(step.result));
            }
        } else {
            ok = PQsendQueryParams(pg, step.sql.text.c_str(), bound.count(), bound.types.data(),
                                   bound.values.data(), bound.lengths.data(), bound.formats.data(),
                                   format_code(step.result));
        }
        if (ok != 1) impl_->fail(nullptr, step.sql);
        run->expected.push_back({i, {}});
        if (step.sql.text.starts_with("begin")) {
            if (step.sql.text.find("read only") != std::string::npos) run->is_read_only = true;
            if (impl_->is_pooled) {
                ok = PQsendQueryParams(pg, settings_for_transaction(PQserverVersion(pg)).c_str(), 0,
                                       nullptr, nullptr, nullptr, nullptr, 0);
                if (ok != 1) impl_->fail(nullptr, step.sql);
                run->expected.push_back({SentPipeline::of_settings, {}});
            }
        }
        if (i % 64 == 63 && !run->mode.flush()) impl_->fail(nullptr, step.sql);
    }
    if (PQpipelineSync(pg) != 1) impl_->fail(nullptr, steps.back().sql);
    run->mode.sync_sent();
    if (!run->mode.flush()) impl_->fail(nullptr, steps.back().sql);

    impl_->sent_pipeline = std::move(run);
}

std::vector<Result> Session::pipeline_receive() {
    const auto run =
        std::static_pointer_cast<SentPipeline>(std::exchange(impl_->sent_pipeline, nullptr));
    if (!run) return {};
    auto* const pg = impl_->pg();
    std::vector<Result> results(run->sql.size());
    std::optional<Error> first_error;
    static const Sql settings{"session settings", ""};
    impl_->is_read_only = run->is_read_only;
    for (const auto& one : run->expected) {
        const bool is_ours = one.step == SentPipeline::of_settings;
        const auto& sql = is_ours ? settings : run->sql[one.step];
        PGresult* raw = PQgetResult(pg);
        if (raw == nullptr || PQstatus(pg) != CONNECTION_OK) {
            const ResultHandle result(raw, &PQclear);
            if (first_error) throw *first_error;
            impl_->fail(result.get(), sql);
        }
        if (PQresultStatus(raw) == PGRES_PIPELINE_ABORTED) {
            PQclear(raw);
        } else {
            try {
                auto result = impl_->checked(raw, sql);
                if (is_ours) {
                } else if (one.preparing.empty()) {
                    results[one.step] = owned(std::move(result));
                } else {
                    impl_->prepared.insert(one.preparing);
                }
            } catch (const Error& error) {
                if (!first_error) first_error = error;
                if (error.sqlstate == "26000") impl_->prepared.clear();
            }
        }
        PQclear(PQgetResult(pg));  // the null that ends each statement's results
    }
    PQclear(PQgetResult(pg));  // the sync
    impl_->is_read_only = false;
    if (first_error) throw *first_error;
    return results;
}

std::vector<Result> Session::pipeline(std::span<const Step> steps) {
    pipeline_send(steps);
    return pipeline_receive();
}

}  // namespace tb::db
