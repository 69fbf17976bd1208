// trialbase: arguments in, exit status out.
#include "app/cli/commands.hpp"
#include "app/cli/config.hpp"
#include "app/cli/context.hpp"
#include "app/cli/errors.hpp"
#include "app/cli/escape_output.hpp"
#include "app/cli/rights.hpp"
#include "src/base/environment.hpp"

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

int main(int argc, char** argv) {
    using namespace tb;
    const std::vector<std::string> words(argv + 1, argv + argc);
    // Before the options are declared, which read the environment.
    std::optional<Error> config_error;
    try {
        app::apply_config(app::read_config(app::config_files()));
    } catch (const Error& error) {
        config_error = error;  // help is given all the same
    }
    app::Context context;
    CLI::App program;
    app::add_every_command(program, context);
    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& success) {
        return program.exit(success);  // --help, --version
    } catch (const CLI::ParseError& error) {
        return app::report_error(app::usage_error(program, words, error),
                                 app::asks_for_json(words));
    }
    if (config_error) return app::report_error(*config_error, context.json);
    if (context.dsn.empty()) context.dsn = variable("DSN").value_or("");
    app::escape_output(context.json);
    // The log goes to the stream that has been put in stderr's place.
    spdlog::set_default_logger(spdlog::stderr_logger_mt("trialbase"));
    spdlog::set_pattern("time=%Y-%m-%dT%H:%M:%S.%e%z level=%l pid=%P %v");
    spdlog::set_level(spdlog::level::warn);
    if (context.verbose) spdlog::set_level(spdlog::level::info);
    return app::run_reported(
        [&] { return app::run_with_rights(context, app::command_given(program)); }, context.json);
}
