#include "tests/vectors/runner.hpp"

#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    return tb::vectors::run_program(std::vector<std::string>(argv + 1, argv + argc), std::cout,
                                    std::cerr);
}
