#include "app/cli/store_forget.hpp"

#include "src/db/session.hpp"

namespace tb::app {

std::vector<populate::CascadeResult> forget_lost(const Context& context, db::Session& session,
                                                 const store::CheckResult& checked,
                                                 const ForgetOptions& options) {
    std::vector<std::string> lost;
    for (const auto& finding : checked.findings) {
        if (!finding.array_id.empty()) lost.push_back(finding.array_id);
    }
    std::vector<populate::CascadeResult> results;
    if (lost.empty()) return results;
    const auto rows =
        session.exec({"store.lost_rows",
                      "select table_name, condition from store.lost_rows($1::text[]::uuid[])"},
                     db::Params().text_array(lost));
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        Deletion deletion;
        deletion.request.table = rows.get<std::string>(i, "table_name");
        deletion.request.where = rows.get<std::string>(i, "condition");
        deletion.dry_run = options.dry_run;
        deletion.yes = options.yes;
        auto result = run_deletion(context, session, deletion);
        if (result.plan.rows() > 0) results.push_back(std::move(result));
    }
    return results;
}

}  // namespace tb::app
