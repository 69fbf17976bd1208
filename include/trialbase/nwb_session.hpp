// A session of any NWB file, of no particular world: whose it is, its tables of intervals and
// events, and its series, which stay in the file until they are written.
#pragma once

#include "trialbase/lazy_array.hpp"
#include "trialbase/session_record.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tb {

/// A row of a table: an interval, or an event. Times [s, session clock]; NaN: not told.
struct NwbRow {
    double start_s = 0.0;
    double stop_s = 0.0;
    std::string values;  ///< JSON object of all other columns; lists where they are ragged
};

/// A table, or a series of texts or of bare times, which are events.
struct NwbTable {
    std::string path, name, neurodata_type, description;
    std::size_t n_rows = 0;
    std::string columns;  ///< JSON object: names and descriptions
    bool is_loaded = false;
    std::string reason;  ///< why its rows are not here
    std::vector<NwbRow> rows;
};

struct NwbSeries {
    std::string path, name, neurodata_type, description, unit;
    std::vector<std::size_t> shape;  ///< of the data, first axis time
    double conversion = 1.0;         ///< value in `unit` = data * conversion + offset
    double offset = 0.0;
    std::optional<double> rate_hz;  ///< evenly sampled
    std::optional<double> start_s;  ///< with rate_hz
    std::optional<LazyArray> data;
    std::optional<LazyArray> times;  ///< float64 (samples) [s]
    std::string reason;              ///< why the data are not kept
};

struct NwbSession : SessionRecord {
    std::string file_name;
    std::string nwb_version, session_description, session_start_text;
    std::string metadata;  ///< JSON object: what the file tells of itself and of its subject
    std::string sex, species, genotype, strain;  ///< of the subject; empty: not told
    std::size_t n_not_understood = 0;
    std::vector<NwbTable> tables;
    std::vector<NwbSeries> series;
};

}  // namespace tb
