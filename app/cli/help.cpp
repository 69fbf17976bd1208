#include "app/cli/help.hpp"

#include "app/cli/print.hpp"

#include <algorithm>
#include <cctype>
#include <memory>
#include <sstream>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tb::app {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::string trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return std::string(text);
}

/// A text of a command taken apart: shell commands that are its examples, and everything else.
struct Parts {
    std::vector<std::string> examples, prose;
};

void take_apart(const std::string& text, Parts& parts) {
    bool in_examples = false;
    for (const auto& line : lines_of(text)) {
        if (line.starts_with("Example:") || line.starts_with("Examples:")) {
            in_examples = true;
            if (const auto rest = trimmed(line.substr(line.find(':') + 1)); !rest.empty())
                parts.examples.push_back(rest);
        } else if (line.starts_with("  trialbase") || (in_examples && line.starts_with("  "))) {
            parts.examples.push_back(trimmed(line));
        } else {
            in_examples = false;
            parts.prose.push_back(line);
        }
    }
}

std::string prose_text(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) {
        for (const auto& one : wrapped(line, help_width, 100)) text += one + "\n";
    }
    while (text.ends_with("\n\n")) text.pop_back();
    return text.find_first_not_of('\n') == text.npos ? std::string() : text;
}

/// `  name      what it is`, what it is wrapped beside the names.
std::string entry(const std::string& name, const std::string& about, std::size_t column) {
    std::string text = "  " + name;
    const auto lines = wrapped(about, help_width - column, 100);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i == 0 && text.size() + 2 <= column) {
            text += std::string(column - text.size(), ' ') + lines[i] + "\n";
        } else {
            if (i == 0) text += "\n";
            text += std::string(column, ' ') + lines[i] + "\n";
        }
    }
    return text;
}

std::string option_name(const CLI::Option& option) {
    if (option.get_positional() && option.get_lnames().empty() && option.get_snames().empty())
        return option.get_name(true, false);
    std::string name;
    for (const auto& one : option.get_snames()) name += (name.empty() ? "-" : ", -") + one;
    for (const auto& one : option.get_lnames()) name += (name.empty() ? "--" : ", --") + one;
    if (option.get_type_size() != 0) {
        const auto type = option.get_type_name();
        // Lists of words and ranges, which validators add, are told by the description.
        name += " " + type.substr(0, type.find_first_of(" :{"));
    }
    return name;
}

std::string option_about(const CLI::Option& option) {
    auto about = option.get_description();
    std::string more;
    const auto add = [&](const std::string& text) { more += (more.empty() ? "" : "; ") + text; };
    if (option.get_required()) add("required");
    if (!option.get_default_str().empty()) add("default: " + option.get_default_str());
    if (!option.get_envname().empty()) add("$" + option.get_envname());
    return more.empty() ? about : about + " [" + more + "]";
}

std::string options_text(const CLI::App& app, bool positional) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (const auto* option : app.get_options()) {
        const bool is_positional = option->get_positional();
        if (is_positional != positional || option->get_group().empty()) continue;
        entries.emplace_back(option_name(*option), option_about(*option));
    }
    std::size_t column = 12;
    for (const auto& [name, about] : entries)
        column = std::max(column, std::min<std::size_t>(name.size() + 4, 26));
    std::string text;
    for (const auto& [name, about] : entries) text += entry(name, about, column);
    return text;
}

std::string path_of(const CLI::App& app) {
    return app.get_parent() == nullptr ? app.get_name()
                                       : path_of(*app.get_parent()) + " " + app.get_name();
}

std::string usage_of(const CLI::App& app) {
    std::string usage = "Usage: " + path_of(app);
    for (const auto* option : app.get_options()) {
        if (!option->get_positional()) continue;
        const auto name =
            option->get_name(true, false) + (option->get_items_expected_max() > 1 ? "..." : "");
        usage += option->get_required() ? " " + name : " [" + name + "]";
    }
    usage += " [options]";
    if (!app.get_subcommands({}).empty()) usage += " COMMAND";
    return usage;
}

/// CLI11 hands footers down: one that is the parent's says nothing about this command.
Parts footer_of(const CLI::App& app) {
    Parts parts;
    if (app.get_parent() == nullptr || app.get_footer() != app.get_parent()->get_footer())
        take_apart(app.get_footer(), parts);
    return parts;
}

/// Its own examples, else the first one of each of its commands, else the bare command where that
/// is enough.
std::vector<std::string> examples_of(const CLI::App& app) {
    auto parts = footer_of(app);
    take_apart(app.get_description(), parts);
    if (!parts.examples.empty()) return parts.examples;
    for (const auto* command : app.get_subcommands({})) {
        if (const auto examples = examples_of(*command); !examples.empty())
            parts.examples.push_back(examples.front());
    }
    const auto is_needed = [](const CLI::Option* option) { return option->get_required(); };
    if (parts.examples.empty() && std::ranges::none_of(app.get_options(), is_needed))
        parts.examples.push_back(path_of(app));
    return parts.examples;
}

/// The first sentence or line of a description, for the list of commands.
std::string short_about(const CLI::App& app) {
    Parts parts;
    take_apart(app.get_description(), parts);
    for (const auto& line : parts.prose) {
        if (!line.empty()) return line;
    }
    return {};
}

/// Commands for people: those of no group are for shells and the build.
std::vector<const CLI::App*> shown_commands(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); });
}

/// A line of a page of the manual: a backslash, and what would be a request, stand for themselves.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
    }
    return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

