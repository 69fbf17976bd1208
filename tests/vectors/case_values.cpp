#include "tests/vectors/case_values.hpp"

#include "ingest/formats/npy.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

namespace tb::vectors {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// A number written out; empty for text that is none.
std::optional<double> number_in(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    if (text.empty()) return not_a_number;
    if (text == "True" || text == "true") return 1.0;
    if (text == "False" || text == "false") return 0.0;
    if (text.front() == '+') text.remove_prefix(1);
    double value = 0.0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size()) return std::nullopt;
    // Underflow and overflow of from_chars: let strtod give 0, a denormal or infinity.
    if (code == std::errc::result_out_of_range)
        return std::strtod(std::string(text).c_str(), nullptr);
    if (code != std::errc{}) return std::nullopt;
    return value;
}

Json nested(const std::vector<std::size_t>& shape, std::size_t axis, std::size_t& next,
            const std::function<Json(std::size_t)>& element) {
    if (axis == shape.size()) return element(next++);
    Json out = Json::array();
    for (std::size_t i = 0; i < shape[axis]; ++i)
        out.push_back(nested(shape, axis + 1, next, element));
    return out;
}

std::string shown(const Json& value) {
    if (value.is_number_float()) return fmt::format("{:.17g}", value.get<double>());
    auto text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() > 80) text = text.substr(0, 77) + "...";
    return text;
}

class Comparer {
  public:
    explicit Comparer(const ComparisonRules& rules) : rules_(rules) {}

    void walk(const Json& want, const Json& got, const std::string& path) {
        if (rules_.skip && rules_.skip(path)) return;
        if (want.is_object()) {
            if (!got.is_object()) return report(path, "got " + shown(got) + ", want an object");
            for (const auto& [name, value] : want.items()) {
                const auto below = path + "/" + name;
                if (got.contains(name)) {
                    walk(value, got.at(name), below);
                } else if (!rules_.skip || !rules_.skip(below)) {
                    report(below, "missing among our outputs");
                }
            }
            return;
        }
        if (want.is_array()) {
            if (!got.is_array()) return report(path, "got " + shown(got) + ", want an array");
            if (got.size() != want.size()) {
                return report(path,
                              fmt::format("got {} elements, want {}", got.size(), want.size()));
            }
            for (std::size_t i = 0; i < want.size(); ++i)
                walk(want[i], got[i], path + "/" + std::to_string(i));
            return;
        }
        leaf(want, got, path);
    }

    [[nodiscard]] const std::optional<Difference>& worst() const { return worst_; }

  private:
    void report(const std::string& path, std::string detail,
                double excess = std::numeric_limits<double>::infinity()) {
        if (!worst_)
            worst_ = Difference{path, std::move(detail), 0}, worst_excess_ = excess;
        else if (excess > worst_excess_) {
            worst_->path = path;
            worst_->detail = std::move(detail);
            worst_excess_ = excess;
        }
        ++worst_->count;
    }

    void leaf(const Json& want, const Json& got, const std::string& path) {
        if (rules_.text_cells && want.is_string()) return cell(want.get<std::string>(), got, path);
        if (want.is_boolean()) {
            if (!got.is_boolean() || got != want) {
                report(path, "got " + shown(got) + ", want " + shown(want));
            }
            return;
        }
        if (want.is_string() && got.is_string()) {
            if (got != want) report(path, "got " + shown(got) + ", want " + shown(want));
            return;
        }
        // A number is no boolean and no text (the named infinities and NaN excepted).
        if (got.is_boolean()) return report(path, "got " + shown(got) + ", want " + shown(want));
        const auto a = as_number(got);
        const auto b = as_number(want);
        if (!a || !b) return report(path, "got " + shown(got) + ", want " + shown(want));
        number(*b, *a, want.is_number_integer() && got.is_number_integer(), path);
    }

    void cell(const std::string& want, const Json& got, const std::string& path) {
        if (got.is_string()) {
            if (got.get<std::string>() != want)
                report(path, "got " + shown(got) + ", want \"" + want + "\"");
            return;
        }
        const auto b = number_in(want);
        const auto a = as_number(got);
        if (!a || !b) return report(path, "got " + shown(got) + ", want \"" + want + "\"");
        number(*b, *a, got.is_number_integer() && want.find_first_of(".eEnN") == std::string::npos,
               path);
    }

