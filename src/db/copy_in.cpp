#include "src/db/session_impl.hpp"
#include "src/db/wire.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::db {
namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;

// Every column of a table with the type beneath its domains, and of arrays the element's.
constexpr const char* columns_sql = R"(
with recursive beneath as (
    select
        t.oid as type,
        t.oid as base
    from pg_catalog.pg_type as t
    union all
    select
        beneath.type,
        d.typbasetype
    from beneath
    join pg_catalog.pg_type as d on d.oid = beneath.base
    where d.typtype = 'd'
),
bottom as (
    select
        beneath.type,
        beneath.base,
        b.typtype,
        case when b.typcategory = 'A' and b.typlen = -1 then b.typelem else 0 end as element
    from beneath
    join pg_catalog.pg_type as b on b.oid = beneath.base
    where b.typtype <> 'd'
)
select
    a.attname,
    bottom.base,
    coalesce(inner_type.base, 0) as element,
    bottom.typtype = 'e' as is_enum,
    pg_catalog.format_type(a.atttypid, a.atttypmod) as type_name
from pg_catalog.pg_attribute as a
join bottom on bottom.type = a.atttypid
left join bottom as inner_type on inner_type.type = bottom.element
where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
order by a.attnum)";

bool is_text_like(unsigned type) {
    return type == oid::text || type == oid::varchar || type == oid::bpchar ||
           type == 19 /* name */;
}

bool is_string_type(unsigned type) {
    return is_text_like(type) || type == oid::json || type == oid::jsonb || type == oid::uuid ||
           type == oid::timestamptz || type == oid::timestamp || type == oid::date ||
           type == oid::bytea;
}

}  // namespace

const std::vector<ColumnType>& Session::Impl::columns_of(const std::string& qualified_table) {
    if (const auto found = columns.find(qualified_table); found != columns.end()) {
        return found->second;
    }
    const Sql sql{"columns of " + qualified_table, columns_sql};
    require_usable(sql.name);
    const char* value = qualified_table.c_str();
    const auto result =
        checked(PQexecParams(pg(), sql.text.c_str(), 1, nullptr, &value, nullptr, nullptr, 0), sql);
    const auto text = [&](int row, int column) { return PQgetvalue(result.get(), row, column); };
    std::vector<ColumnType> types;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
        types.push_back({text(row, 0),
                         static_cast<unsigned>(std::strtoul(text(row, 1), nullptr, 10)),
                         static_cast<unsigned>(std::strtoul(text(row, 2), nullptr, 10)),
                         text(row, 3)[0] == 't', text(row, 4)});
    }
    return columns.emplace(qualified_table, std::move(types)).first->second;
}

struct CopyIn::Impl {
    Session::Impl* session = nullptr;
    Sql sql;
    std::string table;
    std::vector<ColumnType> types;
    std::string buffer;
    std::size_t column = 0;  // next column to put
    std::int64_t row = 0;    // rows begun, so the current row counted from 1
    bool open = false;

    [[noreturn]] void refuse(std::string_view what) const {
        const auto& type = types[column];
        throw Error(ErrorKind::data, fmt::format("{} row {}: column '{}' of type {} cannot hold {}",
                                                 table, row, type.name, type.type_name, what));
    }

    const ColumnType& next() {
        if (row == 0 || column >= types.size()) {
            throw Error(ErrorKind::internal,
                        fmt::format("{} row {}: more values than the {} columns", table, row,
                                    types.size()));
        }
        return types[column];
    }

    void send() {
        if (buffer.empty()) return;
        if (PQputCopyData(session->pg(), buffer.data(), static_cast<int>(buffer.size())) != 1) {
            open = false;
            session->in_copy = false;
            session->fail(nullptr, sql);
        }
        buffer.clear();
    }

    void field(std::string_view bytes) {
        wire::append(buffer, static_cast<std::int32_t>(bytes.size()));
        buffer += bytes;
        ++column;
    }

    void end_row() const {
        if (row > 0 && column != types.size()) {
            throw Error(ErrorKind::internal, fmt::format("{} row {}: {} values for {} columns",
                                                         table, row, column, types.size()));
        }
    }

