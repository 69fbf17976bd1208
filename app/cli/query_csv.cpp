#include "app/cli/query_binary_rows.hpp"
#include "app/cli/query_writers.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace tb::app {
namespace {

/// Binary COPY to CSV as psql --csv writes it, booleans aside. The server turns numbers into text
/// slowly and on one processor; sent in binary, they are written here while it goes on. Types that
/// are not known here come as text.
class CsvRows {
  public:
    CsvRows(Buffer& out, std::vector<unsigned> types) : out_(out), types_(std::move(types)) {}

    /// Whether fields of a type are understood in binary.
    static bool knows(unsigned type) {
        switch (type) {
            case db::oid::boolean:
            case db::oid::int2:
            case db::oid::int4:
            case db::oid::int8:
            case db::oid::float8:
            case db::oid::text:
            case db::oid::varchar:
            case db::oid::bpchar:
            case db::oid::uuid:
            case db::oid::date:
                return true;
            default:
                return false;
        }
    }

    void header(const std::vector<std::string>& names) {
        line_.clear();
        for (const auto& name : names) {
            if (&name != &names.front()) line_ += ',';
            add_text(name);
        }
        line_ += '\n';
        out_.add(line_);
    }

    void row(const std::vector<std::optional<std::string_view>>& fields) {
        line_.clear();
        for (std::size_t c = 0; c < fields.size(); ++c) {
            if (c > 0) line_ += ',';
            if (fields[c]) add_field(types_[c], *fields[c]);
        }
        line_ += '\n';
        out_.add(line_);
    }

  private:
    void add_field(unsigned type, std::string_view bytes) {
        switch (type) {
            case db::oid::boolean:
                line_ += bytes[0] != 0 ? "true" : "false";
                break;
            case db::oid::int2:
                add_integer(integer_at<std::int16_t>(bytes.data()));
                break;
            case db::oid::int4:
                add_integer(integer_at<std::int32_t>(bytes.data()));
                break;
            case db::oid::int8:
                add_integer(integer_at<std::int64_t>(bytes.data()));
                break;
            case db::oid::float8:
                add_number(std::bit_cast<double>(integer_at<std::uint64_t>(bytes.data())));
                break;
            case db::oid::uuid:
                add_uuid(bytes);
                break;
            case db::oid::date:
                add_date(integer_at<std::int32_t>(bytes.data()));
                break;
            default:
                add_text(bytes);
        }
    }

