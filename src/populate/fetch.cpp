#include "src/populate/batch.hpp"

#include <bit>
#include <cctype>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::populate {

namespace {

template <class T>
T big_endian(std::string_view bytes) {
    T value = 0;
    for (const char c : bytes)
        value = static_cast<T>((value << 8) | static_cast<T>(static_cast<unsigned char>(c)));
    return value;
}

std::string uuid_text(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        const auto byte = static_cast<unsigned char>(bytes[i]);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

/// Column `c` of a binary result, all rows.
FetchedColumn read_column(const db::Result& result, std::size_t c) {
    using Kind = FetchedColumn::Kind;
    FetchedColumn column;
    column.name = result.column_name(c);
    const auto rows = result.rows();
    column.nulls.resize(rows);
    const auto type = result.type_oid(c);
    switch (type) {
        case db::oid::boolean:
        case db::oid::int2:
        case db::oid::int4:
        case db::oid::int8:
            column.kind = Kind::integer;
            break;
        case db::oid::float4:
        case db::oid::float8:
        case db::oid::numeric:
        case db::oid::timestamp:
        case db::oid::timestamptz:
        case db::oid::date:
            column.kind = Kind::number;
            break;
        default:
            column.kind = Kind::text;
    }
    if (column.kind == Kind::text) {
        column.texts.resize(rows);
    } else {
        column.numbers.resize(rows, std::numeric_limits<double>::quiet_NaN());
        if (column.kind == Kind::integer) column.integers.resize(rows);
    }
    for (std::size_t row = 0; row < rows; ++row) {
        if (result.is_null(row, c)) {
            column.nulls[row] = true;
            continue;
        }
        const auto bytes = result.bytes(row, c);
        switch (type) {
            case db::oid::boolean:
                column.integers[row] = bytes[0] != 0;
                break;
            case db::oid::int2:
                column.integers[row] = static_cast<std::int16_t>(big_endian<std::uint16_t>(bytes));
                break;
            case db::oid::int4:
                column.integers[row] = static_cast<std::int32_t>(big_endian<std::uint32_t>(bytes));
                break;
            case db::oid::int8:
                column.integers[row] = static_cast<std::int64_t>(big_endian<std::uint64_t>(bytes));
                break;
            case db::oid::float4:
                column.numbers[row] =
                    static_cast<double>(std::bit_cast<float>(big_endian<std::uint32_t>(bytes)));
                break;
            case db::oid::float8:
                column.numbers[row] = std::bit_cast<double>(big_endian<std::uint64_t>(bytes));
                break;
            case db::oid::numeric:
                column.numbers[row] = result.get<double>(row, c);
                break;
            case db::oid::timestamp:
            case db::oid::timestamptz:  // microseconds since 2000-01-01
                column.numbers[row] = static_cast<double>(static_cast<std::int64_t>(
                                          big_endian<std::uint64_t>(bytes))) /
                                          1e6 +
                                      946684800.0;
                break;
            case db::oid::date:  // days since 2000-01-01
                column.numbers[row] = static_cast<double>(static_cast<std::int32_t>(
                                          big_endian<std::uint32_t>(bytes))) +
                                      10957.0;
                break;
            case db::oid::uuid:
                column.texts[row] = uuid_text(bytes);
                break;
            default:
                column.texts[row] = std::string(bytes);
        }
        if (column.kind == Kind::integer)
            column.numbers[row] = static_cast<double>(column.integers[row]);
    }
    return column;
}

/// The fetch's statement with the relation `key` in front of it.
std::string with_key(const TableInfo& table, const Fetch& fetch) {
    std::string_view body = fetch.sql;
    for (bool again = true; again;) {  // leading blanks and comments
        again = false;
        while (!body.empty() && std::isspace(static_cast<unsigned char>(body.front())) != 0)
            body.remove_prefix(1);
        if (body.starts_with("--")) {
            body.remove_prefix(std::min(body.size(), body.find('\n')));
            again = true;
        }
    }
    const auto key = fmt::format(
        "with key as materialized (select * from unnest({}) with ordinality as key ({}, key_no))",
        table.key_parameters(1), table.key_list());
    if (body.starts_with("with ")) return key + ",\n" + std::string(body.substr(5));
    return key + "\n" + std::string(body);
}

}  // namespace

FetchedBatch::FetchedBatch(db::Session& session, const TableInfo& table,
                           const ComputedTable& computation, std::vector<ClaimedKey*> keys)
    : keys_(std::move(keys)) {
    const auto started = std::chrono::steady_clock::now();
    const auto started_at = std::chrono::system_clock::now();
    const std::vector<const ClaimedKey*> constant(keys_.begin(), keys_.end());
    db::Params arrays;
    add_key_arrays(arrays, table, constant);

    std::vector<db::Session::Step> steps;
    steps.push_back({{"begin fetch", "begin isolation level repeatable read read only"},
                     {},
                     db::Format::text,
                     false});
    if (const auto limit = session.limit_step()) steps.push_back(*limit);
    const auto first = steps.size();
    steps.push_back(
        {{table.name + " stamps", fmt::format("select key_no, stamps from {}__stamps({})",
                                              table.function_stem(), table.key_parameters(1))},
         arrays,
         db::Format::text});
    for (const auto& fetch : computation.fetches) {
        steps.push_back({{table.name + " fetch " + fetch.name, with_key(table, fetch)},
                         arrays,
                         db::Format::binary});
    }
    steps.push_back({{"commit fetch", "commit"}, {}, db::Format::text, false});
    std::vector<db::Result> results;
    try {
        results = session.pipeline(steps);
    } catch (...) {
        session.rollback();
        throw;
    }

    const auto& stamps = results[first];
    for (std::size_t row = 0; row < stamps.rows(); ++row) {
        auto& key = *keys_.at(static_cast<std::size_t>(stamps.get<std::int64_t>(row, 0) - 1));
        key.stamps.clear();
        const auto text = stamps.get<std::string>(row, 1);  // {1,2,3}
        std::size_t at = 1;
        while (at < text.size() && text[at] != '}') {
            std::size_t used = 0;
            key.stamps.push_back(std::stoll(text.substr(at), &used));
            at += used + (text[at + used] == ',' ? 1 : 0);
        }
    }
    for (std::size_t f = 0; f < computation.fetches.size(); ++f) {
        const auto& result = results[first + 1 + f];
        OneFetch one;
        one.name = computation.fetches[f].name;
        for (std::size_t c = 0; c < result.columns(); ++c)
            one.columns.push_back(read_column(result, c));
        if (one.columns.empty() || one.columns[0].name != "key_no" ||
            one.columns[0].integers.size() != result.rows()) {
            throw Error(
                ErrorKind::internal,
                fmt::format("{} fetch {}: the first column must be key_no", table.name, one.name));
        }
        one.first_row.assign(keys_.size() + 1, 0);
        std::int64_t last = 0;
        for (const auto key_no : one.columns[0].integers) {
            if (key_no < last || key_no < 1 || key_no > static_cast<std::int64_t>(keys_.size())) {
                throw Error(ErrorKind::internal,
                            fmt::format("{} fetch {}: rows are not ordered by key_no", table.name,
                                        one.name));
            }
            last = key_no;
            ++one.first_row[static_cast<std::size_t>(key_no)];
        }
        for (std::size_t k = 1; k < one.first_row.size(); ++k)
            one.first_row[k] += one.first_row[k - 1];
        fetches_.push_back(std::move(one));
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    for (auto* key : keys_) {
        key->started_at = started_at;
        key->fetch_s = took.count();
    }
}

Inputs FetchedBatch::inputs_of(std::size_t key) const {
    Inputs inputs;
    inputs.key = keys_[key]->text;
    for (const auto& fetch : fetches_) {
        inputs.fetched.emplace(fetch.name, FetchedRows(&fetch.columns, fetch.first_row[key],
                                                       fetch.first_row[key + 1]));
    }
    return inputs;
}

}  // namespace tb::populate
