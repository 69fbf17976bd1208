// Body weights by age, which expected weights of subjects are reckoned from.
#pragma once

#include "src/db/session.hpp"

#include <filesystem>
#include <string>

namespace tb::load {

struct ReferenceWeightsImport {
    std::string sex;    ///< M or F
    int n_weeks = 0;    ///< rows of the file
    int n_changed = 0;  ///< weeks changed, added or removed
};

/// Reads a file of ages in weeks, means and standard deviations and makes core.reference_weight of
/// that sex just these. The same file twice changes nothing.
/// @param sex  M or F; empty: as the file's name ends, `..._male.csv` or `..._female.csv`
/// @throws tb::Error (usage) when neither tells the sex, (data, ValueError) for a row that is none,
/// (io) when the file cannot be read
[[nodiscard]] ReferenceWeightsImport import_reference_weights(db::Session& session,
                                                              const std::filesystem::path& csv,
                                                              const std::string& sex);

}  // namespace tb::load