    void add_integer(std::int64_t value) {
        std::array<char, 24> digits{};
        line_.append(digits.data(),
                     std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
    }

    /// As float8out writes it: shortest digits that read back the same, exponents below 1e-4 and
    /// from 1e15.
    void add_number(double value) {
        if (std::isnan(value)) {
            line_ += "NaN";
            return;
        }
        if (std::isinf(value)) {
            line_ += value > 0 ? "Infinity" : "-Infinity";
            return;
        }
        const double size = std::abs(value);
        const bool is_fixed = value == 0 || (size >= 1e-4 && size < 1e15);
        std::array<char, 40> digits{};
        const auto format = is_fixed ? std::chars_format::fixed : std::chars_format::scientific;
        auto* const begin = digits.data();
        auto* const limit = begin + digits.size();
        auto* end = std::to_chars(begin, limit, value, format).ptr;
        // The shortest text may lie halfway to the neighbour and still read back the same, since
        // ties go to even. The server does not use such texts (d2s.c, "acceptBounds"), but the next
        // longer ones.
        if (size >= 1e15) {
            for (int places = 1; places <= 16 && is_halfway(size, {begin, end}); ++places) {
                std::array<char, 40> longer{};
                auto* const longer_end = std::to_chars(longer.data(), longer.data() + longer.size(),
                                                       value, format, places)
                                             .ptr;
                double again = 0;
                std::from_chars(longer.data(), longer_end, again);
                if (again == value) end = std::copy(longer.data(), longer_end, begin);
            }
        }
        line_.append(begin, end);
    }

    /// Whether a text d.ddde+XX, sign aside, is exactly in the middle between a number and one of
    /// its neighbours. Only integers have such texts of 17 digits or fewer.
    static bool is_halfway(double size, std::string_view text) {
        std::uint64_t odd = 0;
        int power = 0;
        const auto e = text.find('e');
        const auto point = text.find('.');
        for (const char c : text.substr(0, e)) {
            if ((c >= '0' && c <= '9')) odd = odd * 10 + static_cast<std::uint64_t>(c - '0');
        }
        std::from_chars(text.data() + e + 2, text.data() + text.size(), power);  // after e+
        if (point != std::string_view::npos) power -= static_cast<int>(e - point - 1);
        if (power < 0 || odd == 0) return false;
        // odd x 10^power = (odd x 5^power) x 2^power; a midpoint has an odd part of at most 54
        // bits.
        int twos = power;
        while (odd % 2 == 0) {
            odd /= 2;
            ++twos;
        }
        for (int i = 0; i < power; ++i) {
            odd *= 5;
            if (odd >= std::uint64_t{1} << 54) return false;
        }
        const auto exact = std::ldexp(static_cast<long double>(odd), twos);
        const auto middle = [&](double neighbour) {
            return (static_cast<long double>(size) + static_cast<long double>(neighbour)) / 2;
        };
        return exact == middle(std::nextafter(size, 0.0)) ||
               exact == middle(std::nextafter(size, std::numeric_limits<double>::infinity()));
    }

    void add_uuid(std::string_view bytes) {
        static constexpr std::string_view hex = "0123456789abcdef";
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (i == 4 || i == 6 || i == 8 || i == 10) line_ += '-';
            const auto byte = static_cast<unsigned char>(bytes[i]);
            line_ += hex[byte >> 4];
            line_ += hex[byte & 15];
        }
    }

    void add_date(std::int32_t days) {
        if (days == std::numeric_limits<std::int32_t>::max()) {
            line_ += "infinity";
            return;
        }
        if (days == std::numeric_limits<std::int32_t>::min()) {
            line_ += "-infinity";
            return;
        }
        // Civil date of a day number: H. Hinnant, "chrono-compatible low-level date algorithms".
        // The years of std::chrono end at 32767, PostgreSQL's in 5874897.
        const std::int64_t day = std::int64_t{days} + 730425;  // from 0000-03-01
        const std::int64_t era = (day >= 0 ? day : day - 146096) / 146097;
        const std::int64_t of_era = day - era * 146097;
        const std::int64_t year_of_era =
            (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
        const std::int64_t of_year =
            of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        const std::int64_t shifted = (5 * of_year + 2) / 153;
        const std::int64_t day_of_month = of_year - (153 * shifted + 2) / 5 + 1;
        const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
        const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
        std::array<char, 48> text{};
        const int length = std::snprintf(text.data(), text.size(), "%04lld-%02d-%02d%s",
                                         static_cast<long long>(year > 0 ? year : 1 - year),
                                         static_cast<int>(month), static_cast<int>(day_of_month),
                                         year > 0 ? "" : " BC");
        line_.append(text.data(), static_cast<std::size_t>(length));
    }

    void add_text(std::string_view text) {
        if (text.find_first_of(",\"\r\n") == std::string_view::npos && text != "\\.") {
            line_ += text;
            return;
        }
        line_ += '"';
        for (const char c : text) {
            if (c == '"') line_ += '"';
            line_ += c;
        }
        line_ += '"';
    }

    Buffer& out_;
    std::vector<unsigned> types_;
    std::string line_;
};

}  // namespace

std::int64_t write_csv(db::Session& session, const db::Sql& statement, Buffer& out) {
    const auto columns = binary_columns(session, statement, CsvRows::knows);
    CsvRows csv(out, columns.types);
    csv.header(columns.names);
    BinaryRows rows(columns.names.size(), [&](const auto& fields) { csv.row(fields); });
    return session.copy_out({statement.name, columns.copy},
                            [&](std::string_view chunk) { rows.feed(chunk); });
}

}  // namespace tb::app
