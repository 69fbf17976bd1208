// trialbase reference-weights: body weights by age, for what subjects should weigh.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "ingest/load/reference_weights.hpp"

#include <memory>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

int run_reference_weights(const Context& context, const std::vector<std::string>& files,
                          const std::string& sex) {
    auto session = context.connect("reference-weights");
    auto account = nlohmann::json::array();
    for (const std::string& file : files) {
        const auto result = load::import_reference_weights(session, file, sex);
        account.push_back({{"file", file},
                           {"sex", result.sex},
                           {"weeks", result.n_weeks},
                           {"changed", result.n_changed}});
        if (!context.json) {
            std::printf("%s: %d weeks of sex %s, %d changed\n", file.c_str(), result.n_weeks,
                        result.sex.c_str(), result.n_changed);
        }
    }
    if (context.json) std::printf("%s\n", account.dump(2).c_str());
    return 0;
}

}  // namespace

void add_reference_weights_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand("reference-weights",
                                       "loads body weights by age, for what subjects should weigh");
    command->footer(
        "Example:\n  trialbase reference-weights ref_weighings_male.csv ref_weighings_female.csv\n"
        "Rows: age in weeks, mean, standard deviation [g], without a header, as in the colony "
        "database's actions/static. What was there of the sex is replaced; then: trialbase "
        "populate task.water_control.");
    auto files = std::make_shared<std::vector<std::string>>();
    auto sex = std::make_shared<std::string>();
    command->add_option("file", *files, "CSV files")->required()->check(CLI::ExistingFile);
    command
        ->add_option("--sex", *sex, "M or F; left out: as the file's name ends, _male or _female")
        ->check(CLI::IsMember({"M", "F"}));
    command->callback([&context, files, sex] {
        context.run = [&context, files, sex] {
            return run_reference_weights(context, *files, *sex);
        };
    });
}

}  // namespace tb::app
