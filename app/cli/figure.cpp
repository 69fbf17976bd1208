#include "app/cli/figure.hpp"

#include "app/cli/query_arguments.hpp"
#include "embedded/figure_files.hpp"
#include "src/base/nearest.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace tb::app {
namespace {

using nlohmann::json;

[[noreturn]] void bad(const std::string& beside, const std::string& what) {
    throw Error(ErrorKind::data, fmt::format("{}: {}", beside, what),
                "queries/README.md tells what a figure's specification holds.");
}

bool has_column(const Query& query, const std::string& name) {
    return std::ranges::find(query.columns, name, &QueryColumn::name) != query.columns.end();
}

/// The text members of `arrays` by their keys.
std::array<std::pair<const char*, std::string FigureArrays::*>, 10> given_columns() {
    return {{{"ref", &FigureArrays::ref},
             {"row", &FigureArrays::row},
             {"times_ref", &FigureArrays::times_ref},
             {"start_s", &FigureArrays::start_s},
             {"rate_hz", &FigureArrays::rate_hz},
             {"from_s", &FigureArrays::from_s},
             {"to_s", &FigureArrays::to_s},
             {"until_s", &FigureArrays::until_s},
             {"baseline_from_s", &FigureArrays::baseline_from_s},
             {"baseline_to_s", &FigureArrays::baseline_to_s}}};
}

/// Reads {"name": ..., "about": ...} of a column that is made.
std::string made_column(const json& arrays, const char* key, const std::string& type,
                        const std::string& beside, std::vector<QueryColumn>& made) {
    const auto found = arrays.find(key);
    if (found == arrays.end()) return {};
    if (!found->is_object() || !found->contains("name") || !found->contains("about") ||
        !(*found)["name"].is_string() || !(*found)["about"].is_string())
        bad(beside, fmt::format("arrays: {} is no {{\"name\", \"about\"}}", key));
    made.push_back({(*found)["name"], type, (*found)["about"]});
    return made.back().name;
}

FigureArrays parse_arrays(const json& written, const Query& query, const std::string& beside,
                          std::vector<QueryColumn>& made) {
    if (!written.is_object()) bad(beside, "arrays is no object");
    FigureArrays arrays;
    for (const auto& [key, member] : given_columns()) {
        const auto found = written.find(key);
        if (found == written.end()) continue;
        if (!found->is_string() || !has_column(query, *found))
            bad(beside, fmt::format("arrays: {} names no column of the query", key));
        arrays.*member = *found;
    }
    if (arrays.ref.empty()) bad(beside, "arrays has no ref");
    if (arrays.times_ref.empty() == (arrays.start_s.empty() || arrays.rate_hz.empty()))
        bad(beside, "arrays needs times_ref, or start_s and rate_hz");
    if (const auto over = written.find("mean_over"); over != written.end()) {
        for (const auto& name : *over) {
            if (!name.is_string() || !has_column(query, name))
                bad(beside, "arrays: mean_over names no column of the query");
            arrays.mean_over.push_back(name);
        }
    }
    arrays.time_s = made_column(written, "time_s", "double precision", beside, made);
    arrays.value = made_column(written, "value", "double precision", beside, made);
    arrays.sem = made_column(written, "sem", "double precision", beside, made);
    arrays.n = made_column(written, "n", "integer", beside, made);
    if (arrays.time_s.empty() || arrays.value.empty())
        bad(beside, "arrays needs names for time_s and value");
    if (arrays.mean_over.empty() != (arrays.sem.empty() && arrays.n.empty()))
        bad(beside, "arrays: sem and n belong to mean_over");
    if (!arrays.mean_over.empty() && (arrays.sem.empty() || arrays.n.empty()))
        bad(beside, "arrays: mean_over needs sem and n");
    if (const auto most = written.find("at_most"); most != written.end()) {
        if (!most->is_number_integer() || *most < 10 || *most > 1'000'000)
            bad(beside, "arrays: at_most is no number of points (10 to 1000000)");
        arrays.at_most = most->get<std::size_t>();
    }
    return arrays;
}

std::string specification_path(std::string sql_path) {
    sql_path.resize(sql_path.size() - 4);  // .sql
    return sql_path + ".vl.json";
}

}  // namespace

