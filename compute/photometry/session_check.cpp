#include "compute/photometry/session_check.hpp"

#include "compute/photometry/session_validation.hpp"
#include "trialbase/error.hpp"

#include <vector>

namespace tb::compute::photometry {
namespace {

void refuse(const Finding& finding) {
    if (finding) throw Error(ErrorKind::data, finding->message, {}, finding->type);
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& session = inputs["session"];
    if (session.empty() || session.texts("clock")[0] != "session") {
        return output.nothing_to_compute(
            "the signals are on the acquisition's own clock, not on the trials'");
    }
    if (session.is_null("times_ref", 0)) {
        return output.nothing_to_compute("the recording has no GCaMP band");
    }
    const auto times_s = inputs.array("session", "times_ref").numbers();
    if (times_s.empty()) return output.nothing_to_compute("the GCaMP band has no sample");
    const FetchedRows& trials = inputs["trials"];
    const double first_s = times_s.front();
    const double last_s = times_s.back();
    refuse(check_trials_in_photometry(trials.numbers("stim_on_s"), trials.numbers("feedback_s"),
                                      first_s, last_s));
    refuse(check_raw_qc(session.integers("n_band_inversions")[0],
                        session.integers("n_early_samples")[0]));
    output.master()
        .set("n_trials", trials.size())
        .set("first_sample_s", first_s)
        .set("last_sample_s", last_s);
}

}  // namespace

ComputedTable session_check_table() {
    return {.name = "photometry.session_check",
            .code_version = 1,
            .fetches = {{"session", compute_sql_text("photometry/session_check.sql")},
                        {"trials", compute_sql_text("photometry/session_check_trials.sql")}},
            .compute = compute};
}

}  // namespace tb::compute::photometry
