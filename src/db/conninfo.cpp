#include "src/db/conninfo.hpp"

#include "src/db/server_layout.hpp"
#include "trialbase/error.hpp"

#include <memory>
#include <string_view>

#include <libpq-fe.h>

namespace tb::db {

SplitConninfo split_conninfo(const std::string& conninfo) {
    char* message = nullptr;  // repeats parts of the string, the password among them
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(conninfo.c_str(), &message), &PQconninfoFree);
    PQfreemem(message);
    if (!parsed) {
        throw Error(ErrorKind::usage, "cannot read the connection string",
                    "Write it as libpq does: 'host=... dbname=...' or postgresql://host/name.");
    }
    SplitConninfo split;
    for (const auto* option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr) continue;
        const std::string_view keyword = option->keyword;
        if (keyword == "password") {
            split.password = option->val;
        } else if (keyword == "sslpassword") {
            throw Error(ErrorKind::usage, "the password of a key cannot be handed on safely",
                        "Put sslpassword into a service file and name it with PGSERVICE.");
        } else {
            split.text += (split.text.empty() ? "" : " ") + std::string(keyword) + "=" +
                          quote_setting(option->val);
        }
    }
    return split;
}

}  // namespace tb::db
