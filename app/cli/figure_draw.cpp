#include "app/cli/figure_draw.hpp"

#include "app/cli/child_process.hpp"
#include "app/cli/figure_caption.hpp"
#include "embedded/vega.hpp"
#include "trialbase/error.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tb::app {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds longest_drawing{60};
constexpr std::size_t caption_width = 92;  ///< characters
constexpr std::string_view png_zoom = "2";

/// Values of the domain that no row has, and their colours, are taken out of a scale: legends name
/// what is drawn.
void narrow_scale(json& channel, const json& rows) {
    const auto field = channel.find("field");
    const auto scale = channel.find("scale");
    if (field == channel.end() || !field->is_string() || scale == channel.end() ||
        !scale->is_object())
        return;
    const auto domain = scale->find("domain");
    if (domain == scale->end() || !domain->is_array() || domain->empty() ||
        !domain->front().is_string())
        return;
    const std::string name = *field;
    if (rows.empty() || !rows.front().contains(name)) return;  // made by a transform
    std::set<json> present;
    for (const auto& row : rows) present.insert(row.value(name, json()));
    const auto range = scale->find("range");
    const bool has_range =
        range != scale->end() && range->is_array() && range->size() == domain->size();
    json kept = json::array(), colours = json::array();
    for (std::size_t i = 0; i < domain->size(); ++i) {
        if (!present.contains((*domain)[i])) continue;
        kept.push_back((*domain)[i]);
        if (has_range) colours.push_back((*range)[i]);
    }
    *domain = std::move(kept);
    if (has_range) *range = std::move(colours);
}

void narrow_scales(json& part, const json& rows) {
    if (part.is_object()) narrow_scale(part, rows);
    if (part.is_structured()) {
        for (auto& inner : part) narrow_scales(inner, rows);
    }
}

std::string_view vega_file(std::string_view name) {
    for (const auto& file : embedded::vega()) {
        if (file.path.ends_with(name)) return file.text;
    }
    throw Error(ErrorKind::unavailable, "trialbase was built without Vega and draws no figures",
                "Build it again with scripts/build where the npm registry can be reached; "
                "--data gives the rows.");
}

/// JSON that may stand inside a script element.
std::string script_json(const json& value) {
    std::string out;
    for (const char c : value.dump()) {
        if (c == '<') {
            out += "\\u003c";
        } else {
            out += c;
        }
    }
    return out;
}

std::string html_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
    return out;
}

/// The page with each @place@ filled; what is filled in is not looked at again.
std::string html(const json& specification) {
    const std::array<std::pair<std::string_view, std::string>, 6> places{
        {{"title", html_text(specification["title"].value("text", ""))},
         {"specification", script_json(specification)},
         {"licences", fmt::format("Vega\n{}\nVega-Lite\n{}", vega_file("vega.LICENSE"),
                                  vega_file("vega-lite.LICENSE"))},
         {"vega", std::string(vega_file("/vega.min.js"))},
         {"vega_lite", std::string(vega_file("/vega-lite.min.js"))},
         {"page", std::string(figure_file("app/figures/page.js"))}}};
    auto page = figure_file("app/figures/page.html");
    std::string out;
    while (true) {
        const auto open = page.find('@');
        out += page.substr(0, open);
        if (open == page.npos) return out;
        const auto close = page.find('@', open + 1);
        const auto name = page.substr(open + 1, close - open - 1);
        for (const auto& [place, text] : places) {
            if (place == name) out += text;
        }
        page.remove_prefix(close + 1);
    }
}

[[noreturn]] void not_installed(std::string_view what, std::string_view package) {
    throw Error(ErrorKind::unavailable, fmt::format("{} is needed and not installed", what),
                fmt::format("Install Debian's package {}, or write FILE.html, which needs neither "
                            "nodejs nor librsvg2-bin.",
                            package));
}

/// @throws tb::Error for a program that was late or failed
void check(const ChildEnded& ended, std::string_view what, ErrorKind kind) {
    if (ended.was_late)
        throw Error(ErrorKind::internal,
                    fmt::format("{} did not end within {} s", what, longest_drawing.count()));
    if (ended.status != 0 || ended.output.empty())
        throw Error(kind, fmt::format("{} ended with status {}: {}", what, ended.status,
                                      ended.messages.empty() ? "it said nothing" : ended.messages));
}

std::string svg(const json& specification, const std::function<void(std::string_view)>& warn) {
    const auto text = specification.dump();
    constexpr std::string_view nul("\0", 1);
    const std::array<std::string_view, 5> input{vega_file("/vega.min.js"), nul,
                                                vega_file("/vega-lite.min.js"), nul, text};
    const std::string program(figure_file("app/figures/render.js"));
    ChildEnded ended;
    for (const auto* name : {"node", "nodejs"}) {
        ended = run_child({name, "-e", program}, input, longest_drawing);
        if (ended.was_found) break;
    }
    if (!ended.was_found) not_installed("Node.js", "nodejs");
    check(ended, "Vega in Node.js", ErrorKind::data);
    if (!ended.messages.empty()) warn(ended.messages);
    return std::move(ended.output);
}

std::string png(const std::string& drawing) {
    const std::array<std::string_view, 1> input{drawing};
    auto ended = run_child({"rsvg-convert", "--format=png", "--background-color=white",
                            "--zoom=" + std::string(png_zoom)},
                           input, longest_drawing);
    if (!ended.was_found) not_installed("rsvg-convert", "librsvg2-bin");
    check(ended, "rsvg-convert", ErrorKind::internal);
    return std::move(ended.output);
}

}  // namespace

json drawn_specification(const Figure& figure, const ParameterValues& values, json rows) {
    auto drawn = figure.specification;
    const auto meta = drawn.value("usermeta", json::object());
    drawn["title"] = {{"text", filled(figure.specification["title"].get<std::string>(), rows)},
                      {"subtitle", caption_lines(figure, values, rows,
                                                 meta.value("caption_width", caption_width))}};
    auto style = json::parse(figure_file("queries/style.json"));
    style.merge_patch(drawn.value("config", json::object()));
    drawn["config"] = std::move(style);
    drawn["usermeta"] = {{"figure", figure.query.name}, {"parameters", values}};
    if (rows.empty()) {
        json nothing = {{"width", 480}, {"height", 60}, {"mark", "text"}};
        nothing["encoding"]["text"]["value"] = "There is nothing to draw: no row.";
        nothing["data"]["values"] = json::array({json::object()});
        for (const auto* key : {"title", "config", "usermeta", "description"})
            nothing[key] = drawn[key];
        return nothing;
    }
    narrow_scales(drawn, rows);
    drawn["data"] = {{"values", std::move(rows)}};
    return drawn;
}

std::string draw(const json& specification, FigureFormat format,
                 const std::function<void(std::string_view)>& warn) {
    switch (format) {
        case FigureFormat::html:
            return html(specification);
        case FigureFormat::svg:
            return svg(specification, warn);
        case FigureFormat::png:
            break;
    }
    return png(svg(specification, warn));
}

}  // namespace tb::app
