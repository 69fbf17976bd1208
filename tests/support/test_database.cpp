#include "tests/support/test_database.hpp"

#include "src/db/local_server.hpp"
#include "src/db/migrate.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <set>

#include <gtest/gtest.h>

namespace tb::testing {
namespace {

constexpr const char* template_name = "tb_template";

/// The server of this test program: started at first use, stopped when all tests have run.
class SharedServer : public ::testing::Environment {
  public:
    void TearDown() override { server_.reset(); }

    db::EphemeralServer& get() {
        const std::lock_guard lock(mutex_);
        if (!server_) server_.emplace();
        return *server_;
    }

    void need_template() {
        const std::lock_guard lock(template_mutex_);
        if (has_template_) return;
        {
            db::Session admin({get().conninfo(), "trialbase tests", {}});
            admin.exec({"create template", std::string("create database ") + template_name});
        }
        db::Session session({get().conninfo(template_name), "trialbase tests", {}});
        db::MigrateOptions options;
        options.program_version = "test";
        db::migrate(session, db::program_schema(), options);
        has_template_ = true;
    }

    void need_world(const std::string& name, const std::string& script) {
        need_template();
        const std::lock_guard lock(template_mutex_);
        if (worlds_.contains(name)) return;
        create(name, template_name);
        db::Session session({get().conninfo(name), "trialbase tests", {}});
        session.exec_script({"world of tests", script});
        worlds_.insert(name);
    }

    void create(const std::string& name, const std::string& origin) {
        db::Session admin({get().conninfo(), "trialbase tests", {}});
        std::string statement = "create database " + name;
        if (!origin.empty()) {
            statement += " template " + origin;
            // Files copied as they are take a tenth of the time of pages written through the log
            // (the default since 15, and before it the only way).
            if (admin.server_version() >= 150000) statement += " strategy file_copy";
        }
        admin.exec({"create test database", statement});
    }

  private:
    std::mutex mutex_;
    std::mutex template_mutex_;
    std::optional<db::EphemeralServer> server_;
    bool has_template_ = false;
    std::set<std::string> worlds_;
};

// GoogleTest owns it.
SharedServer* const shared = new SharedServer;
[[maybe_unused]] ::testing::Environment* const registered =
    ::testing::AddGlobalTestEnvironment(shared);

}  // namespace

TestDatabase::TestDatabase(Content content) {
    if (content == Content::migrated) shared->need_template();
    copy_of(content == Content::migrated ? template_name : "");
}

TestDatabase::TestDatabase(const std::string& world, const std::string& script) {
    const auto origin = "tb_world_" + world;
    shared->need_world(origin, script);
    copy_of(origin);
    // The search path for people belongs to a database's name: a copy has none.
    session().exec({"search path", "select engine.set_search_path()"});
}

void TestDatabase::copy_of(const std::string& origin) {
    static std::atomic<int> next{1};
    name_ = "tb_test_" + std::to_string(next++);
    shared->create(name_, origin);
}

TestDatabase::~TestDatabase() {
    try {
        db::Session admin({shared->get().conninfo(), "trialbase tests", {}});
        admin.exec({"drop test database", "drop database " + name_ + " with (force)"});
    } catch (const std::exception& error) {
        ADD_FAILURE() << "cannot drop " << name_ << ": " << error.what();
    }
}

std::string TestDatabase::conninfo() const {
    return shared->get().conninfo(name_);
}

db::Session TestDatabase::session(const std::string& role) const {
    db::ConnectOptions options{conninfo(), "trialbase tests", {}};
    if (!role.empty()) options.role = role;
    return db::Session(options);
}

std::string value_of(db::Session& session, const std::string& sql) {
    const auto result = session.exec({"value_of", sql});
    if (result.rows() == 0) return "no row";
    return result.is_null(0, 0) ? "null" : result.get<std::string>(0, 0);
}

}  // namespace tb::testing
