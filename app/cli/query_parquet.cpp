#include "app/cli/query_binary_rows.hpp"
#include "app/cli/query_writers.hpp"
#include "ingest/formats/parquet.hpp"

#include <bit>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace tb::app {
namespace {

constexpr std::size_t rows_of_group = std::size_t{1} << 17U;
/// 2000-01-01, from which PostgreSQL counts, after 1970-01-01.
constexpr std::int64_t epoch_days = 10957;
constexpr std::int64_t epoch_us = epoch_days * 86'400'000'000;

bool comes_as_is(unsigned type) {
    switch (type) {
        case db::oid::boolean:
        case db::oid::int2:
        case db::oid::int4:
        case db::oid::int8:
        case db::oid::float4:
        case db::oid::float8:
        case db::oid::text:
        case db::oid::varchar:
        case db::oid::bpchar:
        case db::oid::date:
        case db::oid::timestamp:
        case db::oid::timestamptz:
            return true;
        default:
            return false;
    }
}

formats::Column empty_column(const std::string& name, unsigned type) {
    formats::Column column;
    column.name = name;
    switch (type) {
        case db::oid::boolean:
            column.values = std::vector<bool>();
            break;
        case db::oid::int2:
        case db::oid::int4:
            column.values = std::vector<std::int64_t>();
            column.stored_type = "INT32";
            break;
        case db::oid::int8:
            column.values = std::vector<std::int64_t>();
            column.stored_type = "INT64";
            break;
        case db::oid::date:
            column.values = std::vector<std::int64_t>();
            column.stored_type = "INT32 DATE";
            break;
        case db::oid::timestamptz:
            column.values = std::vector<std::int64_t>();
            column.stored_type = "INT64 TIMESTAMP_MICROS";
            break;
        case db::oid::timestamp:
            column.values = std::vector<std::int64_t>();
            column.stored_type = "INT64 LOCAL_TIMESTAMP_MICROS";
            break;
        case db::oid::float4:
        case db::oid::float8:
            column.values = std::vector<double>();
            break;
        default:
            column.values = std::vector<std::string>();
            column.stored_type = "BYTE_ARRAY UTF8";
    }
    return column;
}

/// Adds a value, or what stands for none, and tells whether there is one.
class Adder {
  public:
    Adder(unsigned type, std::optional<std::string_view> field) : type_(type), field_(field) {}

    bool operator()(std::vector<bool>& values) const {
        values.push_back(field_ && (*field_)[0] != 0);
        return field_.has_value();
    }
    bool operator()(std::vector<double>& values) const {
        if (!field_) {
            values.push_back(std::numeric_limits<double>::quiet_NaN());
        } else if (type_ == db::oid::float4) {
            values.push_back(
                double{std::bit_cast<float>(integer_at<std::uint32_t>(field_->data()))});
        } else {
            values.push_back(std::bit_cast<double>(integer_at<std::uint64_t>(field_->data())));
        }
        return field_.has_value();
    }
    bool operator()(std::vector<std::int64_t>& values) const {
        values.push_back(0);
        if (!field_) return false;
        auto& value = values.back();
        switch (type_) {
            case db::oid::int2:
                value = integer_at<std::int16_t>(field_->data());
                return true;
            case db::oid::int4:
                value = integer_at<std::int32_t>(field_->data());
                return true;
            case db::oid::date: {
                const auto days = integer_at<std::int32_t>(field_->data());
                if (days == std::numeric_limits<std::int32_t>::max() ||
                    days == std::numeric_limits<std::int32_t>::min())
                    return false;  // infinite
                value = days + epoch_days;
                return true;
            }
            case db::oid::timestamp:
            case db::oid::timestamptz: {
                const auto microseconds = integer_at<std::int64_t>(field_->data());
                if (microseconds == std::numeric_limits<std::int64_t>::max() ||
                    microseconds == std::numeric_limits<std::int64_t>::min())
                    return false;
                value = microseconds + epoch_us;
                return true;
            }
            default:
                value = integer_at<std::int64_t>(field_->data());
                return true;
        }
    }
    bool operator()(std::vector<std::string>& values) const {
        values.emplace_back(field_.value_or(""));
        return field_.has_value();
    }
    template <class Element>
    bool operator()(std::vector<std::vector<Element>>& values) const {
        values.emplace_back();  // no column of ours is a list
        return false;
    }

  private:
    unsigned type_;
    std::optional<std::string_view> field_;
};

class Groups {
  public:
    Groups(const BinaryColumns& columns, Buffer& out)
        : columns_(columns),
          writer_({.codec = "ZSTD", .metadata = {}},
                  [&out](std::string_view bytes) { out.add(bytes); }) {
        clear();
    }
    void row(const std::vector<std::optional<std::string_view>>& fields) {
        for (std::size_t c = 0; c < fields.size(); ++c) {
            auto& column = table_.columns[c];
            const bool is_there = std::visit(Adder(columns_.types[c], fields[c]), column.values);
            column.missing.push_back(!is_there);
        }
        if (++table_.rows == rows_of_group) {
            writer_.add(table_);
            clear();
        }
    }
    void finish() {
        writer_.add(table_);
        writer_.finish();
    }

  private:
    void clear() {
        table_ = {};
        for (std::size_t c = 0; c < columns_.names.size(); ++c)
            table_.columns.push_back(empty_column(columns_.names[c], columns_.types[c]));
    }
    const BinaryColumns& columns_;
    formats::ParquetWriter writer_;
    formats::Table table_;
};

}  // namespace

std::int64_t write_parquet(db::Session& session, const db::Sql& statement, Buffer& out) {
    const auto columns = binary_columns(session, statement, comes_as_is, [](unsigned type) {
        return type == db::oid::numeric ? db::oid::float8 : type;
    });
    std::set<std::string> names;
    for (const auto& name : columns.names) {
        if (!names.insert(name).second)
            throw Error(ErrorKind::usage, "two columns are named " + name,
                        "Parquet needs different names: give one another with as.");
    }
    Groups groups(columns, out);
    BinaryRows rows(columns.names.size(), [&](const auto& fields) { groups.row(fields); });
    const auto count = session.copy_out({statement.name, columns.copy},
                                        [&](std::string_view chunk) { rows.feed(chunk); });
    groups.finish();
    return count;
}

}  // namespace tb::app
