// A worker's transaction taken apart, for tests that need to know what happens between its steps.
#pragma once

#include "tests/src/populate/engine_fixture.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

namespace tb::testing {

/// One worker's transaction in steps: claim, begin_write, insert.
class SteppedWorker {
  public:
    SteppedWorker(db::Session session, std::string table, std::string key)
        : session_(std::move(session)), table_(std::move(table)), key_(std::move(key)) {
        (void)value_of(session_, "select 1 from engine.worker_start('" + worker +
                                     "', 'h', 1, 'u', 'v', 'r', '1 hour')");
        claim_ = value_of(session_, fmt::format("select claim_id from engine.{}__claim_keys('{}', "
                                                "1, {})",
                                                table_, worker, key_));
        stamps_ = value_of(session_,
                           fmt::format("select stamps from engine.{}__stamps({})", table_, key_));
    }
    db::Session& session() { return session_; }
    std::string begin_write(const std::string& run_id) {
        session_.begin();
        return value_of(
            session_,
            fmt::format("select verdict from engine.{}__begin_write({}, {}, array['{}']::uuid[], "
                        "'{}'::bigint[], array[now()], array[0::double precision], array[0::double "
                        "precision], 1, '{}')",
                        table_, claim_, key_, run_id, stamps_, worker));
    }

  private:
    const std::string worker = "00000000-0000-0000-0000-00000000000a";
    db::Session session_;
    std::string table_, key_, claim_, stamps_;
};

}  // namespace tb::testing
