// Text tables: the first byte chooses the options. What is read must be rectangular; records know
// ascending lines.
#include "ingest/formats/bytes.hpp"
#include "ingest/formats/csv.hpp"
#include "ingest/formats/csv_records.hpp"
#include "trialbase/error.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tb::formats;
    if (size == 0) return 0;
    CsvOptions options;
    options.has_header = (data[0] & 1U) == 0;
    options.merge_delimiters = (data[0] & 2U) != 0;
    options.all_text = (data[0] & 4U) != 0;
    options.delimiter = (data[0] & 8U) != 0 ? ' ' : (data[0] & 16U) != 0 ? '\t' : ',';
    try {
        const Table table =
            parse_csv(as_text(std::as_bytes(std::span(data + 1, size - 1))), "fuzz.csv", options);
        for (const Column& column : table.columns)
            if (column.size() != table.rows) std::abort();
    } catch (const tb::Error&) {
    }
    try {
        const auto records =
            parse_csv_records(as_text(std::as_bytes(std::span(data + 1, size - 1))), "fuzz.csv");
        std::size_t line = 0;
        for (const auto& record : records.records) {
            if (record.line <= line) std::abort();
            line = record.line;
        }
    } catch (const tb::Error&) {
    }
    return 0;
}