    /// Appends a number in the binary form of a number type; false when the type is not one.
    bool number(unsigned type, double value, std::string& out) const {
        switch (type) {
            case oid::float8:
                wire::append_double(out, value);
                return true;
            case oid::float4:
                if (std::isfinite(value) &&
                    std::abs(value) > static_cast<double>(std::numeric_limits<float>::max())) {
                    refuse(fmt::format("{}", value));
                }
                wire::append_float(out, static_cast<float>(value));
                return true;
            case oid::int2:
            case oid::int4:
            case oid::int8:
                if (value != std::trunc(value) || std::abs(value) > 9007199254740992.0) {
                    refuse(fmt::format("{}", value));
                }
                return integer(type, static_cast<std::int64_t>(value), out);
            default:
                return false;
        }
    }

    bool integer(unsigned type, std::int64_t value, std::string& out) const {
        switch (type) {
            case oid::int2:
                if (value < INT16_MIN || value > INT16_MAX) refuse(std::to_string(value));
                wire::append(out, static_cast<std::int16_t>(value));
                return true;
            case oid::int4:
                if (value < INT32_MIN || value > INT32_MAX) refuse(std::to_string(value));
                wire::append(out, static_cast<std::int32_t>(value));
                return true;
            case oid::int8:
                wire::append(out, value);
                return true;
            case oid::float4:
            case oid::float8: {
                const std::int64_t exact = type == oid::float4 ? 1LL << 24 : 1LL << 53;
                if (value > exact || value < -exact) refuse(std::to_string(value));
                return number(type, static_cast<double>(value), out);
            }
            default:
                return false;
        }
    }

    void string(const ColumnType& type, unsigned base, std::string_view value,
                std::string& out) const {
        const auto shown = [&] {
            return fmt::format(
                "'{}'", sanitize_text(value.substr(0, std::min<std::size_t>(value.size(), 80))));
        };
        if (base == oid::bytea) {
            out += value;
            return;
        }
        if (!is_storable_text(value)) {
            refuse(fmt::format("{}, which is not UTF-8 without zero bytes", shown()));
        }
        if (is_text_like(base) || type.is_enum || base == oid::json) {
            out += value;
        } else if (base == oid::jsonb) {
            out += '\1';  // version of the format
            out += value;
        } else if (base == oid::uuid) {
            const auto bytes = wire::uuid_bytes(value);
            if (!bytes) refuse(shown());
            out += *bytes;
        } else if (base == oid::timestamptz || base == oid::timestamp) {
            const auto us = wire::timestamp_microseconds(value);
            if (!us) refuse(shown());
            wire::append(out, *us);
        } else if (base == oid::date) {
            const auto days = wire::date_days(value);
            if (!days) refuse(shown());
            wire::append(out, *days);
        } else {
            refuse(shown());
        }
    }

    /// Writes an array field from `count` elements, each appended by `element`.
    template <class Element>
    void array(std::size_t count, Element element) {
        const auto& type = next();
        if (type.element == 0) refuse("an array");
        std::string out;
        wire::append(out, std::int32_t{count == 0 ? 0 : 1});
        const auto has_null_at = out.size();
        wire::append(out, std::int32_t{0});
        wire::append(out, static_cast<std::uint32_t>(type.element));
        if (count > 0) {
            wire::append(out, static_cast<std::int32_t>(count));
            wire::append(out, std::int32_t{1});
        }
        std::string bytes;
        for (std::size_t i = 0; i < count; ++i) {
            bytes.clear();
            if (element(type, i, bytes)) {
                wire::append(out, static_cast<std::int32_t>(bytes.size()));
                out += bytes;
            } else {
                wire::append(out, std::int32_t{-1});
                out[has_null_at + 3] = '\1';
            }
        }
        field(out);
    }
};

CopyIn::CopyIn(Session& session, const std::string& qualified_table,
               const std::vector<std::string>& columns)
    : impl_(std::make_unique<Impl>()) {
    auto* const inner = session.impl_.get();
    impl_->session = inner;
    impl_->table = qualified_table;
    inner->require_usable("copy into " + qualified_table);
    const auto& known = inner->columns_of(qualified_table);
    std::string list;
    for (const auto& name : columns) {
        const auto* found = static_cast<const ColumnType*>(nullptr);
        for (const auto& type : known) {
            if (type.name == name) found = &type;
        }
        if (found == nullptr) {
            throw Error(ErrorKind::internal,
                        fmt::format("table {} has no column '{}'", qualified_table, name));
        }
        impl_->types.push_back(*found);
        list += (list.empty() ? "" : ", ") + session.quote_identifier(name);
    }
    impl_->sql = {"copy into " + qualified_table,
                  fmt::format("copy {} ({}) from stdin (format binary)", qualified_table, list)};
    const ResultHandle start(PQexec(inner->pg(), impl_->sql.text.c_str()), &PQclear);
    if (PQresultStatus(start.get()) != PGRES_COPY_IN) inner->fail(start.get(), impl_->sql);
    impl_->open = true;
    inner->in_copy = true;
    impl_->buffer.reserve(chunk_bytes + 64 * 1024);
    impl_->buffer.append("PGCOPY\n\377\r\n\0", 11);
    wire::append(impl_->buffer, std::int32_t{0});  // flags
    wire::append(impl_->buffer, std::int32_t{0});  // length of the header's extension
}

