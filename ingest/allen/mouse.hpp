// What the texts that describe a mouse and a project tell. Source: spec/change_detection.md, 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tb::allen {

/// First allele of a genotype without its /wt (Slc17a7-IRES2-Cre); nothing when there is one allele
/// only.
[[nodiscard]] std::optional<std::string> cre_line(std::string_view full_genotype);
/// GCaMP6f or GCaMP6s, as the reporter line names it; nothing for others.
[[nodiscard]] std::optional<std::string> indicator(std::string_view reporter_line);
/// Days of an age as NWB has it (P110D); nothing for a text that is no such age.
[[nodiscard]] std::optional<int> age_in_days(std::string_view age);
/// The age as NWB has it; `null` for none.
[[nodiscard]] std::string age_text(std::optional<int> days);
/// Areas imaged in the sessions of a project; nothing for projects without a fixed number.
[[nodiscard]] std::optional<int> num_targeted_structures(std::string_view project_code);
/// Depths imaged in each area.
[[nodiscard]] std::optional<int> num_depths_per_area(std::string_view project_code);

}  // namespace tb::allen
