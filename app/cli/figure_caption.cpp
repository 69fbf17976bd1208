#include "app/cli/figure_caption.hpp"

#include "app/cli/print.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tb::app {
namespace {

using nlohmann::json;

std::string shown(const json& value) {
    if (value.is_string()) return value;
    if (value.is_number_float()) {
        const double number = value;
        return number == std::round(number) && std::abs(number) < 1e15
                   ? with_commas(static_cast<std::int64_t>(number))
                   : fmt::format("{:.4g}", number);
    }
    if (value.is_number()) return with_commas(value.get<std::int64_t>());
    return value.dump();
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text) {
        if (c != ' ' && c != ',') {
            word += c;
        } else if (!word.empty()) {
            words.push_back(std::exchange(word, {}));
        }
    }
    if (!word.empty()) words.push_back(word);
    return words;
}

/// What a place asks for; nothing where no row has a value.
std::optional<json> answer(const std::string& what, const std::vector<std::string>& columns,
                           const json& rows) {
    if (what == "rows") return json(rows.size());
    if (what == "distinct") {
        std::set<std::string> seen;
        for (const auto& row : rows) {
            std::string key;
            bool is_whole = true;
            for (const auto& column : columns) {
                const auto value = row.value(column, json());
                is_whole = is_whole && !value.is_null();
                key += value.dump() + '\n';
            }
            if (is_whole) seen.insert(std::move(key));
        }
        return json(seen.size());
    }
    std::optional<json> found;
    for (const auto& row : rows) {
        const auto value = row.value(columns.front(), json());
        if (value.is_null()) continue;
        if (!found) {
            found = value;
            if (what == "first") break;
        } else if (what == "min") {
            if (value < *found) found = value;
        } else if (what == "max") {
            if (*found < value) found = value;
        } else if (value.is_number_integer() && found->is_number_integer()) {
            found = found->get<std::int64_t>() + value.get<std::int64_t>();
        } else {
            found = found->get<double>() + value.get<double>();
        }
    }
    return found;
}

std::string place(std::string_view inside, const json& rows) {
    const auto bar = inside.find('|');
    const auto words = words_of(inside.substr(0, bar));
    const bool is_known =
        !words.empty() && (words[0] == "rows" ? words.size() == 1
                           : words[0] == "distinct"
                               ? words.size() >= 2
                               : words.size() == 2 && (words[0] == "first" || words[0] == "min" ||
                                                       words[0] == "max" || words[0] == "sum"));
    if (!is_known)
        throw Error(ErrorKind::data, fmt::format("a caption has the place {{{}}}", inside),
                    "Places are {rows}, {distinct COLUMN, ...}, and {first COLUMN}, {min COLUMN}, "
                    "{max COLUMN}, {sum COLUMN}.");
    const auto found = answer(words[0], {words.begin() + 1, words.end()}, rows);
    auto text = found ? shown(*found) : "none";
    if (bar != inside.npos) {
        const auto plural = inside.find('|', bar + 1);
        const bool is_one = text == "1" || plural == inside.npos;
        text += " " + std::string(is_one ? inside.substr(bar + 1, plural - bar - 1)
                                         : inside.substr(plural + 1));
    }
    return text;
}

bool is_true(const QueryParameter& parameter, const ParameterValues& values) {
    const auto given = values.find(parameter.name);
    return (given != values.end() ? given->second : parameter.default_value.value_or("")) == "true";
}

/// Which of the two defaults hold: `Excluded and simulated sessions are left out.`
std::string defaults_sentence(const Query& query, const ParameterValues& values) {
    std::string in, out;
    for (const auto& [name, what] :
         {std::pair<std::string_view, const char*>{"include_excluded", "excluded"},
          {"include_simulated", "simulated"}}) {
        const auto declared = std::ranges::find(query.parameters, name, &QueryParameter::name);
        if (declared == query.parameters.end()) continue;
        auto& list = is_true(*declared, values) ? in : out;
        list += (list.empty() ? "" : " and ") + std::string(what);
    }
    std::string sentence;
    if (!out.empty()) sentence += "without " + out + " sessions";
    if (!in.empty()) sentence += (sentence.empty() ? "with " : ", with ") + in + " ones";
    if (in.size() > 0 && out.empty()) sentence = "with " + in + " sessions";
    if (sentence.empty()) return {};
    sentence.front() = 'W';
    return sentence + ".";
}

/// What else was asked for: `lab = cortexlab`. A session is told by the figure itself.
std::string parameters_sentence(const Query& query, const ParameterValues& values) {
    std::string sentence;
    for (const auto& parameter : query.parameters) {
        const auto given = values.find(parameter.name);
        if (given == values.end() || is_session_parameter(parameter) ||
            parameter.name.starts_with("include_") || given->second == parameter.default_value)
            continue;
        sentence += (sentence.empty() ? "Asked for: " : ", ") + parameter.name + " = " +
                    printable(given->second);
    }
    return sentence.empty() ? sentence : sentence + ".";
}

bool any_simulated(const json& rows) {
    return std::ranges::any_of(rows, [](const json& row) {
        const auto source = row.find("source");
        return source != row.end() && source->is_string() &&
               source->get<std::string>().find("simulated") != std::string::npos;
    });
}

}  // namespace

std::string filled(std::string_view sentence, const json& rows) {
    std::string out;
    while (!sentence.empty()) {
        const auto open = sentence.find('{');
        const auto close = open == sentence.npos ? open : sentence.find('}', open);
        out += sentence.substr(0, close == sentence.npos ? sentence.npos : open);
        if (close == sentence.npos) break;
        out += place(sentence.substr(open + 1, close - open - 1), rows);
        sentence.remove_prefix(close + 1);
    }
    return out;
}

std::vector<std::string> caption_lines(const Figure& figure, const ParameterValues& values,
                                       const json& rows, std::size_t width) {
    std::string text;
    const auto say = [&](const std::string& sentence) {
        if (!sentence.empty()) text += (text.empty() ? "" : " ") + sentence;
    };
    for (const auto& sentence : figure.caption) say(filled(sentence, rows));
    say(parameters_sentence(figure.query, values));
    say(defaults_sentence(figure.query, values));
    if (any_simulated(rows)) say("SIMULATED data.");
    return wrapped(text, width, 20);
}

}  // namespace tb::app