CopyIn::~CopyIn() {
    if (!impl_->open) return;
    PQputCopyEnd(impl_->session->pg(), "the row writer gave up");
    impl_->session->drain();
    impl_->session->in_copy = false;
}

void CopyIn::next_row() {
    impl_->end_row();
    if (impl_->buffer.size() >= chunk_bytes) impl_->send();
    ++impl_->row;
    impl_->column = 0;
    wire::append(impl_->buffer, static_cast<std::int16_t>(impl_->types.size()));
}

void CopyIn::put_null() {
    impl_->next();
    wire::append(impl_->buffer, std::int32_t{-1});
    ++impl_->column;
}

void CopyIn::put(double value) {
    const auto& type = impl_->next();
    if (std::isnan(value)) return put_null();
    if (type.oid == oid::float8) {  // the common case, without a detour
        wire::append(impl_->buffer, std::int32_t{8});
        wire::append_double(impl_->buffer, value);
        ++impl_->column;
        return;
    }
    std::string bytes;
    if (!impl_->number(type.oid, value, bytes)) impl_->refuse(fmt::format("the number {}", value));
    impl_->field(bytes);
}

void CopyIn::put(std::int64_t value) {
    const auto& type = impl_->next();
    std::string bytes;
    if (!impl_->integer(type.oid, value, bytes)) {
        impl_->refuse(fmt::format("the integer {}", value));
    }
    impl_->field(bytes);
}

void CopyIn::put(bool value) {
    const auto& type = impl_->next();
    if (type.oid != oid::boolean) impl_->refuse(value ? "the boolean true" : "the boolean false");
    impl_->field(std::string_view(value ? "\1" : "\0", 1));
}

void CopyIn::put(std::string_view value) {
    const auto& type = impl_->next();
    if (!type.is_enum && !is_string_type(type.oid)) {
        impl_->refuse(
            fmt::format("the text '{}'",
                        sanitize_text(value.substr(0, std::min<std::size_t>(value.size(), 80)))));
    }
    std::string bytes;
    impl_->string(type, type.oid, value, bytes);
    impl_->field(bytes);
}

void CopyIn::put_binary(std::string_view bytes) {
    impl_->next();
    impl_->field(bytes);
}

void CopyIn::put_array(std::span<const double> values) {
    impl_->array(values.size(), [&](const ColumnType& type, std::size_t i, std::string& out) {
        if (std::isnan(values[i])) return false;
        if (!impl_->number(type.element, values[i], out)) impl_->refuse("an array of numbers");
        return true;
    });
}

void CopyIn::put_array(std::span<const std::int64_t> values) {
    impl_->array(values.size(), [&](const ColumnType& type, std::size_t i, std::string& out) {
        if (!impl_->integer(type.element, values[i], out)) impl_->refuse("an array of integers");
        return true;
    });
}

void CopyIn::put_array(std::span<const std::string> values) {
    impl_->array(values.size(), [&](const ColumnType& type, std::size_t i, std::string& out) {
        impl_->string(type, type.element, values[i], out);
        return true;
    });
}

std::int64_t CopyIn::finish() {
    auto& self = *impl_;
    if (!self.open) throw Error(ErrorKind::internal, "the copy into " + self.table + " has ended");
    self.end_row();
    wire::append(self.buffer, std::int16_t{-1});
    self.send();
    auto* const pg = self.session->pg();
    self.open = false;
    self.session->in_copy = false;
    if (PQputCopyEnd(pg, nullptr) != 1) self.session->fail(nullptr, self.sql);
    ResultHandle result(PQgetResult(pg), &PQclear);
    self.session->drain();
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
        self.session->fail(result.get(), self.sql);
    return std::strtoll(PQcmdTuples(result.get()), nullptr, 10);
}

}  // namespace tb::db
