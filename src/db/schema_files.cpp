#include "src/db/schema_files.hpp"

#include "src/base/sha256.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tb::db {

std::string_view file_name(std::string_view path) {
    return path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
}

std::string_view folder_name(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? "" : file_name(path.substr(0, slash));
}

namespace {

std::string_view stem(std::string_view name) {
    return name.substr(0, name.rfind('.'));
}

}  // namespace

Schema read_schema(SchemaFiles files) {
    Schema schema;
    std::vector<embedded::File> sorted(files.begin(), files.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    for (const auto& file : sorted) {
        const auto folder = folder_name(file.path);
        const auto name = file_name(file.path);
        if (folder == "objects") {
            schema.objects.push_back({std::string(name), std::string(file.text)});
        } else if (folder == "contents") {
            schema.contents.push_back({std::string(stem(name)), std::string(file.text)});
        } else if (folder == "migrations") {
            const auto digits = name.find_first_not_of("0123456789");
            if (digits == 0 || digits == std::string_view::npos || digits > 9 ||
                name[digits] != '_') {
                throw Error(ErrorKind::usage,
                            fmt::format("migration '{}' is not named NNNN_name.sql", file.path));
            }
            schema.migrations.push_back({std::stoi(std::string(name.substr(0, digits))),
                                         std::string(stem(name)),
                                         std::string(file.text),
                                         {},
                                         !file.text.starts_with("--! no-transaction")});
        } else {
            throw Error(ErrorKind::usage,
                        fmt::format("schema file '{}' lies in no known folder", file.path));
        }
    }
    std::stable_sort(schema.migrations.begin(), schema.migrations.end(),
                     [](const auto& a, const auto& b) { return a.number < b.number; });
    std::string previous;
    for (std::size_t i = 0; i < schema.migrations.size(); ++i) {
        auto& one = schema.migrations[i];
        if (i > 0 && schema.migrations[i - 1].number == one.number) {
            throw Error(ErrorKind::usage, fmt::format("migrations {} and {} have the same number",
                                                      schema.migrations[i - 1].name, one.name));
        }
        one.chain = sha256_hex(previous + one.text);
        previous = one.chain;
    }
    std::string all = previous;
    for (const auto* list : {&schema.objects, &schema.contents}) {
        for (const auto& one : *list) all += fmt::format("\n{} {}", one.name, sha256_hex(one.text));
    }
    schema.hash = sha256_hex(all);
    return schema;
}

}  // namespace tb::db
