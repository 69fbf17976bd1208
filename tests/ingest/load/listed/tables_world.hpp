// A database, a folder for made tables, and the loader, as tests of tables of sessions need them.
#pragma once

#include "ingest/formats/parquet.hpp"
#include "ingest/load/listed/ingest_tables.hpp"
#include "tests/support/test_database.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::load {

/// Below the shared data folder (TRIALBASE_SHARED names its parent); nothing when it is not there.
inline std::optional<std::filesystem::path> shared_data(const std::string& name) {
    namespace fs = std::filesystem;
    std::vector<fs::path> places;
    if (const char* named = std::getenv("TRIALBASE_SHARED"))
        places.emplace_back(named);
    else
        for (auto folder = fs::current_path(); folder.has_relative_path();
             folder = folder.parent_path())
            places.push_back(folder / "shared");
    for (const auto& place : places)
        if (fs::exists(place / "data" / name)) return place / "data" / name;
    return std::nullopt;
}

/// Defines `folder`, or skips the test.
#define TB_NEED_TABLES(folder, name)                                                            \
    const auto folder##_found = shared_data(name);                                              \
    if (!folder##_found) GTEST_SKIP() << "needs data/" << (name) << " below $TRIALBASE_SHARED"; \
    const std::filesystem::path& folder = *folder##_found

class TablesWorld : public ::testing::Test {
  protected:
    TablesWorld() : session_(database_.session("trialbase_ingest")) {
        std::string name = (std::filesystem::temp_directory_path() / "tb-tables-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        top_ = name;
    }
    ~TablesWorld() override { std::filesystem::remove_all(top_); }

    static formats::Column texts(const std::string& name, std::vector<std::string> values) {
        formats::Column column{name, {}, {}, "BYTE_ARRAY UTF8"};
        for (const auto& value : values) column.missing.push_back(value.empty());
        column.values = std::move(values);
        return column;
    }
    static formats::Column integers(const std::string& name, std::vector<std::int64_t> values,
                                    const std::string& type = "INT64") {
        return {name, std::move(values), {}, type};
    }
    static formats::Column dates(const std::string& name, std::vector<std::int64_t> days) {
        return integers(name, std::move(days), "INT32 DATE");
    }
    std::filesystem::path write(const std::string& file, std::vector<formats::Column> columns,
                                const std::map<std::string, std::string>& metadata = {}) {
        formats::Table table;
        table.rows = columns.empty() ? 0 : columns.front().size();
        table.columns = std::move(columns);
        formats::ParquetOptions options;
        options.metadata = metadata;
        return write_text(file, formats::parquet_bytes(table, options));
    }
    std::filesystem::path write_text(const std::string& file, const std::string& content) {
        std::filesystem::create_directories((top_ / file).parent_path());
        std::ofstream(top_ / file, std::ios::binary) << content;
        return top_ / file;
    }
    std::string value(const std::string& sql) { return testing::value_of(session_, sql); }
    static std::size_t changes(const TablesSummary& summary) {
        std::size_t n = 0;
        for (const auto& table : summary.tables) n += table.added + table.updated + table.removed;
        return n;
    }

    testing::TestDatabase database_;
    db::Session session_;
    std::filesystem::path top_;
};

}  // namespace tb::load
