#include "src/db/session_settings.hpp"

#include <array>

#include <fmt/format.h>

namespace tb::db {

namespace {

constexpr std::array settings{
    // How values are written and read as text.
    SessionSetting{"extra_float_digits", "1"},
    SessionSetting{"datestyle", "ISO, YMD", 0, true},
    SessionSetting{"timezone", "UTC", 0, true},
    SessionSetting{"intervalstyle", "postgres"},
    SessionSetting{"bytea_output", "hex"},
    SessionSetting{"standard_conforming_strings", "on", 0, true},
    SessionSetting{"backslash_quote", "safe_encoding"},
    SessionSetting{"array_nulls", "on"},
    SessionSetting{"xmlbinary", "base64"},
    SessionSetting{"xmloption", "content"},
    SessionSetting{"lc_numeric", "C"},
    SessionSetting{"lc_time", "C"},
    SessionSetting{"lc_monetary", "C"},
    // What statements mean. Names of ours are qualified; a table's name as text lacks its schema
    // when the search path has it, and has quotes when all names are quoted.
    SessionSetting{"search_path", "\"$user\", public"},
    SessionSetting{"quote_all_identifiers", "off"},
    SessionSetting{"transform_null_equals", "off"},
    SessionSetting{"row_security", "on"},
    SessionSetting{"check_function_bodies", "on"},
    SessionSetting{"default_table_access_method", "heap"},
    SessionSetting{"plpgsql.extra_errors", "none"},
    SessionSetting{"plpgsql.extra_warnings", "none"},
    SessionSetting{"client_min_messages", "warning"},
    SessionSetting{"exit_on_error", "off"},
    // Transactions say by themselves when they need more.
    SessionSetting{"default_transaction_isolation", "read committed"},
    SessionSetting{"default_transaction_deferrable", "off"},
    // How long we may wait: as long as the work takes. (What a session asks for people keeps
    // statement_timeout: ConnectOptions.)
    SessionSetting{"statement_timeout", "0"},
    SessionSetting{"lock_timeout", "0"},
    SessionSetting{"idle_in_transaction_session_timeout", "0"},
    SessionSetting{"idle_session_timeout", "0", 140000},
    SessionSetting{"transaction_timeout", "0", 170000},
    // The server, too, must notice within a minute that a machine is gone, and let go its locks.
    SessionSetting{"tcp_keepalives_idle", "20"},
    SessionSetting{"tcp_keepalives_interval", "10"},
    SessionSetting{"tcp_keepalives_count", "4"},
    SessionSetting{"tcp_user_timeout", "60000"},
};

std::string quoted(std::string_view value) {
    return fmt::format("'{}'", value);  // none of ours has a quote or a backslash
}

}  // namespace

std::span<const SessionSetting> session_settings() noexcept {
    return settings;
}

std::string settings_for_session(int server_version, bool is_pooled) {
    std::string text;
    for (const auto& one : settings) {
        if (server_version < one.since || (is_pooled && !one.pooler_keeps)) continue;
        // set_config, as `set search_path = '...'` would take the list for one name.
        text += fmt::format("{}set_config({}, {}, false)", text.empty() ? "select " : ", ",
                            quoted(one.name), quoted(one.value));
    }
    return text;
}

const std::string& settings_for_transaction(int server_version) {
    static const auto made = [](int version) {
        std::string text;
        for (const auto& one : settings) {
            if (version < one.since) continue;
            text += fmt::format("{}set_config({}, {}, true)", text.empty() ? "select " : ", ",
                                quoted(one.name), quoted(one.value));
        }
        return text;
    };
    thread_local int of_version = 0;
    thread_local std::string text;
    if (of_version != server_version) {
        text = made(server_version);
        of_version = server_version;
    }
    return text;
}

}  // namespace tb::db
