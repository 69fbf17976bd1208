#include "app/cli/person.hpp"

#include "src/base/user_entry.hpp"

#include <cstdlib>

#include <unistd.h>

namespace tb::app {

std::string system_user() {
    if (const auto entry = acting_user()) return entry->name;
    const char* user = std::getenv("USER");
    return user != nullptr ? user : "uid " + std::to_string(::geteuid());
}

}  // namespace tb::app
