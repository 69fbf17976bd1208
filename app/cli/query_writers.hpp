// The writers of a query's rows: each takes its statement and sends its bytes to a buffer.
#pragma once

#include "app/cli/query_buffer.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tb::app {

/// @return rows written
std::int64_t write_csv(db::Session& session, const db::Sql& statement, Buffer& out);
std::int64_t write_json(db::Session& session, const db::Sql& statement, Buffer& out, bool is_array);
std::int64_t write_table(db::Session& session, const db::Sql& statement, Buffer& out, int width);
std::int64_t write_parquet(db::Session& session, const db::Sql& statement, Buffer& out);

/// A statement's columns as it stands in `copy (select ... ) to stdout with (format binary)`.
struct BinaryColumns {
    std::vector<std::string> names;
    std::vector<unsigned> types;  ///< as they come
    std::string copy;             ///< the whole COPY statement
};

/// @param as_is  whether a type comes in its own binary format; others come as text
/// @param cast   what a type is cast to before it comes (`float8`); nothing for most
[[nodiscard]] BinaryColumns binary_columns(
    db::Session& session, const db::Sql& statement, const std::function<bool(unsigned)>& as_is,
    const std::function<unsigned(unsigned)>& cast = [](unsigned type) { return type; });

}  // namespace tb::app
