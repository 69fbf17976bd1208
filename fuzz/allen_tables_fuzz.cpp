// Project tables, manifests and listings of the bucket: only tb::Error may come out. The first byte
// chooses the reader.
#include "ingest/allen/manifest.hpp"
#include "ingest/allen/project_table.hpp"
#include "ingest/allen/table_cell.hpp"
#include "ingest/fetch/s3_listing.hpp"
#include "ingest/formats/bytes.hpp"
#include "trialbase/error.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tb;
    if (size == 0) return 0;
    const auto text = formats::as_text(std::as_bytes(std::span(data + 1, size - 1)));
    try {
        switch (data[0] % 7) {
            case 0:
                (void)allen::parse_manifest(text, "p_project_manifest_v1.0.0.json");
                break;
            case 1:
                (void)allen::parse_project_table(text, "a.csv", allen::behavior_session_table());
                break;
            case 2:
                (void)allen::parse_project_table(text, "b.csv", allen::ophys_session_table());
                break;
            case 3:
                (void)allen::parse_project_table(text, "c.csv", allen::ophys_experiment_table());
                break;
            case 4:
                (void)allen::parse_project_table(text, "d.csv", allen::ophys_cells_table());
                break;
            case 5:
                (void)fetch::parse_listing(text);
                break;
            default:
                if (!text.empty())
                    (void)allen::parse_cell(
                        text.substr(1),
                        static_cast<allen::CellKind>(text[0] & 7) > allen::CellKind::text_list
                            ? allen::CellKind::text_list
                            : static_cast<allen::CellKind>(text[0] & 7));
        }
    } catch (const Error&) {
    }
    return 0;
}
