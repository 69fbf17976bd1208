#include "ingest/load/session_arrays.hpp"

#include "src/base/uuid.hpp"
#include "src/store/array_rows.hpp"
#include "trialbase/error.hpp"

namespace tb::load {

/// Arrays of more bytes are compressed straight into a file.
constexpr std::size_t most_in_memory = std::size_t{64} << 20;

void SessionArrays::begin(const store::StoreOptions& store, std::string_view table,
                          const std::string& session_id, std::size_t n_bytes) {
    file_ = store::ArrayStore(store).begin_file(
        table, "session_id=" + session_id, new_run_id().to_string(),
        n_bytes > most_in_memory ? store::Medium::disk : store::Medium::memory);
}

std::string SessionArrays::add(const std::string& name, const Array& values,
                               const ArrayMeta& meta) {
    return file_->add(new_run_id().to_string(), name, values, meta).array_id;
}

std::optional<std::string> SessionArrays::add(const std::string& name, const LazyArray& values,
                                              const ArrayMeta& meta, bool by_column,
                                              const LazyArray::Take& watch) {
    store::ArrayForm form{values.shape, values.dtype, {}};
    if (by_column && values.shape.size() == 2)
        form.chunk = store::matrix_chunk_shape(values.shape[0], values.shape[1], sizeof(double));
    try {
        return file_
            ->add_in_pieces(new_run_id().to_string(), name, form, meta,
                            [&](const store::TakeValues& take) {
                                if (!watch) return values.read(take);
                                values.read([&](std::span<const std::byte> bytes) {
                                    watch(bytes);
                                    take(bytes);
                                });
                            })
            .array_id;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) throw;
        left_out_.push_back({error.type().empty() ? "DamagedFile" : error.type(),
                             error.what(),
                             name + " is left out.",
                             {}});
        return std::nullopt;
    }
}

void SessionArrays::publish() {
    file_->publish();
}

void SessionArrays::add_array_rows(std::vector<db::Session::Step>& steps) const {
    if (!file_) return;
    std::vector<const store::StoredArray*> arrays;
    for (const auto& array : file_->arrays()) arrays.push_back(&array);
    if (!arrays.empty()) steps.push_back(store::insert_arrays_step(arrays));
}

void SessionArrays::discard() noexcept {
    if (file_) file_->discard();
}

}  // namespace tb::load
