// The command line of a benchmark: --smoke, --help, and what it has of its own.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace tb::bench {

class Arguments {
  public:
    struct Option {
        const char* name;   ///< "--keys"
        const char* value;  ///< what stands for its value in the help: "N"
        const char* about;
    };

    /// Ends the program after --help (status 0) and after an argument that it does not know (2).
    /// @param about  what is measured, one line
    Arguments(int argc, char** argv, const char* about,
              std::initializer_list<Option> options = {}) {
        for (int i = 1; i < argc; ++i) {
            const std::string_view word = argv[i];
            if (word == "--help" || word == "-h") {
                print_help(stdout, argv[0], about, options);
                std::exit(0);
            }
            if (word == "--smoke") {
                is_smoke = true;
                continue;
            }
            const Option* known = nullptr;
            for (const auto& option : options)
                if (word == option.name) known = &option;
            if (known == nullptr || i + 1 == argc) {
                std::fprintf(stderr, "%s: %s '%s'\n", argv[0],
                             known == nullptr ? "unknown argument" : "no value after", argv[i]);
                print_help(stderr, argv[0], about, options);
                std::exit(2);
            }
            values_[std::string(word)] = argv[++i];
        }
    }

    bool is_smoke = false;  ///< small and quick: does it run at all?

    [[nodiscard]] std::string text(const std::string& name) const {
        const auto found = values_.find(name);
        return found == values_.end() ? std::string() : found->second;
    }
    [[nodiscard]] long long number(const std::string& name, long long otherwise) const {
        const auto given = text(name);
        return given.empty() ? otherwise : std::stoll(given);
    }

  private:
    static void print_help(std::FILE* out, const char* program, const char* about,
                           std::initializer_list<Option> options) {
        std::fprintf(out, "Usage: %s [--smoke]", program);
        for (const auto& option : options) std::fprintf(out, " [%s %s]", option.name, option.value);
        std::fprintf(out, "\n%s\nOne JSON line per measurement; status 1: a wrong answer.\n",
                     about);
        std::fprintf(out, "  --smoke       little data, once\n");
        for (const auto& option : options)
            std::fprintf(out, "  %-13s %s\n",
                         (std::string(option.name) + " " + option.value).c_str(), option.about);
    }

    std::map<std::string, std::string> values_;
};

}  // namespace tb::bench
