// trialbase store verify --forget: rows of loaded arrays whose values are lost for good.
#pragma once

#include "app/cli/context.hpp"
#include "app/cli/deletion.hpp"
#include "src/store/check.hpp"

#include <string>
#include <vector>

namespace tb::app {

struct ForgetOptions {
    bool dry_run = false;
    bool yes = false;
};

/// Deletes, after a preview each, the loaded rows that named what verify() found lost (a recording
/// goes whole, with what was computed from it), and rows of store.array that nobody names. Computed
/// results stay: --requeue brings their arrays back. Afterwards the source's files load as new.
/// @return per table what went, or would go
[[nodiscard]] std::vector<populate::CascadeResult> forget_lost(const Context& context,
                                                               db::Session& session,
                                                               const store::CheckResult& checked,
                                                               const ForgetOptions& options);

}  // namespace tb::app
