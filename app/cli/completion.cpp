#include "app/cli/completion.hpp"

#include "app/cli/errors.hpp"
#include "app/cli/figure.hpp"
#include "app/cli/query_declaration.hpp"
#include "trialbase/computed_table.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <optional>

#include <CLI/CLI.hpp>

namespace tb::app {
namespace {

/// Where a command line has come to before its last word.
struct Reached {
    const CLI::App* command = nullptr;
    const CLI::Option* option = nullptr;      ///< whose value the last word is
    std::vector<std::string> arguments = {};  ///< of the command, before the last word
    bool only_values = false;                 ///< behind --
};

const CLI::Option* option_named(const CLI::App& command, const std::string& name) {
    for (const auto* app = &command; app != nullptr; app = app->get_parent()) {
        if (const auto* option = app->get_option_no_throw(name)) return option;
    }
    return nullptr;
}

const CLI::App* command_named(const CLI::App& command, const std::string& name) {
    for (const auto* one : command.get_subcommands({})) {
        if (one->get_name() == name) return one;
    }
    return nullptr;
}

Reached walk(const CLI::App& program, std::span<const std::string> words) {
    Reached reached;
    reached.command = &program;
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const auto& word = words[i];
        reached.option = nullptr;
        if (reached.only_values) {
            reached.arguments.push_back(word);
        } else if (word == "--") {
            reached.only_values = true;
        } else if (word.size() > 1 && word[0] == '-') {
            const auto equals = word.find('=');
            const auto* option = option_named(*reached.command, word.substr(0, equals));
            if (option == nullptr || option->get_items_expected_min() == 0 || equals != word.npos)
                continue;
            if (i + 2 == words.size()) reached.option = option;
            ++i;
        } else if (const auto* next = command_named(*reached.command, word)) {
            reached.command = next;
            reached.arguments.clear();
        } else {
            reached.arguments.push_back(word);
        }
    }
    return reached;
}

/// The query or figure that the words name, of those that came with the program.
const Query* asked_query(const Reached& reached) {
    if (reached.arguments.empty()) return nullptr;
    const auto& all = named_queries();
    const auto found = std::ranges::find(all, reached.arguments.front(), &Query::name);
    return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> values_of(const QueryParameter& parameter, const LookUp& look_up) {
    if (parameter.type == "boolean") return {"true", "false"};
    std::vector<std::string> values;
    for (const auto& source : parameter.names) {
        if (source.word.empty()) {
            const auto found = look_up(source.relation, source.column);
            values.insert(values.end(), found.begin(), found.end());
        } else {
            values.push_back(source.word);
        }
    }
    return values;
}

/// NAME=VALUE of --param.
std::vector<std::string> parameters(const Reached& reached, const std::string& begun,
                                    const LookUp& look_up) {
    const auto* query = asked_query(reached);
    if (query == nullptr) return {};
    const auto equals = begun.find('=');
    std::vector<std::string> words;
    for (const auto& parameter : query->parameters) {
        if (equals == begun.npos) {
            words.push_back(parameter.name + "=");
        } else if (parameter.name == begun.substr(0, equals)) {
            for (const auto& value : values_of(parameter, look_up))
                words.push_back(parameter.name + "=" + value);
        }
    }
    return words;
}

std::vector<std::string> option_values(const Reached& reached, const std::string& begun,
                                       const LookUp& look_up) {
    if (auto words = words_of(*reached.option); !words.empty()) return words;
    const auto& names = reached.option->get_lnames();
    const auto is_called = [&](const char* name) {
        return std::ranges::find(names, name) != names.end();
    };
    if (is_called("param")) return parameters(reached, begun, look_up);
    if (is_called("lab")) return look_up("core.lab", "lab_name");
    if (is_called("subject")) return look_up("core.subject", "nickname");
    if (is_called("table")) return look_up("", "");
    return {};
}

std::vector<std::string> arguments(const Reached& reached, const LookUp& look_up) {
    const auto& command = reached.command->get_name();
    const CLI::Option* argument = nullptr;
    std::size_t place = reached.arguments.size();
    for (const auto* option : reached.command->get_options()) {
        if (!option->get_positional()) continue;
        argument = option;
        const auto most = option->get_items_expected_max();
        if (most < 0 || place < static_cast<std::size_t>(most)) break;
        place -= static_cast<std::size_t>(most);
        argument = nullptr;
    }
    if (argument == nullptr) return {};
    if (auto words = words_of(*argument); !words.empty()) return words;
    std::vector<std::string> words;
    const auto name = argument->get_name(true, false);
    if (command == "query" && name == "name") {
        for (const auto& query : named_queries()) words.push_back(query.name);
    } else if (command == "figure" && name == "name") {
        for (const auto& figure : named_figures()) words.push_back(figure.query.name);
    } else if (name == "table" && command != "delete") {
        for (const auto& table : computed_tables()) words.push_back(table.name);
    } else if (name == "table") {
        words = look_up("", "");
    }
    return words;
}

std::vector<std::string> option_names(const CLI::App& command) {
    std::vector<std::string> words;
    for (const auto* app = &command; app != nullptr; app = app->get_parent()) {
        for (const auto* option : app->get_options()) {
            if (option->get_group().empty()) continue;
            for (const auto& name : option->get_lnames()) words.push_back("--" + name);
        }
    }
    return words;
}

constexpr std::string_view bash_script =
    R"shell(# Completion of trialbase for bash: . <(trialbase completion bash)
_trialbase() {
    # COMP_WORDS are broken at = and :, which stand in values here.
    local line=${COMP_LINE:0:COMP_POINT} words candidates word
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    mapfile -t candidates < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
    word=${words[-1]}
    COMPREPLY=()
    local candidate
    for candidate in "${candidates[@]}"; do
        # What stands before the last = or : stays on the line.
        [[ $word == *[=:]* && $COMP_WORDBREAKS == *=* ]] && candidate=${candidate#"${word%"${word##*[=:]}"}"}
        COMPREPLY+=("$(printf '%q' "$candidate")")
    done
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}
complete -o default -F _trialbase trialbase
)shell";

constexpr std::string_view zsh_script = R"shell(#compdef trialbase
# Completion of trialbase for zsh: trialbase completion zsh >~/.zfunc/_trialbase
_trialbase() {
    local -a candidates open
    candidates=("${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    candidates=(${candidates:#})
    if (( ${#candidates} == 0 )); then
        _files
        return
    fi
    open=(${(M)candidates:#*=})
    candidates=(${candidates:#*=})
    (( ${#candidates} )) && compadd -- "${candidates[@]}"
    (( ${#open} )) && compadd -S '' -- "${open[@]}"
    return 0
}
if [[ ${funcstack[1]:-} == _trialbase ]]; then
    _trialbase "$@"
else
    compdef _trialbase trialbase
fi
)shell";

}  // namespace

std::vector<std::string> completions(const CLI::App& program, std::span<const std::string> words,
                                     const LookUp& look_up) {
    if (words.empty()) return {};
    const auto reached = walk(program, words);
    const auto& begun = words.back();
    std::vector<std::string> all;
    if (reached.option != nullptr) {
        all = option_values(reached, begun, look_up);
    } else if (!reached.only_values && begun.starts_with("-")) {
        const auto equals = begun.find('=');
        if (equals == begun.npos) {
            all = option_names(*reached.command);
        } else if (const auto* option = option_named(*reached.command, begun.substr(0, equals))) {
            auto inside = reached;
            inside.option = option;
            for (const auto& value : option_values(inside, begun.substr(equals + 1), look_up))
                all.push_back(begun.substr(0, equals + 1) + value);
        }
    } else {
        all = arguments(reached, look_up);
        for (const auto* command : reached.command->get_subcommands({})) {
            if (!command->get_group().empty() && reached.arguments.empty())
                all.push_back(command->get_name());
        }
    }
    std::erase_if(all, [&](const std::string& word) {
        return !word.starts_with(begun) ||
               word.find_first_of(std::string_view("\n\r\0", 3)) != word.npos;
    });
    std::ranges::sort(all);
    const auto [from, to] = std::ranges::unique(all);
    all.erase(from, to);
    return all;
}

std::string completion_script(std::string_view shell) {
    if (shell == "bash") return std::string(bash_script);
    if (shell == "zsh") return std::string(zsh_script);
    throw Error(ErrorKind::usage, "there is no completion for " + std::string(shell),
                "Shells: bash, zsh.");
}

}  // namespace tb::app
