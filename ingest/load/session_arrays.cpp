#include "ingest/load/session_arrays.hpp"

#include "src/base/uuid.hpp"
#include "src/store/array_rows.hpp"

namespace tb::load {

void SessionArrays::begin(const store::StoreOptions& store, std::string_view table,
                          const std::string& session_id) {
    file_ = store::ArrayStore(store).begin_file(table, "session_id=" + session_id,
                                                new_run_id().to_string());
}

std::string SessionArrays::add(const std::string& name, const Array& values,
                               const ArrayMeta& meta) {
    return file_->add(new_run_id().to_string(), name, values, meta).array_id;
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