Figure parse_figure(Query query, std::string_view specification, const std::string& beside) {
    Figure figure;
    figure.query = std::move(query);
    figure.specification = json::parse(specification, nullptr, false);
    const auto& written = figure.specification;
    if (!written.is_object()) bad(beside, "this is no JSON object");
    if (!written.contains("description") || !written["description"].is_string())
        bad(beside, "it has no description");
    if (!written.contains("title") || !written["title"].is_string()) bad(beside, "it has no title");
    figure.about = written["description"];
    const auto& meta = written.value("usermeta", json::object());
    if (!meta.is_object() || !meta.contains("caption") || !meta["caption"].is_array() ||
        meta["caption"].empty())
        bad(beside, "its usermeta has no caption: sentences that tell n and what error bars are");
    for (const auto& sentence : meta["caption"]) {
        if (!sentence.is_string()) bad(beside, "a sentence of its caption is no text");
        figure.caption.push_back(sentence);
    }
    if (meta.contains("arrays")) {
        if (figure.query.columns.empty()) bad(beside, "arrays: the query declares no columns");
        figure.arrays = parse_arrays(meta["arrays"], figure.query, beside, figure.made_columns);
    }
    return figure;
}

const std::vector<Figure>& named_figures() {
    static const auto figures = [] {
        constexpr std::string_view folder = "queries/", extension = ".vl.json";
        std::vector<Figure> all;
        for (const auto& file : embedded::figure_files()) {
            if (!file.path.starts_with(folder) || !file.path.ends_with(extension)) continue;
            auto name = file.path.substr(folder.size());
            name.remove_suffix(extension.size());
            all.push_back(parse_figure(find_query(name), file.text, std::string(file.path)));
        }
        return all;
    }();
    return figures;
}

const Figure& find_figure(std::string_view name) {
    const auto& figures = named_figures();
    const auto found = std::ranges::find_if(
        figures, [&](const Figure& figure) { return figure.query.name == name; });
    if (found != figures.end()) return *found;
    std::vector<std::string> names;
    for (const auto& figure : figures) names.push_back(figure.query.name);
    throw Error(ErrorKind::not_found, "no figure named " + std::string(name),
                suggestion(name, names, "Figures"));
}

Figure read_figure(const std::string& sql_file) {
    if (!sql_file.ends_with(".sql"))
        throw Error(ErrorKind::usage, sql_file + " does not end in .sql",
                    "A figure is FILE.sql with FILE.vl.json beside it.");
    const auto beside = specification_path(sql_file);
    auto query = read_query(sql_file);
    auto text = read_text(beside);
    // What a shipped figure must say, one's own may leave out.
    if (auto written = json::parse(text, nullptr, false); written.is_object()) {
        const auto name = std::filesystem::path(sql_file).stem().string();
        if (!written.contains("description"))
            written["description"] = query.question.empty() ? name : query.question;
        if (!written.contains("title")) written["title"] = name;
        if (!written.contains("usermeta")) written["usermeta"] = json::object();
        if (auto& meta = written["usermeta"]; meta.is_object() && !meta.contains("caption"))
            meta["caption"] = {"n\u00a0=\u00a0{rows|row|rows}."};
        text = written.dump();
    }
    return parse_figure(std::move(query), text, beside);
}

std::string_view figure_file(std::string_view path) {
    for (const auto& file : embedded::figure_files()) {
        if (file.path == path) return file.text;
    }
    throw Error(ErrorKind::internal, "the program has no file " + std::string(path));
}

std::vector<QueryColumn> drawn_columns(const Figure& figure) {
    if (!figure.arrays) return figure.query.columns;
    std::vector<std::string> taken = figure.arrays->mean_over;
    for (const auto& [key, member] : given_columns()) taken.push_back((*figure.arrays).*member);
    std::vector<QueryColumn> columns;
    for (const auto& column : figure.query.columns) {
        if (std::ranges::find(taken, column.name) == taken.end()) columns.push_back(column);
    }
    columns.insert(columns.end(), figure.made_columns.begin(), figure.made_columns.end());
    return columns;
}

}  // namespace tb::app
