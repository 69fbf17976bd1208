#include "ingest/load/reference_weights.hpp"

#include "compute/care/water_control.hpp"
#include "ingest/load/statements.hpp"
#include "trialbase/error.hpp"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <vector>

#include <fmt/format.h>

namespace tb::load {

namespace {

std::string sex_of(const std::filesystem::path& csv, const std::string& sex) {
    if (sex == "M" || sex == "F") return sex;
    const std::string name = csv.stem().string();
    if (sex.empty() && name.ends_with("_female")) return "F";
    if (sex.empty() && name.ends_with("_male")) return "M";
    throw Error(ErrorKind::usage,
                fmt::format("{}: the name does not end in _male or _female", csv.string()),
                "Say --sex M or --sex F.");
}

std::string array_of(const std::vector<double>& values) {
    return fmt::format("{{{}}}", fmt::join(values, ","));
}

}  // namespace

ReferenceWeightsImport import_reference_weights(db::Session& session,
                                                const std::filesystem::path& csv,
                                                const std::string& sex) {
    ReferenceWeightsImport result;
    result.sex = sex_of(csv, sex);
    std::ifstream file(csv, std::ios::binary);
    if (!file) throw Error(ErrorKind::io, fmt::format("cannot read {}", csv.string()));
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto ages = compute::care::parse_reference_ages(text, csv.filename().string());
    std::vector<double> weeks;
    std::vector<double> means;
    std::vector<double> spreads;
    for (const auto& age : ages) {
        weeks.push_back(age.age_weeks);
        means.push_back(age.mean_g);
        spreads.push_back(age.sd_g);
    }
    result.n_weeks = static_cast<int>(ages.size());
    const auto rows =
        session.exec_prepared(statement("reference_weights"), db::Params()
                                                                  .text(result.sex)
                                                                  .text(array_of(weeks))
                                                                  .text(array_of(means))
                                                                  .text(array_of(spreads)));
    result.n_changed = static_cast<int>(rows.get<std::int64_t>(0, std::size_t{0}));
    return result;
}

}  // namespace tb::load
