#include "app/cli/person.hpp"

#include <cstdlib>

#include <pwd.h>
#include <unistd.h>

namespace tb::app {

std::string system_user() {
    if (const passwd* entry = ::getpwuid(::geteuid()); entry != nullptr) return entry->pw_name;
    const char* user = std::getenv("USER");
    return user != nullptr ? user : "uid " + std::to_string(::geteuid());
}

}  // namespace tb::app
