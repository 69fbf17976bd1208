#include "src/populate/sql_text.hpp"

#include "embedded/populate_sql.hpp"

namespace tb::populate {

db::Sql sql_text(std::string_view name) {
    const auto path = "src/populate/sql/" + std::string(name) + ".sql";
    for (const auto& file : embedded::populate_sql()) {
        if (file.path == path) return {path, std::string(file.text)};
    }
    throw Error(ErrorKind::internal, "no embedded statement " + path);
}

}  // namespace tb::populate
