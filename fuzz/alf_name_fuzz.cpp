// Names and paths of ALF from any bytes: nothing crashes, and what is found obeys the pattern.
#include "include/trialbase/error.hpp"
#include "ingest/alf/member.hpp"
#include "ingest/alf/names.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

void check_file(const tb::alf::FilenameParts& parts) {
    check(!parts.object.empty() && !parts.attribute.empty() && !parts.extension.empty());
    for (const auto* part :
         {&parts.name_space, &parts.object, &parts.attribute, &parts.timescale, &parts.extension}) {
        check(part->find_first_of("./# -") == std::string::npos);
    }
    check(parts.extra.find_first_of("/# ") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);

    if (const auto parts = tb::alf::filename_parts(text)) {
        check_file(*parts);
        // A valid name stays valid inside a collection and a revision, with the same parts.
        const auto inside = tb::alf::relative_path_parts("alf/probe00/#r-1#/" + text);
        check(inside && inside->file == *parts && inside->collection == "alf/probe00" &&
              inside->revision == "r-1");
    }
    if (const auto parts = tb::alf::relative_path_parts(text)) {
        check_file(parts->file);
        check(parts->collection.size() + parts->revision.size() < size);
    }
    if (const auto parts = tb::alf::session_parts(text)) {
        check(!parts->subject.empty() && parts->date.size() == 10 && !parts->number.empty() &&
              parts->number.size() <= 3);
    } else {
        check(!tb::alf::is_session_path(text));
    }
    if (const auto split = tb::alf::split_session_path(text)) {
        check(split->end <= size && tb::alf::is_real_date(split->session.date));
        check(std::string_view(text).substr(0, split->end).ends_with(split->session.number));
        check(tb::alf::canonical_number(split->session.number).has_value());
    }
    (void)tb::alf::is_wanted(text);

    // A table of datasets of which one has the text as path.
    const std::vector<tb::alf::DatasetRow> rows{
        {text, tb::alf::DatasetQuality::PASS, true},
        {"alf/trials.choice.npy", tb::alf::DatasetQuality::PASS, std::nullopt}};
    tb::alf::DatasetQuery query;
    query.object = std::vector<std::string>{"trials"};
    query.assert_unique = false;
    check(tb::alf::filter_datasets(rows, query).size() <= 2);
    return 0;
}
