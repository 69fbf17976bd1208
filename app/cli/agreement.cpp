#include "app/cli/agreement.hpp"

#include "trialbase/error.hpp"

#include <cstdio>
#include <iostream>

#include <unistd.h>

namespace tb::app {

bool is_agreed(const std::string& question, const std::string& undone) {
    if (isatty(STDIN_FILENO) == 0) {
        throw Error(ErrorKind::usage, undone + ": nobody can be asked",
                    "Add --yes to agree beforehand, or --dry-run to only look.");
    }
    std::fprintf(stderr, "%s [y/N] ", question.c_str());
    std::fflush(stderr);
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "yes";
}

}  // namespace tb::app
