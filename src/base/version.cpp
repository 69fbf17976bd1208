#include "src/base/version.hpp"

namespace tb {

const char* git_revision() noexcept {
    return TRIALBASE_REVISION;
}

}  // namespace tb
