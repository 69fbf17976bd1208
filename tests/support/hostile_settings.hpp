// Settings that an administrator may have made, as far from ours as they go.
#pragma once

#include "src/db/session_settings.hpp"

#include <map>
#include <string>

#include <fmt/format.h>

namespace tb::testing {

/// What an administrator may have set, as far from ours as it goes.
inline const std::map<std::string, std::string> hostile{
    {"extra_float_digits", "-15"},
    {"datestyle", "German, DMY"},
    {"timezone", "Pacific/Chatham"},
    {"intervalstyle", "sql_standard"},
    {"bytea_output", "escape"},
    {"standard_conforming_strings", "off"},
    {"backslash_quote", "on"},
    {"array_nulls", "off"},
    {"xmlbinary", "hex"},
    {"xmloption", "document"},
    {"lc_numeric", "C.UTF-8"},
    {"lc_time", "C.UTF-8"},
    {"lc_monetary", "C.UTF-8"},
    {"search_path", "task, core, pg_catalog"},
    {"quote_all_identifiers", "on"},
    {"transform_null_equals", "on"},
    {"row_security", "off"},
    {"check_function_bodies", "off"},
    {"default_table_access_method", "nonsense"},
    {"plpgsql.extra_errors", "all"},
    {"plpgsql.extra_warnings", "all"},
    {"client_min_messages", "debug1"},
    {"exit_on_error", "on"},
    {"default_transaction_isolation", "serializable"},
    {"default_transaction_deferrable", "on"},
    {"statement_timeout", "7min"},
    {"lock_timeout", "1ms"},
    {"idle_in_transaction_session_timeout", "1min"},
    {"idle_session_timeout", "1min"},
    {"transaction_timeout", "1min"},
    {"tcp_keepalives_idle", "7"},
    {"tcp_keepalives_interval", "7"},
    {"tcp_keepalives_count", "7"},
    {"tcp_user_timeout", "7"},
};

/// SQL that sets them for `what` (`database x`, `role y`), as far as a server of this version has
/// them.
inline std::string hostile_settings(const std::string& what, int version) {
    std::string sql;
    for (const auto& one : db::session_settings()) {
        const auto& value = hostile.at(std::string(one.name));
        if (version < one.since || value == "nonsense") continue;
        sql += fmt::format("alter {} set {} = {};\n", what, one.name,
                           one.name == "search_path" ? value : "'" + value + "'");
    }
    // Ways of getting the same rows, which stay the administrator's.
    for (const auto* plan :
         {"enable_hashjoin", "enable_mergejoin", "enable_indexscan", "enable_sort"})
        sql += fmt::format("alter {} set {} = off;\n", what, plan);
    return sql;
}

}  // namespace tb::testing
