// trialbase config show: the settings that hold, and where each was said.
#include "app/cli/commands.hpp"
#include "app/cli/config.hpp"
#include "app/cli/context.hpp"
#include "app/cli/print.hpp"
#include "src/base/environment.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

int show(const Context& context) {
    const auto files = config_files();
    auto in_use = settings_in_use(read_config(files));
    for (auto& one : in_use) {
        const std::string_view key = one.setting.key;
        const auto& held = key == "dsn"           ? context.dsn
                           : key == "store"       ? context.store
                           : key == "store_codec" ? context.codec
                                                  : std::string();
        if (held.empty()) continue;
        if (!one.value) {
            one.value = held;
            if (key != "store_codec" || held != Context().codec) one.from = "option";
        } else if (key != "dsn" ? *one.value != held : variable(one.setting.variable) != held) {
            one = {one.setting, held, "option"};
        }
        if (key == "dsn") one.value = without_password(held);
    }
    if (context.json) {
        auto out = nlohmann::json::array();
        for (const auto& one : in_use) {
            out.push_back({{"key", one.setting.key},
                           {"value", one.value ? nlohmann::json(*one.value) : nlohmann::json()},
                           {"from", one.from},
                           {"about", one.setting.about}});
        }
        std::printf("%s\n", out.dump(2).c_str());
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : in_use)
        rows.push_back({one.setting.key, one.value.value_or(""), one.from});
    std::printf("%s", text_table({"key", "value", "from"}, rows, terminal_width()).c_str());
    if (context.quiet) return 0;
    std::printf("\nfiles, the first that says something wins:\n");
    for (const auto& file : files) {
        std::error_code ignored;
        std::printf("  %s%s\n", printable(file.string()).c_str(),
                    std::filesystem::exists(file, ignored) ? "" : " (not there)");
    }
    return 0;
}

}  // namespace

void add_config_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand("config", "settings, and where each comes from");
    command->require_subcommand(1);
    auto* show_command = command->add_subcommand("show", "the settings that hold here");
    show_command->footer(
        "Example:\n"
        "  trialbase config show\n"
        "\n"
        "Options win over variables of the environment (TRIALBASE_DSN), these over\n"
        "$XDG_CONFIG_HOME/trialbase/config.toml (else ~/.config/trialbase/config.toml), that over "
        "/etc/trialbase/config.toml. A file has lines like store = \"/data/trialbase\" with these "
        "keys: dsn, store, store_codec, server_dir, postgres_bin.");
    show_command->callback([&context] { context.run = [&context] { return show(context); }; });
}

}  // namespace tb::app
