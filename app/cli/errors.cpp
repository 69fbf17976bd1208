#include "app/cli/errors.hpp"

#include "src/base/nearest.hpp"
#include "src/db/session.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

/// Line breaks and tabs stay; what would move the cursor or colour the terminal is written \xNN.
std::string visible(std::string_view text) {
    std::string out;
    for (const char c : db::sanitize_text(text)) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 32 && c != '\n' && c != '\t') || byte == 127) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

std::vector<std::string> names_of_commands(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* command : app.get_subcommands({})) names.push_back(command->get_name());
    return names;
}

/// The command and those above it, whose options it takes too.
const CLI::Option* find_option(const CLI::App& app, const std::string& name) {
    for (const auto* one = &app; one != nullptr; one = one->get_parent()) {
        if (const auto* option = one->get_option_no_throw(name); option != nullptr) return option;
    }
    return nullptr;
}

std::vector<std::string> names_of_options(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* one = &app; one != nullptr; one = one->get_parent()) {
        for (const auto* option : one->get_options()) {
            for (const auto& name : option->get_lnames()) names.push_back("--" + name);
        }
    }
    return names;
}

std::string command_path(const CLI::App& app) {
    return app.get_parent() == nullptr ? app.get_name()
                                       : command_path(*app.get_parent()) + " " + app.get_name();
}

/// Whether a command takes arguments of its own, which no list of commands could tell.
bool has_arguments(const CLI::App& app) {
    return std::ranges::any_of(app.get_options(),
                               [](const CLI::Option* option) { return option->get_positional(); });
}

/// The command that the words lead to, and the first of them that nobody knows.
struct Walked {
    const CLI::App* command;
    std::optional<std::string> unknown_option, unknown_command;
};

Walked walk(const CLI::App& program, std::span<const std::string> words) {
    Walked found{&program, {}, {}};
    bool only_values = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        if (!only_values && word == "--") {
            only_values = true;
        } else if (!only_values && word.size() > 1 && word[0] == '-' &&
                   !(word[1] >= '0' && word[1] <= '9')) {
            const auto equals = word.find('=');
            auto name = word.substr(0, equals);
            const bool is_short = name[1] != '-';
            if (is_short) name = name.substr(0, 2);
            const auto* option = find_option(*found.command, name);
            if (option == nullptr) {
                found.unknown_option = is_short ? name : word.substr(0, equals);
                return found;
            }
            const bool is_attached = equals != word.npos || (is_short && word.size() > 2);
            if (option->get_items_expected_min() > 0 && !is_attached)
                i += static_cast<std::size_t>(option->get_items_expected_min());
        } else if (!only_values && !found.command->get_subcommands({}).empty() &&
                   !has_arguments(*found.command)) {
            const CLI::App* next = nullptr;
            for (const auto* command : found.command->get_subcommands({})) {
                if (command->check_name(word)) next = command;
            }
            if (next == nullptr) {
                found.unknown_command = word;
                return found;
            }
            found.command = next;
        }
    }
    return found;
}

}  // namespace

std::string error_text(const Error& error, bool json) {
    if (!json) {
        auto text = "trialbase: " + visible(error.what()) + "\n";
        if (!error.hint().empty()) text += "hint: " + visible(error.hint()) + "\n";
        return text;
    }
    const auto or_null = [](const std::string& text) {
        return text.empty() ? nlohmann::json() : nlohmann::json(db::sanitize_text(text));
    };
    nlohmann::json facts{{"kind", std::string(to_string(error.kind()))},
                         {"status", error.exit_status()},
                         {"message", db::sanitize_text(error.what())},
                         {"hint", or_null(error.hint())},
                         {"type", or_null(error.type())}};
    if (!error.sqlstate.empty()) facts["sqlstate"] = error.sqlstate;
    return nlohmann::json{{"error", std::move(facts)}}.dump() + "\n";
}

