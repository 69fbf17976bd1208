// Errors that pass and errors that do not, in computing, writing and claiming; and the log.
#include "tests/src/populate/engine_fixture.hpp"

#include <chrono>
#include <regex>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace tb::testing {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

namespace {

/// Everything logged while it lives, one entry per line.
class EventLog {
  public:
    EventLog() : old_(spdlog::default_logger()) {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_, true);
        auto logger = std::make_shared<spdlog::logger>("events", sink);
        logger->set_pattern("%v");
        spdlog::set_default_logger(logger);
        spdlog::set_level(spdlog::level::info);
    }
    ~EventLog() {
        spdlog::set_default_logger(old_);
        spdlog::set_level(spdlog::level::off);
    }
    EventLog(const EventLog&) = delete;
    EventLog& operator=(const EventLog&) = delete;
    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> all;
        std::istringstream in(text_.str());
        for (std::string line; std::getline(in, line);) all.push_back(line);
        return all;
    }

  private:
    std::ostringstream text_;
    std::shared_ptr<spdlog::logger> old_;
};

}  // namespace

TEST_F(engine, contract_20_passing_errors_are_tried_again_with_growing_delay_and_a_limit) {
    run(R"sql(
        create function toy.full() returns trigger language plpgsql as $$
        begin raise exception 'No space left on device' using errcode = 'disk_full'; end $$;
        create trigger full_disk before insert on toy.total_item for each row execute function toy.full();)sql");
    add_sessions(1, 1);
    std::vector<double> delays;
    const auto until = std::chrono::steady_clock::now() + 40s;
    while (std::chrono::steady_clock::now() < until &&
           value("select state from toy.total_job") == "pending") {
        const auto tried = value("select attempt from toy.total_job");
        populate([](auto& o) { o.tables = {"toy.total"}, o.max_attempts = 4; });
        if (value("select attempt from toy.total_job") == tried) continue;
        if (value("select state from toy.total_job") == "pending")
            delays.push_back(std::stod(
                value("select extract(epoch from run_after - updated_at) from toy.total_job")));
    }
    EXPECT_EQ(value("select row(state, attempt, error_type) from toy.total_job"),
              "(error,4,\"SQLSTATE 53100\")");
    ASSERT_EQ(delays.size(), 3u);
    EXPECT_NEAR(delays[0], 0.5, 0.1);
    EXPECT_NEAR(delays[1], 1.0, 0.1);
    EXPECT_NEAR(delays[2], 2.0, 0.1);
    EXPECT_EQ(value("select count(*) from engine.run_history where outcome = 'error'"), "4");
    calls_ = 0;
    populate();
    EXPECT_EQ(calls_, 0) << "the limit reached, it waits to be released";
}

TEST_F(engine, contract_21_a_claim_that_fails_for_a_moment_ends_no_worker) {
    add_sessions(1, 10);
    run(R"sql(
        create sequence toy.claims;
        alter function engine.toy__total__claim(uuid, integer, integer, integer, bigint) rename to toy__total__claim_really;
        create function engine.toy__total__claim(p_worker uuid, a integer, b integer, c integer, d bigint)
        returns table (session_id uuid, params_id text, key_text text, claim_id bigint, attempt integer, is_stale boolean, priority integer, queue_no bigint)
        language plpgsql as $$
        begin
            if nextval('toy.claims') between 2 and 4 then
                raise exception 'canceling statement due to lock timeout' using errcode = 'lock_not_available';
            end if;
            return query select * from engine.toy__total__claim_really(p_worker, a, b, c, d);
        end $$;)sql");
    const EventLog log;
    const auto counted = populate([](auto& o) { o.tables = {"toy.total"}; });
    EXPECT_EQ(counted.done, 10);
    EXPECT_EQ(jobs(), "");
    EXPECT_THAT(log.lines(), ::testing::Contains(HasSubstr("event=claim_failed table=toy.total")));
}

TEST_F(engine, contract_21_a_table_that_cannot_be_claimed_leaves_the_others_and_is_reported) {
    add_sessions(1, 10);
    populate([](auto& o) { o.tables = {"toy.total"}; });
    add_sessions(11, 12);
    run("alter function engine.toy__total__claim(uuid, integer, integer, integer, bigint) rename "
        "to "
        "gone");
    populate::Counters counters;
    const auto with = options();
    try {
        populate::run_worker(with, counters);
        ADD_FAILURE() << "nothing was reported";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("toy__total__claim"));
    }
    EXPECT_EQ(value("select count(*) from toy.child"), "10");
    EXPECT_EQ(jobs(), "pending 2");
    EXPECT_EQ(value("select count(*) from engine.worker where stopped_at is null"), "0");
}

TEST_F(engine, every_event_is_one_line_that_a_machine_can_read) {
    add_sessions(1, 3);
    add_sessions(4, 4, "throw");
    add_sessions(5, 5, "nothing");
    add_sessions(6, 6, "odd message");
    registry_[1].compute = [](const Inputs&, Output&) {
        throw Error(ErrorKind::data, "two\nlines, a \"quote\", a \\ and a\ttab", "", "Odd Type");
    };
    const EventLog log;
    populate();
    const auto lines = log.lines();
    // event=name, then key=value, values with blanks in quotes, escaped.
    static const std::regex shape(
        R"re(event=[a-z_]+( [a-z_]+=("([^"\\]|\\["\\nrt]|\\u[0-9a-f]{4})*"|[^" ]+))*)re");
    std::map<std::string, int> counts;
    for (const auto& line : lines) {
        EXPECT_TRUE(std::regex_match(line, shape)) << line;
        ++counts[line.substr(0, line.find(' '))];
    }
    EXPECT_EQ(counts["event=key_done"], 3);
    EXPECT_EQ(counts["event=key_settled"], 1);
    EXPECT_EQ(counts["event=key_error"], 2 + 3);
    EXPECT_THAT(
        lines, ::testing::Contains(HasSubstr("event=key_settled table=toy.total key=\"session_id=" +
                                             session_id(5) + ",params_id=one\"")));
    EXPECT_THAT(lines, ::testing::Contains(
                           HasSubstr(R"(message="two\nlines, a \"quote\", a \\ and a\ttab")")));
}

}  // namespace tb::testing
