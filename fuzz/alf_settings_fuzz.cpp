// Task settings and trial arrays of any bytes beside a whole choice: a session or an error comes
// out, and no value that the database would refuse.
#include "ingest/alf/session_reader.hpp"
#include "ingest/formats/npy.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

namespace {

tb::alf::SessionMember member(const char* path, std::span<const std::byte> bytes) {
    tb::alf::SessionMember made;
    made.path = path;
    made.bytes.assign(bytes.begin(), bytes.end());
    made.size_bytes = bytes.size();
    made.is_in_memory = true;
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::byte> all(reinterpret_cast<const std::byte*>(data), size);
    const std::size_t cut = size > 0 ? data[0] * size / 256 : 0;
    const std::vector<std::int64_t> answers{1, -1, 1, 0};
    const auto choice = tb::formats::npy_bytes(std::span(answers), {answers.size()});
    tb::alf::SessionSource source;
    source.lab = "lab";
    source.subject = "m";
    source.date = "2020-01-02";
    source.number = "001";
    source.origin = "fuzz";
    source.members.push_back(
        member("alf/_ibl_trials.choice.npy", std::as_bytes(std::span(choice))));
    source.members.push_back(member("alf/_ibl_trials.stimOn_times.npy", all.subspan(cut)));
    source.members.push_back(
        member("raw_behavior_data/_iblrig_taskSettings.raw.json", all.first(cut)));
    try {
        const auto session = tb::alf::read_session(source);
        for (const double time : session.trials.stim_on_s)
            if (std::isinf(time)) std::abort();
        if (session.session_delay_s && !(*session.session_delay_s >= 0.0)) std::abort();
        for (const auto* text : {&session.task_protocol, &session.rig_name}) {
            if (*text && (*text)->find('\0') != std::string::npos) std::abort();
        }
        for (const auto& user : session.users)
            if (user.find('\0') != std::string::npos) std::abort();
    } catch (const tb::Error&) {
        // A choice that another array outvotes.
    }
    return 0;
}