int report_error(const Error& error, bool json) {
    const auto text = error_text(error, json);
    std::fwrite(text.data(), 1, text.size(), stderr);
    return error.exit_status();
}

int run_reported(const std::function<int()>& run, bool json) {
    try {
        return run ? run() : 0;
    } catch (const std::exception& error) {
        return report_error(error_of(error), json);
    }
}

bool asks_for_json(std::span<const std::string> words) {
    const auto end = std::ranges::find(words, "--");
    return std::find(words.begin(), end, "--json") != end;
}

Error usage_error(const CLI::App& program, std::span<const std::string> words,
                  const CLI::ParseError& error) {
    const auto found = walk(program, words);
    const auto path = command_path(*found.command);
    if (found.unknown_option) {
        const auto meant = nearest(*found.unknown_option, names_of_options(*found.command));
        return {ErrorKind::usage, fmt::format("{} has no option {}", path, *found.unknown_option),
                (meant ? fmt::format("Did you mean {}? ", *meant) : std::string()) +
                    fmt::format("All options: {} --help", path)};
    }
    if (found.unknown_command) {
        return {ErrorKind::usage,
                fmt::format("{} has no command '{}'", path, *found.unknown_command),
                suggestion(*found.unknown_command, names_of_commands(*found.command), "Commands")};
    }
    if (!found.command->get_subcommands({}).empty() && !has_arguments(*found.command)) {
        return {ErrorKind::usage, path + " needs a command",
                suggestion("", names_of_commands(*found.command), "Commands")};
    }
    // What is left over when a command has all its arguments.
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
        const std::string said(error.what());
        const auto colon = said.rfind(": ");
        return {ErrorKind::usage,
                fmt::format("{} takes no{} argument '{}'", path,
                            has_arguments(*found.command) ? " further" : "",
                            colon == said.npos ? said : said.substr(colon + 2)),
                fmt::format("See {} --help", path)};
    }
    std::string message(error.what());
    while (!message.empty() && (message.back() == '\n' || message.back() == '.'))
        message.pop_back();
    return {ErrorKind::usage, path + ": " + message, fmt::format("See {} --help", path)};
}

CLI::Validator at_least(std::int64_t least) {
    return CLI::Validator(
        [least](std::string& given) -> std::string {
            double number = 0;
            const auto* const end = given.data() + given.size();
            const auto read = std::from_chars(given.data(), end, number);
            if (read.ec != std::errc() || read.ptr != end)
                return fmt::format("'{}' is no number", given);
            if (!(number >= static_cast<double>(least)))
                return fmt::format("{} is less than {}", given, least);
            return {};
        },
        "");
}

namespace {

/// Asks a validator of one_of for its words: no argument holds a zero byte.
const std::string ask_for_words("\0", 1);

}  // namespace

std::vector<std::string> words_of(const CLI::Option& option) {
    std::vector<std::string> words;
    try {
        // CLI11 gives validators of options that may be changed alone.
        const auto* validator = const_cast<CLI::Option&>(option).get_validator("one_of");
        std::istringstream all((*validator)(ask_for_words));
        for (std::string word; std::getline(all, word);) words.push_back(word);
    } catch (const CLI::OptionNotFound&) {
        return {};
    }
    return words;
}

CLI::Validator one_of(std::vector<std::string> words) {
    std::string all, lines;
    for (const auto& word : words) {
        all += (all.empty() ? "" : ", ") + word;
        lines += word + "\n";
    }
    return CLI::Validator(
        [words = std::move(words), all, lines](std::string& given) -> std::string {
            if (given == ask_for_words) return lines;
            if (std::ranges::find(words, given) != words.end()) return {};
            const auto meant = nearest(given, words);
            return fmt::format("'{}' is none of {}{}", given, all,
                               meant ? fmt::format("; did you mean {}?", *meant) : std::string());
        },
        "", "one_of");
}

}  // namespace tb::app
