// Which program this is.
#pragma once

namespace tb {

/// Source revision that the program was built from, as git describes it; "unknown" outside a
/// checkout.
[[nodiscard]] const char* git_revision() noexcept;

}  // namespace tb