    void number(double want, double got, bool whole, const std::string& path) {
        if (std::isnan(want) && std::isnan(got)) return;
        if (want == got) return;
        const auto tolerance = rules_.tolerance ? rules_.tolerance(path) : Tolerance{};
        const bool exact = whole && !tolerance.for_integers;
        const double allowed = exact ? 0.0 : tolerance.atol + tolerance.rtol * std::abs(want);
        const double difference = std::abs(got - want);
        if (std::isfinite(want) && difference <= allowed) return;
        const double excess = std::isfinite(difference) ? difference / std::max(allowed, 1e-300)
                                                        : std::numeric_limits<double>::infinity();
        report(path,
               fmt::format("got {:.17g}, want {:.17g}, difference {:.3g}, tolerance {:.3g}", got,
                           want, difference, allowed),
               excess);
    }

    const ComparisonRules& rules_;
    std::optional<Difference> worst_;
    double worst_excess_ = 0.0;
};

std::string key_text(const Json& row, const std::vector<std::string>& key) {
    std::string out;
    for (const auto& name : key) {
        if (!out.empty()) out += ',';
        out += name + "=";
        if (!row.contains(name) || row.at(name).is_null()) continue;
        const auto& value = row.at(name);
        const auto number =
            value.is_string() ? number_in(value.get<std::string>()) : as_number(value);
        if (value.is_string() && (!number || value.get<std::string>().empty())) {
            out += value.get<std::string>();
        } else if (number && !std::isnan(*number)) {
            out += fmt::format("{:.9g}", *number);  // single-precision keys of the reference
        }
    }
    return out;
}

}  // namespace

std::size_t CsvText::index_of(std::string_view name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        throw Error(ErrorKind::data,
                    fmt::format("csv: no column {} among {}", name, fmt::join(names, ", ")));
    }
    return static_cast<std::size_t>(found - names.begin());
}

bool CsvText::has(std::string_view name) const {
    return std::find(names.begin(), names.end(), name) != names.end();
}

const std::vector<std::string>& CsvText::texts(std::string_view name) const {
    return columns[index_of(name)];
}

std::vector<double> CsvText::numbers(std::string_view name) const {
    const auto& cells = texts(name);
    std::vector<double> out;
    out.reserve(cells.size());
    for (std::size_t row = 0; row < cells.size(); ++row) {
        const auto value = number_in(cells[row]);
        if (!value) {
            throw Error(ErrorKind::data, fmt::format("csv: column {}, row {}: \"{}\" is no number",
                                                     name, row + 1, cells[row]));
        }
        out.push_back(*value);
    }
    return out;
}

std::string read_text(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    if (in && !std::filesystem::is_directory(file)) out << in.rdbuf();
    if (!in || std::filesystem::is_directory(file)) {
        throw Error(ErrorKind::io, "cannot read " + file.string());
    }
    return out.str();
}

CsvText parse_csv(std::string_view text, std::string_view name) {
    if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
    std::vector<std::vector<std::string>> lines;
    std::vector<std::string> line(1);
    bool quoted = false;
    bool any = false;  // something stands on this line
    const auto end_line = [&] {
        if (any) lines.push_back(std::move(line));
        line.assign(1, {});
        any = false;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c != '"')
                line.back() += c;
            else if (i + 1 < text.size() && text[i + 1] == '"')
                line.back() += text[i++];
            else
                quoted = false;
        } else if (c == '"') {
            quoted = any = true;
        } else if (c == ',') {
            line.emplace_back();
            any = true;
        } else if (c == '\n') {
            // A file of one column writes a missing value as an empty line.
            if (!any && !lines.empty() && lines.front().size() == 1) any = true;
            end_line();
        } else if (c != '\r') {
            line.back() += c;
            any = true;
        }
    }
    end_line();
    CsvText out;
    if (lines.empty()) return out;
    out.names = std::move(lines.front());
    out.rows = lines.size() - 1;
    out.columns.resize(out.names.size());
    for (std::size_t row = 1; row < lines.size(); ++row) {
        if (lines[row].size() != out.names.size()) {
            throw Error(ErrorKind::data, fmt::format("{}: row {} has {} cells, the header {}", name,
                                                     row, lines[row].size(), out.names.size()));
        }
        for (std::size_t column = 0; column < out.names.size(); ++column)
            out.columns[column].push_back(std::move(lines[row][column]));
    }
    return out;
}

CsvText read_csv_text(const std::filesystem::path& file) {
    return parse_csv(read_text(file), file.filename().string());
}

Json read_json(const std::filesystem::path& file) {
    try {
        // NaN and Infinity outside of strings (as Python writes them) are not JSON; none are in
        // use.
        return Json::parse(read_text(file));
    } catch (const Json::exception& e) {
        throw Error(ErrorKind::data, file.string() + ": no JSON: " + e.what());
    }
}

