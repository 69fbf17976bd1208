// The files of a schema, read: migrations with the hashes that chain them, objects, contents. For
// migrate.cpp.
#pragma once

#include "src/db/migrate.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tb::db {

/// One numbered file.
struct Migration {
    int number = 0;
    std::string name;
    std::string text;
    std::string chain;  ///< SHA-256 of the one before and of this text
    bool in_transaction = true;
};

/// All files of a schema.
struct Schema {
    std::vector<Migration> migrations;
    std::vector<Sql> objects;
    std::vector<Sql> contents;  // name: schema.table, text: the CSV
    std::string hash;           // over everything
};

[[nodiscard]] std::string_view file_name(std::string_view path);
/// Of the folder that a file lies in.
[[nodiscard]] std::string_view folder_name(std::string_view path);

/// @throws tb::Error (usage) for malformed names or contents, two migrations of one number
[[nodiscard]] Schema read_schema(SchemaFiles files);

}  // namespace tb::db
