#include "app/cli/query_arguments.hpp"

#include "app/cli/session_name.hpp"
#include "src/base/nearest.hpp"
#include "trialbase/error.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

namespace tb::app {
namespace {

std::string system_message() {
    return std::strerror(errno);
}

/// Extensions of the files that -o writes.
constexpr std::array<std::pair<std::string_view, QueryFormat>, 6> extensions{
    {{".csv", QueryFormat::csv},
     {".json", QueryFormat::json},
     {".ndjson", QueryFormat::ndjson},
     {".jsonl", QueryFormat::ndjson},
     {".parquet", QueryFormat::parquet},
     {".txt", QueryFormat::table}}};

}  // namespace

ParameterValues parameter_values(const std::vector<std::string>& given) {
    ParameterValues values;
    for (const auto& text : given) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw Error(ErrorKind::usage, "cannot read the parameter '" + text + "'",
                        "Write --param name=value.");
        }
        if (!values.emplace(text.substr(0, equals), text.substr(equals + 1)).second) {
            throw Error(ErrorKind::usage,
                        "parameter " + text.substr(0, equals) + " is given twice");
        }
    }
    return values;
}

void resolve_sessions(const Query& query, ParameterValues& values, db::Session& session) {
    for (const auto& parameter : query.parameters) {
        const auto given = values.find(parameter.name);
        if (given != values.end() && is_session_parameter(parameter))
            given->second = session_key(session, given->second);
    }
}

bool is_plain_output(const std::string& output) {
    std::error_code ignored;
    return !output.empty() && output != "-" &&
           (!std::filesystem::exists(output, ignored) ||
            std::filesystem::is_regular_file(output, ignored));
}

QueryFormat rows_format(const std::string& format, const std::string& output, bool json) {
    if (!format.empty()) return query_format(format);
    const auto extension = std::filesystem::path(output).extension().string();
    for (const auto& [known, named] : extensions) {
        if (extension == known) return named;
    }
    if (json) return QueryFormat::json;
    if (is_plain_output(output)) {
        std::vector<std::string> known;
        for (const auto& [name, named] : extensions) known.emplace_back(name);
        throw Error(
            ErrorKind::usage,
            extension.empty() ? output + " has no extension that tells its format"
                              : output + ": unknown extension " + extension,
            suggestion(extension, known, "Extensions") + " Or name the format with --format.");
    }
    return QueryFormat::table;  // standard output, a pipe, a device
}

bool is_listed_as_json(const std::string& format, const std::string& output, bool json) {
    const auto named = rows_format(format, output, json);
    if (named == QueryFormat::json) return true;
    if (named == QueryFormat::table) return false;
    throw Error(ErrorKind::usage, "lists and descriptions are text or JSON",
                "Write -o FILE.txt or FILE.json, or --format table or json.");
}

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error(ErrorKind::not_found, "cannot read " + path + ": " + system_message());
    std::ostringstream text;
    text << file.rdbuf();
    if (file.bad()) throw Error(ErrorKind::io, "cannot read " + path + ": " + system_message());
    return text.str();
}

Query read_query(const std::string& file) {
    auto query = parse_query(std::filesystem::path(file).stem().string(), read_text(file));
    query.file = file;
    return query;
}

std::string paragraph(const std::string& indent, std::string_view text, std::size_t width) {
    std::string out;
    std::size_t column = indent.size();
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) {
        if (column + word.size() + 1 > width && column > indent.size()) {
            out += "\n" + indent;
            column = indent.size();
        } else if (column > indent.size()) {
            out += ' ';
            ++column;
        }
        out += word;
        column += word.size();
    }
    return out + "\n";
}

int rows_width() {
    if (::isatty(STDOUT_FILENO) == 0) return 80;
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

}  // namespace tb::app