void add_paragraphs(const std::vector<std::string>& lines, std::string& page) {
    for (const auto& line : lines)
        page += line.find_first_not_of(' ') == line.npos ? ".PP\n" : escaped(trimmed(line)) + "\n";
}

void add_entries(const CLI::App& app, bool positional, const char* title, std::string& page) {
    std::string text;
    for (const auto* option : app.get_options()) {
        if (option->get_positional() != positional || option->get_group().empty()) continue;
        text += ".TP\n.B " + escaped(option_name(*option)) + "\n" + escaped(option_about(*option)) +
                "\n";
    }
    if (!text.empty()) page += std::string(".SH ") + title + "\n" + text;
}

std::string page_name(const CLI::App& app) {
    return app.get_parent() == nullptr ? app.get_name()
                                       : page_name(*app.get_parent()) + "-" + app.get_name();
}

class HelpFormatter : public CLI::FormatterBase {
  public:
    std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
        return help_text(*app);
    }
};

void set_formatter(CLI::App& app, const std::shared_ptr<HelpFormatter>& formatter) {
    app.formatter(formatter);
    for (auto* command : app.get_subcommands({})) set_formatter(*command, formatter);
}

}  // namespace

std::string continued(std::string_view command, std::size_t width) {
    std::vector<std::string> words;
    std::string word;
    char quote = 0;
    for (const char c : command) {
        if (quote == 0 && c == ' ') {
            if (!word.empty()) words.push_back(word);
            word.clear();
            continue;
        }
        if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        }
        word += c;
    }
    if (!word.empty()) words.push_back(word);
    std::string text, line = " ";
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& one = words[i];
        // An option and its value stay together.
        const auto joined = one.starts_with("-") && i + 1 < words.size() &&
                                    !words[i + 1].starts_with("-") && one.find('=') == one.npos
                                ? one + " " + words[i + 1]
                                : one;
        const auto room = i + 1 == words.size() ? width : width - 2;
        if (line.size() + 1 + joined.size() > room && line.find_first_not_of(' ') != line.npos) {
            text += line + " \\\n";
            line = "     ";
        }
        line += " " + one;
    }
    return text + line + "\n";
}

std::string help_text(const CLI::App& command) {
    const auto footer = footer_of(command);
    Parts description;
    take_apart(command.get_description(), description);
    const auto examples = examples_of(command);
    std::string text;
    if (!examples.empty()) {
        text += examples.size() == 1 ? "Example:\n" : "Examples:\n";
        for (const auto& example : examples) text += continued(example, help_width);
        text += "\n";
    }
    if (const auto about = prose_text(description.prose); !about.empty()) text += about + "\n";
    for (const auto& line : wrapped(usage_of(command), help_width, 100)) text += line + "\n";
    if (const auto arguments = options_text(command, true); !arguments.empty())
        text += "\nArguments:\n" + arguments;
    const auto options = options_text(command, false);
    if (!options.empty()) text += "\nOptions:\n" + options;
    const auto commands = shown_commands(command);
    if (!commands.empty()) {
        text += "\nCommands:\n";
        std::size_t column = 0;
        for (const auto* one : commands) column = std::max(column, one->get_name().size() + 4);
        for (const auto* one : commands) text += entry(one->get_name(), short_about(*one), column);
    }
    if (const auto notes = prose_text(footer.prose); !notes.empty()) text += "\n" + notes;
    if (command.get_parent() != nullptr) text += "\nOptions of every command: trialbase --help\n";
    return text;
}

std::string man_page(const CLI::App& command, std::string_view version) {
    const auto footer = footer_of(command);
    Parts description;
    take_apart(command.get_description(), description);
    const auto name = page_name(command);
    auto title = name;
    for (auto& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    auto page = fmt::format(".TH \"{}\" 1 \"\" \"trialbase {}\" \"trialbase\"\n", escaped(title),
                            escaped(version));
    page += ".SH NAME\n" + escaped(name) + " \\- " + escaped(short_about(command)) + "\n";
    page += ".SH SYNOPSIS\n.B " + escaped(usage_of(command).substr(7)) + "\n";
    if (const auto examples = examples_of(command); !examples.empty()) {
        page += ".SH EXAMPLES\n.nf\n";
        for (const auto& example : examples) {
            for (const auto& line : lines_of(continued(example, help_width - 7)))
                page += escaped(trimmed(line)) + "\n";
        }
        page += ".fi\n";
    }
    page += ".SH DESCRIPTION\n";
    add_paragraphs(description.prose, page);
    if (!footer.prose.empty()) page += ".PP\n";
    add_paragraphs(footer.prose, page);
    add_entries(command, true, "ARGUMENTS", page);
    add_entries(command, false, "OPTIONS", page);
    if (command.get_parent() != nullptr)
        page += ".PP\nOptions of every command stand in\n.BR trialbase (1).\n";
    if (const auto commands = shown_commands(command); !commands.empty()) {
        page += ".SH COMMANDS\n";
        for (const auto* one : commands) {
            page += ".TP\n.BR " + escaped(page_name(*one)) + " (1)\n" + escaped(short_about(*one)) +
                    "\n";
        }
    }
    page +=
        ".SH EXIT STATUS\n0 done, 2 usage, 3 not found, 4 conflict, 5 unavailable, 6 data, 7 io, 8 "
        "finished but something failed, 70 a defect of the program, 130 interrupted.\n";
    if (command.get_parent() != nullptr)
        page += ".SH SEE ALSO\n.BR " + escaped(page_name(*command.get_parent())) + " (1)\n";
    return page;
}

void set_help(CLI::App& program) {
    set_formatter(program, std::make_shared<HelpFormatter>());
}

}  // namespace tb::app
