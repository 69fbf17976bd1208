#include "ingest/load/settled_source.hpp"

#include "trialbase/error.hpp"

#include <fmt/format.h>

namespace tb::load {

std::string settled_source(bool is_simulated, const std::string& asked,
                           const std::string& otherwise, const std::string& origin) {
    if (!is_simulated) return asked.empty() ? otherwise : asked;
    if (asked.empty() || asked == "simulated") return "simulated";
    throw Error(ErrorKind::conflict,
                fmt::format("{}: it says that it is simulated, and cannot be loaded as one of "
                            "source {}",
                            origin, asked),
                "Leave --source away.", "SimulatedSession");
}

}  // namespace tb::load