Json npy_as_json(const std::filesystem::path& file) {
    const auto array = formats::read_npy(file);
    std::size_t next = 0;
    const char kind = array.dtype.empty() ? '?' : array.dtype.front();
    if (kind == 'S' || kind == 'U') {
        const auto values = array.as_strings();
        return nested(array.shape, 0, next, [&](std::size_t i) { return Json(values[i]); });
    }
    if (kind == 'i' || kind == 'u') {
        const auto values = array.as_integers();
        return nested(array.shape, 0, next, [&](std::size_t i) { return Json(values[i]); });
    }
    const auto values = array.as_doubles();
    if (kind == 'b') {
        return nested(array.shape, 0, next, [&](std::size_t i) { return Json(values[i] != 0.0); });
    }
    return nested(array.shape, 0, next, [&](std::size_t i) { return Json(values[i]); });
}

std::optional<double> as_number(const Json& value) {
    if (value.is_number()) return value.get<double>();
    if (value.is_boolean()) return value.get<bool>() ? 1.0 : 0.0;
    if (value.is_null()) return not_a_number;
    if (value.is_string()) {
        auto text = value.get<std::string>();
        std::transform(text.begin(), text.end(), text.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (text == "nan") return not_a_number;
        if (text == "inf" || text == "infinity") return std::numeric_limits<double>::infinity();
        if (text == "-inf" || text == "-infinity") return -std::numeric_limits<double>::infinity();
    }
    return std::nullopt;
}

std::vector<double> as_numbers(const Json& value, std::string_view what) {
    if (!value.is_array()) {
        throw Error(ErrorKind::data,
                    fmt::format("{}: expected an array of numbers, got {}", what, shown(value)), {},
                    "TypeError");
    }
    std::vector<double> out;
    out.reserve(value.size());
    for (const auto& element : value) {
        if (element.is_array()) {
            const auto inner = as_numbers(element, what);
            out.insert(out.end(), inner.begin(), inner.end());
            continue;
        }
        const auto number = as_number(element);
        if (!number) {
            throw Error(ErrorKind::data,
                        fmt::format("{}: expected numbers, got {}", what, shown(element)), {},
                        "TypeError");
        }
        out.push_back(*number);
    }
    return out;
}

std::optional<Difference> compare(const Json& want, const Json& got, const std::string& path,
                                  const ComparisonRules& rules) {
    Comparer comparer(rules);
    comparer.walk(want, got, path);
    return comparer.worst();
}

Json as_rows(const Json& table) {
    if (!table.is_object()) return table;
    Json rows = Json::array();
    for (const auto& [name, column] : table.items()) {
        if (!column.is_array())
            throw Error(ErrorKind::data, name + ": expected a column of values");
        for (std::size_t row = 0; row < column.size(); ++row) {
            if (row >= rows.size()) rows.push_back(Json::object());
            rows[row][name] = column[row];
        }
    }
    return rows;
}

std::optional<Difference> compare_rows(const Json& want, const Json& got,
                                       const std::vector<std::string>& key, const std::string& path,
                                       const ComparisonRules& rules) {
    const auto want_rows = as_rows(want);
    const auto got_rows = as_rows(got);
    if (!want_rows.is_array() || !got_rows.is_array()) {
        return Difference{path, "expected rows on both sides", 1};
    }
    std::multimap<std::string, const Json*> partners;
    for (const auto& row : got_rows) partners.emplace(key_text(row, key), &row);
    std::optional<Difference> worst;
    const auto add = [&](const Difference& found) {
        if (!worst)
            worst = found;
        else
            worst->count += found.count;
    };
    for (const auto& row : want_rows) {
        const auto text = key_text(row, key);
        const auto partner = partners.find(text);
        if (partner == partners.end()) {
            add({path + "/" + text, "row missing among ours", 1});
            continue;
        }
        if (const auto found = compare(row, *partner->second, path + "/" + text, rules))
            add(*found);
        partners.erase(partner);
    }
    for (const auto& [text, row] : partners) add({path + "/" + text, "row not expected", 1});
    return worst;
}

void for_each_leaf(const Json& value, const std::string& path,
                   const std::function<void(const std::string&)>& visit) {
    if (value.is_object() && !value.empty()) {
        for (const auto& [name, inner] : value.items())
            for_each_leaf(inner, path + "/" + name, visit);
    } else if (value.is_array() && !value.empty()) {
        for (std::size_t i = 0; i < value.size(); ++i)
            for_each_leaf(value[i], path + "/" + std::to_string(i), visit);
    } else {
        visit(path);
    }
}

}  // namespace tb::vectors
