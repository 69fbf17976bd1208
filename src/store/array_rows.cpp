#include "src/store/array_rows.hpp"

#include <fmt/format.h>

namespace tb::store {

db::Session::Step insert_arrays_step(std::span<const StoredArray* const> arrays) {
    std::vector<std::string> ids, files, datasets, shapes, dtypes, units, checksums, filters,
        abouts, runs;
    std::vector<double> rates;
    std::vector<std::int64_t> bytes, stored;
    for (const auto* array : arrays) {
        ids.push_back(array->array_id);
        files.push_back(array->file);
        datasets.push_back(array->dataset);
        shapes.push_back(fmt::format("{{{}}}", fmt::join(array->shape, ",")));
        dtypes.push_back(array->dtype);
        rates.push_back(array->sampling_rate_hz);
        units.push_back(array->unit);
        checksums.push_back(array->checksum);
        bytes.push_back(array->n_bytes);
        stored.push_back(array->stored_bytes);
        filters.push_back(array->filter);
        abouts.push_back(array->about);
        runs.push_back(array->run_id);
    }
    db::Params params;
    params.text_array(ids)
        .text_array(files)
        .text_array(datasets)
        .text_array(shapes)
        .text_array(dtypes)
        .float8_array(rates)
        .text_array(units)
        .text_array(checksums)
        .int8_array(bytes)
        .int8_array(stored)
        .text_array(filters)
        .text_array(abouts)
        .text_array(runs);
    return {
        {"store.array insert",
         "insert into store.array (array_id, file, dataset, shape, dtype, sampling_rate_hz, unit, "
         "checksum, n_bytes, stored_bytes, filter, about, run_id) "
         "select array_id::uuid, file, dataset, shape::bigint[], dtype, sampling_rate_hz, "
         "nullif(unit, ''), checksum, n_bytes, stored_bytes, filter, nullif(about, ''), "
         "run_id::uuid "
         "from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::double "
         "precision[], $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::text[], "
         "$12::text[], $13::text[]) as a (array_id, file, dataset, shape, dtype, sampling_rate_hz, "
         "unit, checksum, n_bytes, stored_bytes, filter, about, run_id)"},
        std::move(params),
        db::Format::text};
}

void insert_arrays(db::Session& session, std::span<const StoredArray* const> arrays) {
    if (arrays.empty()) return;
    const auto step = insert_arrays_step(arrays);
    session.exec_prepared(step.sql, step.params);
}

void insert_arrays(db::Session& session, std::span<const StoredArray> arrays) {
    std::vector<const StoredArray*> pointers;
    for (const auto& array : arrays) pointers.push_back(&array);
    insert_arrays(session, pointers);
}

}  // namespace tb::store
